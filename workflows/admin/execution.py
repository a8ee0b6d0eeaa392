"""Executions: who is where in which workflow, and everything that happened on the way."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import WRITERS, Tenancy, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, ScopedFilter, badge, by_number, link
from berinia.admin.why import WhyForm
from berinia.formats import duration
from communications.admin.restart import ReasonForm, ResumeForm
from crm.admin import EXECUTION_TAGS, MESSAGE_TAGS, SiteFilter
from crm.admin.histories import RUN_TAGS
from crm.search import contact_ids
from workflows import control
from workflows.admin.by_filter import filter_page, offered
from workflows.admin.steering import counted, order, resume
from workflows.admin.step_filter import StepFilter
from workflows.control import Order
from workflows.labels import step_name
from workflows.lines import Line
from workflows.models import Execution, Workflow
from workflows.scope import Scope, preview
from workflows.timeline import timeline
from workflows.why import why

ICONS = {
    "event": "bolt", "step": "check", "message": "mail", "call": "cable", "agent": "smart_toy", "task": "task_alt",
    "act": "person", "error": "error", "end": "flag", "next": "schedule",
}  # fmt: skip
CALL_TAGS = {"done": "success", "failed": "danger", "sending": "info", "queued": "", "revoked": ""}
LINE_TAGS = {
    "message": MESSAGE_TAGS, "call": CALL_TAGS, "agent": RUN_TAGS, "task": {"done": "success", "": "warning"},
    "end": EXECUTION_TAGS, "event": {"heard": "info"},
}  # fmt: skip
ACTIVE = frozenset({"en_attente", "en_cours", "en_pause"})


@dataclass(frozen=True, slots=True)
class OnExecutions:
    """An act on a scope, as one on the rows that are named; `act` itself serves for all that a filter shows."""

    act: Callable[[Scope, Order, dict[str, Any]], int]

    def __call__(self, ids: Sequence[int], now: Any, person: Any, raison: str = "", **answers: Any) -> int:
        """Do it to these executions."""
        return self.act(Scope.executions(ids), order(person, now, raison), answers)


def _stop(scope: Scope, given: Order, answers: dict[str, Any]) -> int:
    return control.stop(scope, given)


def _notes(_rows: QuerySet[Execution], ids: Sequence[int]) -> list[str]:
    return counted(preview(Scope.executions(ids), now=timezone.now()))


def _notes_of_retry(_rows: QuerySet[Execution], _ids: Sequence[int]) -> list[str]:
    return [str(_("Si le contact a entre-temps recommencé le même workflow, rien ne change pour lui."))]


ACTS = (
    Act(
        "pause", _("Mettre en pause"),
        _("plus rien n'avance et les messages en file sont retenus, jusqu'à la reprise."),
        OnExecutions(lambda scope, given, answers: control.pause(scope, given)), icon="pause",
        values=frozenset({"en_cours", "en_attente"}), form=ReasonForm, notes=_notes,
    ),
    Act(
        "reprise", _("Reprendre"), _("le parcours continue et les messages retenus peuvent partir."),
        OnExecutions(resume), icon="play_arrow", values=frozenset({"en_pause"}), form=ResumeForm, notes=_notes,
    ),
    Act(
        "reessai", _("Réessayer"), _("reprise à l'étape qui a échoué."),
        OnExecutions(lambda scope, given, answers: control.retry(scope, given)), icon="replay",
        values=frozenset({"echouee"}), form=ReasonForm, notes=_notes_of_retry,
    ),
    Act(
        "recommencement", _("Recommencer"),
        _("le parcours reprend à sa première étape ; ce qui est déjà parti repart."),
        OnExecutions(lambda scope, given, answers: control.retry(scope, given, from_start=True)),
        icon="restart_alt", values=frozenset({"echouee"}), form=ReasonForm, notes=_notes_of_retry,
    ),
    Act(
        "etape_sautee", _("Passer l'étape"), _("l'étape où elles se trouvent est passée, et la suite commence."),
        OnExecutions(lambda scope, given, answers: control.skip_step(scope, given)), icon="skip_next",
        values=ACTIVE | {"echouee"}, form=ReasonForm,
    ),
    Act(
        "arret", _("Arrêter"), _("le parcours finit et les messages en attente ne partent pas. Cela ne se défait pas."),
        OnExecutions(_stop), icon="stop", is_dangerous=True, values=ACTIVE, form=WhyForm, notes=_notes,
    ),
)  # fmt: skip


def _drawn(line: Line) -> dict[str, Any]:
    """Return a line with its icon, the colour of its status and its instant as one reads it."""
    at = localtime(line.at)
    return {
        "line": line, "icon": ICONS.get(line.kind, "circle"), "tag": LINE_TAGS.get(line.kind, {}).get(line.code),
        "iso": at.isoformat(), "said": f"{at:%d/%m/%Y %H:%M:%S}",  # ten times as fast as a template's filter, 200 times
    }  # fmt: skip


def _before(request: HttpRequest) -> datetime | None:
    """Return the instant before which lines are asked for, or None."""
    try:
        found = datetime.fromisoformat(request.GET.get("avant", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def own_workflows(request: HttpRequest) -> QuerySet[Workflow]:
    """Return the workflows that the person may see."""
    return Workflow.objects.filter(site_id__in=sites_of(request.user)).order_by("name")


class WorkflowFilter(ScopedFilter):
    """Executions of one workflow."""

    title, parameter_name, field, choices_of = _("workflow"), "workflow", "workflow_id", own_workflows


@admin.register(Execution)
class ExecutionAdmin(Acts, ReadOnly, Tenancy, Page):
    """Each run of a workflow for a contact."""

    site_path = "site_id"
    list_display = (
        "id", "show_contact", "workflow", "show_version", "show_status", "show_step", "show_since", "due_at",
        "started_at", "ended_at",
    )  # fmt: skip
    list_display_links = ("id",)
    list_filter = ("status", WorkflowFilter, StepFilter, SiteFilter)
    list_select_related = ("workflow", "contact", "version", "site", "organization")
    search_fields = ("id",)
    search_help_text = _("Numéro de l'exécution, ou email ou téléphone du contact")
    fields = (
        ("show_contact", "show_workflow", "show_status"), ("show_step", "due_at", "failures"),
        ("started_at", "ended_at", "site"),
    )  # fmt: skip
    readonly_fields = tuple(name for line in fields for name in line)
    acts = ACTS
    list_before_template = "admin/workflows/execution/by_filter.html"
    change_form_outer_before_template = "admin/workflows/execution/why.html"
    change_form_outer_after_template = "admin/workflows/execution/timeline.html"

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    def get_urls(self) -> list[URLPattern]:
        """Add the page that does an act to all that a filter shows."""
        view = self.admin_site.admin_view(self.by_filter)
        return [path("filtre/<slug:name>/", view, name="workflows_execution_by_filter"), *super().get_urls()]

    def by_filter(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask, then do an act to all that the list's filter shows."""
        return filter_page(self, request, name)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer the acts on all that the filter shows."""
        return super().changelist_view(request, {**(extra_context or {}), "by_filter": offered(self, request)})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Say why it stands where it stands, and show its timeline."""
        if execution := kwargs.get("obj"):
            before = _before(request)
            found = timeline(execution, before, is_full=self.may(request, WRITERS, execution))
            watched = {"type": "WATCH_EXECUTION", "payload": {"executionId": str(execution.pk)}}
            context |= {
                "why": why(execution, timezone.now()), "lines": [_drawn(line) for line in found.lines],
                "earlier": found.earlier, "before": before, "watch": json.dumps(watched),
                "tag": EXECUTION_TAGS.get(execution.status, ""),
            }  # fmt: skip
        return super().render_change_form(request, context, **kwargs)

    @display(description=_("étape"))
    def show_step(self, execution: Execution) -> str:
        """Show at which step it stands, or stood."""
        return step_name(execution.at)

    @display(description=_("version"))
    def show_version(self, execution: Execution) -> str:
        """Show which version it runs."""
        return str(execution.version)

    @display(description=_("depuis"))
    def show_since(self, execution: Execution) -> str:
        """Show how long it has stood there; nothing once it has ended."""
        since = max(timezone.now() - execution.entered_at, timedelta(0))
        return duration(since) if execution.ended_at is None else "—"

    @display(description=_("statut"))
    def show_status(self, execution: Execution) -> SafeString:
        """Show where it stands."""
        return badge(EXECUTION_TAGS.get(execution.status, ""), execution.get_status_display())

    @display(description=_("contact"))
    def show_contact(self, execution: Execution) -> SafeString:
        """Show whom it is for."""
        return link(reverse("admin:crm_contact_change", args=[execution.contact_id]), execution.contact)

    @display(description=_("workflow"))
    def show_workflow(self, execution: Execution) -> SafeString:
        """Show what it runs, in which version."""
        text = f"{execution.workflow} ({execution.version})"
        return link(reverse("admin:workflows_workflow_change", args=[execution.workflow_id]), text)
