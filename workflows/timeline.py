"""The timeline of an execution: events, steps, messages with what became of them, calls, agents, tasks, people's acts.

Each source gives its latest lines, so that a page costs the same however long the history is; earlier ones are asked
for by the instant before which they happened. What a line holds besides its words are its parts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditEntry
from agents.models import AgentRun
from berinia.formats import number
from communications.calls import MAX_ATTEMPTS as MAX_CALLS
from communications.models import Message, OutgoingCall
from crm.models import Event, Task
from workflows.definition import DefinitionError
from workflows.execute import MAX_FAILURES
from workflows.labels import detail_label, reason_label, step_label, step_name
from workflows.lines import MOST, Asked, Line, Part, as_json, attempt, facts, said_at
from workflows.message_lines import message_lines
from workflows.models import DefinitionVersion, Execution, StepRun
from workflows.program import step_of
from workflows.programs import definition_of
from workflows.scope import Level
from workflows.spoken import data_in_words

BULK = 200  # the latest acts on many executions that are looked through
BAD_EVENTS = (".failed", ".bounced", ".complained", "_echoue", "_non_abouti")
STEERING = ("pause", "reprise", "arret")
ACTS: Mapping[str, object] = {
    "pause": gettext_lazy("Mise en pause"), "reprise": gettext_lazy("Reprise"), "arret": gettext_lazy("Arrêt"),
    "reessai": gettext_lazy("Réessai"), "etape_sautee": gettext_lazy("Étape passée"),
}  # fmt: skip
PLACES: Mapping[str, object] = {
    "executions": gettext_lazy("cette exécution"), "workflow": gettext_lazy("tout le workflow"),
    "site": gettext_lazy("tout le site"), "organisation": gettext_lazy("toute l'organisation"),
    "plateforme": gettext_lazy("toute la plateforme"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lines, oldest first; `earlier`: before which instant there is more, None when there is not."""

    lines: Sequence[Line]
    earlier: datetime | None = None


def timeline(
    execution: Execution, before: datetime | None = None, *, kinds: Sequence[str] = (), is_full: bool = False
) -> Timeline:
    """Return the latest MOST lines that happened before an instant (None: up to now, with what comes next).

    `kinds`: only these sources; `is_full`: with what messages say, for those who may read it.
    """
    asked = Asked(execution, before, is_full)
    # Sources read their newest first; of one instant, what was written first comes first.
    found = [
        line for name, read in SOURCES.items() if not kinds or name in kinds for line in reversed(list(read(asked)))
    ]
    if before is not None:
        found = [line for line in found if line.at < before]
    found.sort(key=lambda line: line.at)
    kept = found[-MOST:]
    # Lines of one instant stay together, or the next page would leave some out.
    kept = [line for line in found[:-MOST] if line.at == kept[0].at] + kept if kept else []
    earlier = kept[0].at if len(kept) < len(found) else None
    return Timeline([*kept, *(_last(execution) if before is None else ())], earlier)


def _last(execution: Execution) -> Iterator[Line]:
    if execution.ended_at:
        reason, status = reason_label(execution.reason), str(execution.get_status_display())
        is_bad = execution.status == "echouee"
        yield Line(execution.ended_at, "end", _("Fin"), reason, status, key="end", code=execution.status, is_bad=is_bad)
    elif execution.due_at:
        text = step_name(execution.at)
        if execution.failures:
            text += " · " + attempt(execution.failures + 1, MAX_FAILURES)
        yield Line(execution.due_at, "next", _("Prochain réveil"), text, key="next")


# --- events and steps ----------------------------------------------------------------------------------------


def _events(asked: Asked) -> Iterator[Line]:
    execution = asked.execution
    events = Event.objects.filter(asked.until("occurred_at"), contact_id=execution.contact_id)
    events = events.filter(id__gte=execution.event_id)
    if execution.ended_at:
        events = events.filter(occurred_at__lte=execution.ended_at)
    ours = _own_messages(execution)
    for event in events.order_by("-id")[: MOST + 1]:
        parts = facts(
            _("Ce que l'on en sait"), (_("survenu le"), said_at(event.occurred_at)),
            (_("reçu le"), said_at(event.received_at)), (_("traité le"), said_at(event.routed_at)),
            (_("clé d'idempotence"), event.idempotency_key), (_("effet ici"), _meaning(event, execution)),
            (_("erreur"), event.error),
        )  # fmt: skip
        data = as_json(event.data)
        yield Line(
            event.occurred_at, "event", event.name, ", ".join(data_in_words(event.data))[:300],
            status=_role(event, execution), link=reverse("admin:crm_event_change", args=[event.pk]),
            key=f"event-{event.pk}", code="heard", is_bad=bool(event.error) or _is_bad(event, execution, ours),
            parts=[*parts, *([Part(_("Ses données"), code=data)] if data else [])],
        )  # fmt: skip


