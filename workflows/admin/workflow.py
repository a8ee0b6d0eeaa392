"""Workflows: what they do, in words; pause, resume, stop."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import Tenancy, sites_of
from berinia.admin.acts import Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from berinia.admin.tables import Cell, Table
from communications.admin.reach import COLUMNS, NOTHING, TITLE, cells
from communications.models import Template
from crm.admin import SiteFilter
from workflows.admin import versions
from workflows.admin.deploy import deploy_page, deployed_page, frame_page
from workflows.admin.flow import flow
from workflows.admin.simulate import simulate_page
from workflows.admin.steering import emergency_page, level_acts
from workflows.analytics import PERIODS
from workflows.definition import Definition, DefinitionError
from workflows.models import Workflow
from workflows.programs import definition_of
from workflows.reach import steps_reached
from workflows.splits import ways_of

TAGS = {"actif": "success", "en_pause": "warning", "arrete": "danger"}


@admin.register(Workflow)
class WorkflowAdmin(Acts, ReadOnly, Tenancy, Page):
    """The automations of the sites."""

    site_path = "site_id"
    list_display = ("name", "show_status", "sector", "site", "show_version", "show_executions")
    list_display_links = ("name",)
    list_filter = ("status", SiteFilter)
    list_select_related = ("site", "version")
    search_fields = ("name",)
    search_help_text = _("Nom, identifiant ou numéro")
    fields = ("description", ("show_status", "show_version", "show_executions"), ("sector", "site", "slug"))
    readonly_fields = ("description", *fields[1], *fields[2])
    acts = level_acts(Workflow, "status", running="actif", paused="en_pause")
    change_form_template = "admin/workflows/workflow/change_form.html"
    change_form_outer_after_template = "admin/workflows/workflow/definition.html"
    change_list_template = "admin/workflows/workflow/change_list.html"

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by name or slug: a site has few workflows."""
        named = queryset.filter(name__icontains=term) | queryset.filter(slug__icontains=term)
        return named | by_number(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that deploy sectors and stop everything, and those of one workflow."""
        wrap = self.admin_site.admin_view
        own = (
            ("deployer/", self._of_sites(deploy_page), "deploy"),
            ("deployer/apercu/", self._of_sites(frame_page), "deploy_frame"),
            ("deployer/fait/", self._of_sites(deployed_page), "deployed"),
            ("arret-urgence/", self.emergency, "emergency"),
            ("<int:pk>/simuler/", self.simulate, "simulate"),
            ("<int:pk>/brouillon/", self._of_one(versions.draft_page), "draft"),
            ("<int:pk>/versions/", self._of_one(versions.compare_page), "compare"),
            ("<int:pk>/migration/", self._of_one(versions.migrate_page), "migrate"),
        )
        pages = [path(at, wrap(page), name=f"workflows_workflow_{name}") for at, page, name in own]
        return [*pages, *super().get_urls()]

    def _of_one(self, page: Callable[[Any, HttpRequest, Workflow], HttpResponse]) -> Callable[..., HttpResponse]:
        """Return the view of a page about one workflow that the person may see."""

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            return page(self, request, get_object_or_404(self.get_queryset(request), pk=min(pk, 2**63 - 1)))

        return view

    def emergency(self, request: HttpRequest) -> HttpResponse:
        """Stop everything, or lift that."""
        return emergency_page(self, request)

    def simulate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a workflow out for a contact that is made up: what it would do, when and why."""
        return simulate_page(self, request, pk)

    def _of_sites(self, page: Callable[[Any, HttpRequest, list[int]], HttpResponse]) -> Callable[..., HttpResponse]:
        """Return the view of a page about sites on which the person may deploy."""

        def view(request: HttpRequest) -> HttpResponse:
            return page(self, request, sites_of(request.user, self.changed_by))

        return view

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the definition as a flow, below the facts, with who stands where."""
        workflow = kwargs.get("obj")
        if workflow is not None:
            context |= self._flow(request, workflow)
            context["actions_detail"] = [*context.get("actions_detail", []), *versions.buttons(workflow)]
        return super().render_change_form(request, context, **kwargs)

    def _flow(self, request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
        table = versions.versions_table(workflow)
        if not workflow.version_id:
            return {"tables": [table]}
        try:
            definition = definition_of(workflow.version_id)
        except DefinitionError:
            return {"tables": [table], "unreadable": True}
        watched = {"type": "WATCH_WORKFLOW", "payload": {"workflowId": str(workflow.pk)}}
        return {
            "flow": flow(request, workflow, _texts(workflow), timezone.now()), "watch": json.dumps(watched),
            "may_act": self.may_act(request, workflow),
            "tables": [_reached(workflow, definition), *_ways(workflow), table],
            "simulate_url": reverse("admin:workflows_workflow_simulate", args=[workflow.pk]),
            "analytics_url": f"{reverse('admin:workflows_analytics')}?workflow={workflow.pk}",
        }  # fmt: skip

    @display(description=_("statut"))
    def show_status(self, workflow: Workflow) -> SafeString:
        """Show whether it runs."""
        return badge(TAGS.get(workflow.status, ""), workflow.get_status_display())

    @display(description=_("version"))
    def show_version(self, workflow: Workflow) -> str:
        """Show which version new executions run."""
        return str(workflow.version or "—")

    @display(description=_("exécutions"))
    def show_executions(self, workflow: Workflow) -> SafeString:
        """Lead to its executions."""
        return link(f"{reverse('admin:workflows_execution_changelist')}?workflow={workflow.pk}", _("Voir"))


def _texts(workflow: Workflow) -> dict[str, str]:
    """Return the preview pages of the organization's texts by channel and name."""
    rows = Template.objects.filter(organization_id=workflow.organization_id).values_list("pk", "channel", "name")
    return {
        f"{channel}:{name}": f"{reverse('admin:communications_template_page', args=[pk])}?site={workflow.site_id}"
        for pk, channel, name in rows
    }


def _reached(workflow: Workflow, definition: Definition) -> Table:
    """Return what became of the messages of each step in the last 30 days, in the order of the steps."""
    now = timezone.now()
    found = steps_reached(workflow, now - PERIODS["30d"], now + timedelta(hours=1))
    order = {step.id: n for n, step in enumerate(definition.all_steps())}
    rows = [
        (Cell(step or _("aucun message avant")), *cells(found[step]))
        for step in sorted(found, key=lambda step: (not step, order.get(step, len(order)), step))
    ]
    return Table(TITLE, (_("étape"), *COLUMNS.values()), rows, NOTHING)


def _ways(workflow: Workflow) -> list[Table]:
    """Return what each way of its splits achieved in the last 30 days, if it has any."""
    now = timezone.now()
    found = ways_of(workflow, now - PERIODS["30d"], now)
    if not found:
        return []
    heads = (_("étape"), _("voie"), _("exécutions"), _("converties"), _("conversion"))
    cells = [
        tuple(Cell(text) for text in (
            way.step, way.name, way.entered, way.converted,
            "—" if way.conversion is None else f"{way.conversion:.0%}".replace("%", " %"),
        )) for way in found
    ]  # fmt: skip
    return [Table(_("Voies des répartitions, sur 30 jours"), heads, cells, "")]
