"""Workflows: what they do, in words; pause, resume, stop."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts.tenancy import Tenancy, sites_of
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from berinia.admin.tables import Cell, Table
from communications.models import Template
from crm.admin import SiteFilter
from workflows import control, describe
from workflows.admin.deploy import deploy_page
from workflows.admin.simulate import simulate_page
from workflows.models import ACTIVE, Execution, Workflow
from workflows.programs import definition_of

# Executions beyond this are not counted one by one on a page that asks.
MANY = 10_000
TAGS = {"actif": "success", "en_pause": "warning", "arrete": "danger"}


def _each(act: Callable[[Workflow, Any], int]) -> Callable[[Sequence[int], Any, Any], int]:
    """Make an act on one workflow one on several; returns how many workflows were changed."""

    def run(ids: Sequence[int], now: Any, person: Any) -> int:
        workflows = list(Workflow.objects.filter(pk__in=ids).order_by("pk"))
        for workflow in workflows:
            try:
                act(workflow, now)
            except control.ConflictError as error:
                raise ActError(f"{workflow} : {error}") from None
        return len(workflows)

    return run


def _stop(ids: Sequence[int], now: Any, person: Any) -> int:
    reason = str(_("arrêté par %(person)s")) % {"person": person}
    return _each(lambda workflow, now: control.stop_workflow(workflow, reason, now))(ids, now, person)


def _concerned(workflows: QuerySet[Workflow]) -> list[str]:
    """Say how many executions hang on these workflows."""
    ids = list(workflows.values_list("pk", flat=True))
    active = Execution.objects.filter(workflow_id__in=ids, status__in=ACTIVE)
    count = len(active.order_by().values_list("pk", flat=True)[:MANY])
    if count == MANY:
        return [str(_("Plus de %(n)d exécutions sont concernées.")) % {"n": MANY}]
    text = ngettext("%(n)d exécution est concernée.", "%(n)d exécutions sont concernées.", count)
    return [text % {"n": count}]


ACTS = (
    Act(
        "pause", _("Mettre en pause"),
        _("rien ne commence et rien n'avance jusqu'à la reprise ; ce qui arrive entre-temps n'est pas oublié."),
        _each(control.pause_workflow), icon="pause", values=frozenset({"actif"}), notes=_concerned,
    ),
    Act(
        "reprise", _("Reprendre"),
        _("les exécutions continuent là où elles en étaient ; ce qui serait trop tard n'est plus envoyé."),
        _each(control.resume_workflow), icon="play_arrow", values=frozenset({"en_pause"}), notes=_concerned,
    ),
    Act(
        "arret", _("Arrêter"),
        _("toutes les exécutions finissent et les messages en attente ne partent pas. Cela ne se défait pas."),
        _stop, icon="stop", is_dangerous=True, values=frozenset({"actif", "en_pause"}), notes=_concerned,
    ),
)  # fmt: skip


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
    acts = ACTS
    change_form_outer_after_template = "admin/workflows/workflow/definition.html"
    change_list_template = "admin/workflows/workflow/change_list.html"

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by name or slug: a site has few workflows."""
        named = queryset.filter(name__icontains=term) | queryset.filter(slug__icontains=term)
        return named | by_number(queryset, term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that deploy sectors and try a workflow out."""
        view = self.admin_site.admin_view(self.deploy)
        simulated = self.admin_site.admin_view(self.simulate)
        return [
            path("deployer/", view, name="workflows_workflow_deploy"),
            path("<int:pk>/simuler/", simulated, name="workflows_workflow_simulate"),
            *super().get_urls(),
        ]

    def simulate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a workflow out for a contact that is made up: what it would do, when and why."""
        return simulate_page(self, request, pk)

    def deploy(self, request: HttpRequest) -> HttpResponse:
        """Choose a sector, see what it brings and what is missing, deploy it."""
        return deploy_page(self, request, sites_of(request.user, self.changed_by))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the definition in words, below the facts."""
        workflow = kwargs.get("obj")
        if workflow is not None and workflow.version_id:
            definition = definition_of(workflow.version_id)
            context |= {
                "steps": describe.steps(definition, workflow.sector), "rules": describe.rules(definition),
                "texts": _texts(workflow), "tables": [_versions(workflow)],
                "simulate_url": reverse("admin:workflows_workflow_simulate", args=[workflow.pk]),
            }  # fmt: skip
        return super().render_change_form(request, context, **kwargs)

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


def _versions(workflow: Workflow) -> Table:
    rows = workflow.versions.order_by("-number").only("number", "created_at")[:50]
    current = Cell(_("actuelle"), tag="success")
    cells = [
        (Cell(f"v{v.number}"), Cell(v.created_at), current if v.pk == workflow.version_id else Cell("")) for v in rows
    ]
    return Table(_("Versions"), (_("version"), _("créée le"), ""), cells, _("Aucune version."))