def _role(event: Event, execution: Execution) -> str:
    """Say what an event was to this execution; nothing for one of the contact's that it did not hear."""
    if event.pk == execution.event_id:
        return _("l'a démarrée")
    return _("entendu") if execution.pk in event.moved else ""


def _meaning(event: Event, execution: Execution) -> str:
    if event.routed_at is None:
        return _("pas encore traité")
    return _role(event, execution) or _("aucun")


def _own_messages(execution: Execution) -> frozenset[int]:
    rows = Message.objects.filter(execution_id=execution.pk).order_by("-id")
    return frozenset(rows.values_list("pk", flat=True)[: MOST + 1])


def _is_bad(event: Event, execution: Execution, ours: frozenset[int]) -> bool:
    """Tell whether an event reports a failure of this execution, and not of another one of the contact."""
    if not event.name.endswith(BAD_EVENTS):
        return False
    about = str(event.data.get("execution", "")).partition("/")[0]
    return about == str(execution.pk) or event.data.get("message") in ours


def _steps(asked: Asked) -> Iterator[Line]:
    runs = StepRun.objects.filter(asked.until("at"), execution_id=asked.execution.pk).order_by("-id")[: MOST + 1]
    said = _sentences(asked.execution)
    for run in runs:
        step = step_of(run.step)
        text = " · ".join(part for part in (said.get(step, ""), detail_label(run.detail)) if part)
        yield Line(
            run.at, "step", f"{step_label(run.kind)} : {step}", text, key=f"step-{run.pk}",
            is_bad=run.detail in ("non_parti", "non_abouti", "sans_reponse", "agent_echoue"),
        )  # fmt: skip


def _sentences(execution: Execution) -> Mapping[str, str]:
    """Return what each step says, in French; nothing of a version that cannot be read any more."""
    try:
        return {step.id: step.said() for step in definition_of(execution.version_id).all_steps()}
    except (DefinitionError, DefinitionVersion.DoesNotExist):
        return {}


def _errors(asked: Asked) -> Iterator[Line]:
    tries: dict[str, int] = {}
    # What fails by its own outcome is not tried again by itself.
    is_tried = asked.execution.ended_at is None or asked.execution.reason == "erreur"
    for n, error in enumerate(asked.execution.erreurs):
        step = error.get("etape", "")
        tries[step] = tries.get(step, 0) % MAX_FAILURES + 1
        at = datetime.fromisoformat(error["le"]) if error.get("le") else asked.execution.entered_at
        title = _("Échec à l'étape « %(step)s »") % {"step": step}
        told = error.get("erreur", "") + (f" ({attempt(tries[step], MAX_FAILURES)})" if is_tried else "")
        yield Line(at, "error", title, told, key=f"error-{n}", is_bad=True)


# --- calls, agents, tasks -----------------------------------------------------------------------------------


def _calls(asked: Asked) -> Iterator[Line]:
    calls = OutgoingCall.objects.filter(asked.until("created_at"), execution_id=asked.execution.pk)
    for call in calls.order_by("-id")[: MOST + 1]:
        answer = f"HTTP {call.http_status}" if call.http_status else ""
        parts = facts(
            _("L'appel"), (_("étape"), call.step), (_("adresse"), call.url), (_("réponse"), answer),
            (_("tentatives"), attempt(call.attempts, MAX_CALLS) if call.attempts else ""),
            (_("prochaine"), said_at(call.due_at) if call.status == "queued" else ""), (_("erreur"), call.error),
            (_("réglé le"), said_at(call.settled_at)),
        )  # fmt: skip
        data = as_json(call.data)
        yield Line(
            call.created_at, "call", _("Appel HTTP : %s") % (urlsplit(call.url).hostname or call.url),
            " · ".join(dict.fromkeys(text for text in (answer, call.error) if text)), str(call.get_status_display()),
            key=f"call-{call.pk}", code=call.status, is_bad=call.status == "failed",
            parts=[*parts, *([Part(_("Données envoyées"), code=data)] if data else [])],
        )  # fmt: skip


