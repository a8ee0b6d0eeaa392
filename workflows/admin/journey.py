"""A person's page: which workflows run for them and why they stand where they stand, and all that ever ran."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.admin.histories import EXECUTION_TAGS
from crm.admin.overview import Panel, show
from crm.admin.story import Source, newest, tell
from crm.models import Contact, Event
from crm.timeline import Entry
from workflows.entry import REFUSALS, Refused
from workflows.labels import reason_label, step_name
from workflows.models import Execution, Workflow
from workflows.models.execution import ACTIVE
from workflows.why import why

# What the entry rules say is in French already.
NOT_BEGUN: Mapping[str, Any] = {
    **REFUSALS,
    Refused.CONDITION: gettext_lazy("la condition de son déclencheur n'est pas remplie"),
    Refused.STOPPED: gettext_lazy("il est arrêté"),
    Refused.OPTED_OUT: gettext_lazy("le contact s'est désinscrit"),
}
FEW = 5  # that run at once for one person
AMONG = 20  # how many of the latest events are asked what they did not start


def _running(contact: Contact, now: datetime) -> Mapping[str, Any]:
    """Return what runs, the next to wake first, or why nothing does."""
    rows = Execution.objects.filter(contact=contact, status__in=ACTIVE).order_by("due_at", "pk")
    rows = rows.select_related("workflow", "site", "organization")[:FEW]
    running = [
        {
            "execution": execution, "why": why(execution, now), "tag": EXECUTION_TAGS.get(execution.status, ""),
            "step": step_name(execution.at), "url": _url(execution),
        }
        for execution in rows
    ]  # fmt: skip
    return {"running": running, "idle": None if running else _idle(contact, now), "refused": _refused(contact)}


def _idle(contact: Contact, now: datetime) -> Mapping[str, Any] | None:
    """Return how what ran last came to its end; None when nothing ever ran."""
    last = Execution.objects.filter(contact=contact).select_related("workflow", "site", "organization")
    found = last.order_by("-pk").first()
    return None if found is None else {"execution": found, "why": why(found, now), "url": _url(found)}


def _refused(contact: Contact) -> Mapping[str, Any] | None:
    """Return which workflow the latest events did not start, and why."""
    for event in Event.objects.filter(contact=contact).order_by("-pk")[:AMONG]:
        if event.refused:
            names = dict(Workflow.objects.filter(pk__in=event.refused).values_list("pk", "name"))
            whys = [
                {"workflow": names[int(pk)], "why": NOT_BEGUN.get(code, code)}
                for pk, code in event.refused.items()
                if int(pk) in names
            ]
            return {"event": event, "whys": whys} if whys else None
    return None


def _url(execution: Execution) -> str:
    return reverse("admin:workflows_execution_change", args=[execution.pk])


def _executions(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    rows = Execution.objects.filter(contact=contact).select_related("workflow")
    return [_entry(execution) for execution in newest(rows, before, most)]


def _entry(execution: Execution) -> Entry:
    if execution.ended_at:
        ended = _("fini le %(at)s") % {"at": date_format(localtime(execution.ended_at), "d/m/Y H:i")}
        text = " · ".join(filter(None, (ended, reason_label(execution.reason) if execution.reason else "")))
    else:
        text = _("à l'étape « %(step)s »") % {"step": step_name(execution.at)}
    return Entry(
        "w", execution.pk, execution.started_at, "parcours", execution.workflow.name, text, url=_url(execution),
        status=execution.get_status_display(), tag=EXECUTION_TAGS.get(execution.status, ""), icon="account_tree",
    )  # fmt: skip


show(Panel("now", "admin/workflows/person/running.html", _running))
tell(Source("w", frozenset({"parcours"}), _executions))
