"""Workflows: what they do, in words; pause, resume, stop."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts.tenancy import Tenancy, sites_of
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from communications.models import Template
from crm.admin import SiteFilter
from workflows import control, describe
from workflows.admin import versions
from workflows.admin.deploy import deploy_page
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
        """Add the page that deploys sectors, and those of a workflow's versions."""
        wrap = self.admin_site.admin_view
        pages = {"brouillon": ("draft", versions.draft_page), "versions": ("compare", versions.compare_page),
                 "migration": ("migrate", versions.migrate_page)}  # fmt: skip
        return [
            path("deployer/", wrap(self.deploy), name="workflows_workflow_deploy"),
            *(
                path(f"<int:pk>/{word}/", wrap(self._of_one(page)), name=f"workflows_workflow_{name}")
                for word, (name, page) in pages.items()
            ),
            *super().get_urls(),
        ]

    def _of_one(self, page: Callable[[Any, HttpRequest, Workflow], HttpResponse]) -> Callable[..., HttpResponse]:
        """Return the view of a page about one workflow that the person may see."""

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            return page(self, request, get_object_or_404(self.get_queryset(request), pk=min(pk, 2**63 - 1)))

        return view

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
                "texts": _texts(workflow), "tables": [versions.versions_table(workflow)],
            }  # fmt: skip
        if workflow is not None:
            context["actions_detail"] = [*context.get("actions_detail", []), *versions.buttons(workflow)]
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