def _agents(asked: Asked) -> Iterator[Line]:
    runs = AgentRun.objects.filter(asked.until("created_at"), execution_id=asked.execution.pk, replay_of=None)
    for run in runs.order_by("-id")[: MOST + 1]:
        cost = f"{number(run.cost_micros / 1_000_000, 4)} $" if run.cost_micros is not None else ""
        parts = facts(
            _("L'agent"), (_("étape"), run.step), (_("décidé par"), run.get_decided_by_display()),
            (_("modèle"), run.model), (_("appels"), run.requests or ""), (_("coût"), cost),
            (_("durée"), f"{number(run.latency_ms)} ms" if run.latency_ms else ""), (_("erreur"), run.error),
            (_("finie le"), said_at(run.finished_at)),
        )  # fmt: skip
        output = as_json(run.output) if asked.is_full else ""
        yield Line(
            run.created_at, "agent", _("Agent : %s") % run.agent, run.error, str(run.get_status_display()),
            reverse("admin:agents_agentrun_change", args=[run.pk]), f"agent-{run.pk}", run.status,
            run.status == "echouee", [*parts, *([Part(_("Sa réponse"), code=output)] if output else [])],
        )  # fmt: skip


def _tasks(asked: Asked) -> Iterator[Line]:
    tasks = Task.objects.filter(
        asked.until("created_at"), contact_id=asked.execution.contact_id, execution_id=asked.execution.pk
    )
    for task in tasks.order_by("-id")[: MOST + 1]:
        done = (
            _("faite par %(who)s le %(at)s") % {"who": task.done_by, "at": said_at(task.done_at)}
            if task.done_at
            else ""
        )
        yield Line(
            task.created_at, "task", _("Tâche : %s") % task.title, done, _("faite") if task.done_at else _("à faire"),
            reverse("admin:crm_task_change", args=[task.pk]), f"task-{task.pk}", "done" if task.done_at else "",
            parts=facts(_("La tâche"), (_("étape"), task.step), (_("avant le"), said_at(task.due_at))),
        )  # fmt: skip


# --- what people did ------------------------------------------------------------------------------------------


def _acts(asked: Asked) -> Iterator[Line]:
    for entry in _entries(asked):
        reason = f" : {entry.reason}" if entry.reason else ""
        count = entry.details.get("executions", 1)
        parts = facts(
            _("L'acte"), (_("par"), entry.actor), (_("pourquoi"), entry.reason),
            (_("portait sur"), PLACES.get(entry.target_kind, entry.target_kind)),
            (_("exécutions concernées"), number(count)), (_("reprise"), entry.details.get("reprise", "")),
            (_("depuis"), entry.details.get("depuis", "")),
        )  # fmt: skip
        yield Line(
            entry.at, "act", str(ACTS.get(entry.action, entry.action)),
            _("par %(who)s%(why)s") % {"who": entry.actor, "why": reason}, key=f"act-{entry.pk}", parts=parts,
        )  # fmt: skip


def _entries(asked: Asked) -> list[AuditEntry]:
    """Return the acts on this execution alone, on it among others, and on all of its workflow, site, organization."""
    execution = asked.execution
    entries = AuditEntry.objects.filter(asked.until("at"), at__gte=execution.started_at)
    ours = entries.filter(target_kind=Level.EXECUTIONS)
    alone = ours.filter(target_id=execution.pk).order_by("-id")[: MOST + 1]
    bulk = ours.filter(target_id=None, organization_id=execution.organization_id).order_by("-id")[:BULK]
    among = entries.filter(pk__in=bulk.values("pk"), details__premieres__contains=[execution.pk])
    above = (
        Q(target_kind=Level.WORKFLOW, target_id=execution.workflow_id)
        | Q(target_kind=Level.SITE, target_id=execution.site_id)
        | Q(target_kind=Level.ORGANIZATION, target_id=execution.organization_id)
        | Q(target_kind=Level.EVERYTHING, target_id=None)
    )
    levels = entries.filter(above, action__in=STEERING)
    if execution.ended_at:
        levels = levels.filter(at__lte=execution.ended_at)
    return [*alone, *among, *levels.order_by("-id")[: MOST + 1]]


SOURCES: Mapping[str, Callable[[Asked], Iterator[Line]]] = {
    "event": _events, "act": _acts, "error": _errors, "step": _steps, "agent": _agents, "message": message_lines,
    "call": _calls, "task": _tasks,
}  # fmt: skip
