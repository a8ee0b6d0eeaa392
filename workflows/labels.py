"""What operators read: labels of steps and their details, and the timeline of an execution."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from communications.policy import EXPLANATIONS, Refusal
from crm.models import Event
from workflows.compile import LAST
from workflows.definition import step_kinds
from workflows.models import Execution, StepRun
from workflows.program import step_of

# What can happen to a step of any kind; the rest is in the files of the kinds.
DETAILS: Mapping[str, object] = {
    "ignoree": gettext_lazy("condition non remplie, étape ignorée"),
    "saute_par_operateur": gettext_lazy("étape passée par un opérateur"),
}
REASONS: Mapping[str, object] = {
    "goal": gettext_lazy("objectif atteint"),
    "erreur": gettext_lazy("une étape a échoué trois fois"),
    "appel_non_abouti": gettext_lazy("l'appel HTTP n'a pas abouti"),
    "appel_sans_reponse": gettext_lazy("l'appel HTTP n'a pas eu de réponse à temps"),
    "desinscription": gettext_lazy("le contact s'est désinscrit"),
    "arretee": gettext_lazy("l'exécution a été arrêtée"),
    "sautee": gettext_lazy("en retard à la reprise, et passé"),
    "modele": gettext_lazy("le modèle ne peut pas être écrit"),
    "pace": gettext_lazy("le fournisseur a demandé d'attendre"),
    "message": gettext_lazy("le fournisseur refuse ce message"),
    "address": gettext_lazy("rien n'atteint cette adresse"),
    "account": gettext_lazy("le fournisseur refuse notre compte"),
    "unknown": gettext_lazy("le fournisseur n'a pas répondu"),
    "conflict": gettext_lazy("un autre message est parti sous cette clé"),
    "introuvable": gettext_lazy("le fournisseur ne connaît pas ce message"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. `kind`: event, step, message, end or next."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    status: str = ""
    link: str = ""


def step_label(kind: str) -> str:
    """Return the French name of a kind of step."""
    return str(step_kinds()[kind].label) if kind in step_kinds() else kind


def detail_label(code: str) -> str:
    """Return what the detail of a passed step means."""
    for kind in step_kinds().values():
        if code in kind.details:
            return kind.details[code]
    return str(DETAILS.get(code, code))


def reason_label(code: str) -> str:
    """Return why an execution ended, or why a message did not go out."""
    if code in EXPLANATIONS:
        return EXPLANATIONS[Refusal(code)].why
    return str(REASONS.get(code, code))


def step_name(step: str) -> str:
    """Return the name of the place where an execution stands."""
    return _("l'objectif, jusqu'à la fin de son délai") if step == LAST else step_of(step)


def timeline(execution: Execution) -> list[Line]:
    """Return everything that happened to an execution, oldest first, and what comes next."""
    lines = [*_events(execution), *_steps(execution), *_messages(execution)]
    lines.sort(key=lambda line: line.at)
    if execution.ended_at:
        reason, status = reason_label(execution.reason), str(execution.get_status_display())
        lines.append(Line(execution.ended_at, "end", _("Fin"), reason, status))
    elif execution.due_at:
        lines.append(Line(execution.due_at, "next", _("Prochain réveil"), step_name(execution.at)))
    return lines


def _events(execution: Execution) -> list[Line]:
    events = Event.objects.filter(contact_id=execution.contact_id, id__gte=execution.event_id)
    if execution.ended_at:
        events = events.filter(occurred_at__lte=execution.ended_at)
    return [
        Line(e.occurred_at, "event", e.name, ", ".join(f"{k} : {v}" for k, v in e.data.items()))
        for e in events.order_by("id")[:200]
    ]


def _steps(execution: Execution) -> list[Line]:
    runs = StepRun.objects.filter(execution_id=execution.pk).order_by("id")
    return [Line(r.at, "step", f"{step_label(r.kind)} : {step_of(r.step)}", detail_label(r.detail)) for r in runs]


def _messages(execution: Execution) -> list[Line]:
    messages = Message.objects.filter(execution_id=execution.pk).order_by("id")
    return [
        Line(
            m.sent_at or m.attempted_at or m.created_at, "message",
            f"{m.get_channel_display()} « {m.template} »", reason_label(m.reason), str(m.get_status_display()),
            f"/admin/communications/message/{m.pk}/change/",
        )
        for m in messages
    ]  # fmt: skip
