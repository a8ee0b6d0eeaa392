"""Effects of an event: what it started and moved, and why the rest did not start, in French."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Event
from workflows.entry import Refused
from workflows.models import Execution, Trigger, Workflow, WorkflowStatus

WHY = {
    Refused.RUNNING: gettext_lazy("il est déjà en cours pour ce contact (avec la même clé d'entrée)"),
    Refused.ONCE_ONLY: gettext_lazy("il n'a lieu qu'une fois par contact, et il a déjà eu lieu"),
    Refused.TOO_SOON: gettext_lazy("le délai avant de recommencer n'est pas écoulé"),
    Refused.DAILY_CAP: gettext_lazy("son plafond du jour est atteint"),
    Refused.CONDITION: gettext_lazy("la condition de son déclencheur n'est pas remplie par les données"),
    Refused.STOPPED: gettext_lazy("il est arrêté, ou n'est pas de ce site"),
    Refused.OPTED_OUT: gettext_lazy("une désinscription ne démarre rien"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A workflow that the event might have started and did not: its slug, a stable code, and why."""

    workflow: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Effects:
    """`started` and `moved` have their workflows loaded; `summary` says it all in a sentence or two."""

    started: Sequence[Execution]
    moved: Sequence[Execution]
    refusals: Sequence[Refusal]
    summary: str


def effects_of(event: Event) -> Effects:
    """Return what an event did, as far as the engine has come."""
    # By contact too: that is what there is an index for.
    rows = Execution.objects.filter(contact_id=event.contact_id).select_related("workflow").order_by("pk")
    started, moved = list(rows.filter(event_id=event.pk)), list(rows.filter(pk__in=event.moved))
    refusals = _refusals(event)
    return Effects(started, moved, refusals, _summary(event, started, moved, refusals))


def _refusals(event: Event) -> list[Refusal]:
    """What was written down when it was routed; and, by the triggers of today, workflows that are stopped."""
    noted: dict[str, str] = event.refused or {}
    workflows = {w.pk: w for w in Workflow.objects.filter(site_id=event.site_id, pk__in=map(int, noted))}
    found = [
        Refusal(workflows[int(pk)].slug if int(pk) in workflows else pk, code, str(WHY[Refused(code)]))
        for pk, code in sorted(noted.items(), key=lambda item: int(item[0]))
    ]
    if event.workflow_id is None:
        stopped = Trigger.objects.filter(
            site_id=event.site_id, event=event.name, workflow__status=WorkflowStatus.STOPPED
        ).exclude(workflow_id__in=map(int, noted))
        slugs = sorted(set(stopped.values_list("workflow__slug", flat=True)))
        found += [Refusal(slug, Refused.STOPPED, str(_("il est arrêté"))) for slug in slugs]
    return found


def _summary(
    event: Event, started: Sequence[Execution], moved: Sequence[Execution], refusals: Sequence[Refusal]
) -> str:
    if event.error:
        return _("Le moteur n'a pas pu le traiter : %(error)s") % {"error": event.error}
    if event.routed_at is None:
        return _("Le moteur ne l'a pas encore vu.")
    parts = []
    if started:
        parts.append(_("Il a démarré : %(names)s.") % {"names": _names(started)})
    if held := [execution for execution in started if execution.workflow.status == WorkflowStatus.PAUSED]:
        parts.append(_("En pause, rien n'y avance : %(names)s.") % {"names": _names(held)})
    if moved:
        parts.append(_("Il a été entendu par : %(names)s.") % {"names": _names(moved)})
    if not started:
        parts += [
            _("« %(workflow)s » n'a pas démarré : %(why)s.") % {"workflow": r.workflow, "why": r.text} for r in refusals
        ] or [_("Aucun déclencheur du site n'attend cet événement.")]
    return " ".join(parts)


def _names(executions: Sequence[Execution]) -> str:
    return ", ".join(f"{execution.workflow.slug} (n° {execution.pk})" for execution in executions)
