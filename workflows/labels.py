"""What operators read: labels of steps and their details, and the timeline of an execution."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from crm.models import Event
from workflows.definition import step_kinds
from workflows.models import Execution, StepRun

DETAILS: Mapping[str, object] = {
    "": "",
    "email": gettext_lazy("email"),
    "sms": gettext_lazy("SMS"),
    "trop_tard": gettext_lazy("trop tard, non envoyé"),
    "recu": gettext_lazy("événement reçu"),
    "delai_passe": gettext_lazy("délai passé"),
    "oui": gettext_lazy("oui"),
    "non": gettext_lazy("non"),
    "ignoree": gettext_lazy("condition non remplie, étape ignorée"),
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
    return str(DETAILS.get(code, code))


def timeline(execution: Execution) -> list[Line]:
    """Return everything that happened to an execution, oldest first, and what comes next."""
    lines = [*_events(execution), *_steps(execution), *_messages(execution)]
    lines.sort(key=lambda line: line.at)
    if execution.ended_at:
        title = execution.get_status_display()
        lines.append(Line(execution.ended_at, "end", title, execution.reason, execution.status))
    elif execution.due_at:
        lines.append(Line(execution.due_at, "next", _("Prochain réveil"), execution.at, execution.status))
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
    return [Line(r.at, "step", f"{step_label(r.kind)} : {r.step}", detail_label(r.detail)) for r in runs]


def _messages(execution: Execution) -> list[Line]:
    messages = Message.objects.filter(execution_id=execution.pk).order_by("id")
    return [
        Line(
            m.sent_at or m.attempted_at or m.created_at, "message",
            f"{m.get_channel_display()} « {m.template} »", m.reason, str(m.get_status_display()),
            f"/admin/communications/message/{m.pk}/change/",
        )
        for m in messages
    ]  # fmt: skip
