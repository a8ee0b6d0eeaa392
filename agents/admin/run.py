"""Runs: what agents were told, what they answered, what it cost, and what the guardrails changed."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import Tenancy, sites_of
from agents import replay
from agents.admin.figures import figures_page
from agents.agent import agents
from agents.models import AgentRun, RunStatus
from agents.reasons import label
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from crm.admin import SiteFilter
from crm.models.lead import DecidedBy
from crm.search import contact_ids

STATUS_TAGS = {"en_file": "info", "en_cours": "info", "terminee": "success", "echouee": "danger", "retiree": ""}
DECIDED_TAGS = {"model": "info", "rules": "warning", "person": "success"}
ENDED = (RunStatus.DONE, RunStatus.FAILED)


def _replay(ids: list[int], now: Any, person: Any) -> int:
    done = replay.queue(ids, now)
    if not done:
        raise ActError(str(_("Ce que l'agent avait appris n'est plus conservé : rien à rejouer.")))
    return done


REPLAY = Act(
    "rejouer", _("Rejouer"),
    _("l'agent est interrogé à nouveau avec la même entrée ; sa réponse est notée, rien d'autre n'en découle."),
    _replay, icon="replay", values=frozenset({status.value for status in ENDED}),
)  # fmt: skip


class AgentFilter(SimpleListFilter):
    """Runs of one agent, by its label."""

    title, parameter_name = _("agent"), "agent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all agents."""
        return [(name, agent.label) for name, agent in sorted(agents().items())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the chosen one."""
        return queryset.filter(agent=self.value()) if self.value() else queryset


@admin.register(AgentRun)
class AgentRunAdmin(Acts, ReadOnly, Tenancy, Page):
    """What agents did."""

    list_display = (
        "id", "show_agent", "show_contact", "show_status", "show_decided", "model", "show_cost", "show_latency",
        "created_at",
    )  # fmt: skip
    list_display_links = ("id", "show_agent")
    list_filter: ClassVar[Any] = (AgentFilter, "status", "decided_by", SiteFilter)
    list_select_related = ("contact",)
    search_fields = ("id",)
    search_help_text = _("Numéro de l'exécution, ou email ou téléphone du contact")
    acts = (REPLAY,)
    change_list_template = "admin/agents/agentrun/change_list.html"
    fieldsets = (
        (None, {"fields": (
            ("show_agent", "show_status", "show_contact"), ("show_decided", "model", "show_error"),
            ("show_cost", "show_tokens", "show_latency"), ("show_execution", "show_original"),
            ("created_at", "finished_at"),
        )}),
        (_("Ce que les garde-fous ont changé"), {"fields": ("show_guarded",)}),
        (_("Ce que l'agent a répondu"), {"fields": ("show_output",)}),
        (_("Ce que l'agent savait"), {"fields": ("show_input", "prompt_version")}),
    )  # fmt: skip
    readonly_fields = (
        "show_agent", "show_status", "show_contact", "show_decided", "model", "show_error", "show_cost", "show_tokens",
        "show_latency", "show_execution", "show_original", "created_at", "finished_at", "show_guarded", "show_output",
        "show_input", "prompt_version",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave what was said out of lists: it is long."""
        return super().get_queryset(request).defer("input", "output", "request", "guarded")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of figures."""
        view = self.admin_site.admin_view(self.figures)
        return [path("chiffres/", view, name="agents_agentrun_figures"), *super().get_urls()]

    def figures(self, request: HttpRequest) -> HttpResponse:
        """Show what agents do and cost, by day and by agent."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return figures_page(self, request)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    @display(description=_("agent"))
    def show_agent(self, run: AgentRun) -> str:
        """Show it as people call it."""
        agent = agents().get(run.agent)
        return agent.label if agent else run.agent

    @display(description=_("contact"))
    def show_contact(self, run: AgentRun) -> str | SafeString:
        """Show whom it is about."""
        if run.contact is None:
            return "—"
        return link(reverse("admin:crm_contact_change", args=[run.contact_id]), run.contact)

    @display(description=_("statut"))
    def show_status(self, run: AgentRun) -> SafeString:
        """Show where it stands."""
        return badge(STATUS_TAGS.get(run.status, ""), run.get_status_display())

    @display(description=_("décidé par"))
    def show_decided(self, run: AgentRun) -> str | SafeString:
        """Show who answered; what was remembered says so."""
        if not run.decided_by:
            return "—"
        decided = badge(DECIDED_TAGS.get(run.decided_by, ""), run.get_decided_by_display())
        if run.decided_by == DecidedBy.MODEL and run.is_cached:
            return format_html("{} {}", decided, badge("", _("déjà demandé")))
        return decided

    @display(description=_("pourquoi pas le modèle"))
    def show_error(self, run: AgentRun) -> str:
        """Say why no model answered, or why not the one before."""
        if not run.error:
            return "—"
        if run.decided_by == DecidedBy.MODEL:
            return str(_("un modèle placé avant : %(why)s")) % {"why": label(run.error)}
        return label(run.error)

    @display(description=_("coût"))
    def show_cost(self, run: AgentRun) -> str:
        """Show what it cost; unknown is not nothing."""
        if run.status not in ENDED:
            return "—"
        return str(_("inconnu")) if run.cost_micros is None else dollars(run.cost_micros)

    @display(description=_("jetons lus, écrits"))
    def show_tokens(self, run: AgentRun) -> str:
        """Show how much was read and written, in how many calls."""
        calls = _("%(in)s lus, %(out)s écrits en %(calls)s appel(s)")
        return str(calls) % {"in": run.tokens_in, "out": run.tokens_out, "calls": run.requests}

    @display(description=_("durée"))
    def show_latency(self, run: AgentRun) -> str:
        """Show how long it took."""
        return "—" if run.latency_ms is None else f"{number_format(run.latency_ms / 1_000, 1)} s"

    @display(description=_("exécution de workflow"))
    def show_execution(self, run: AgentRun) -> str | SafeString:
        """Show what it is a step of."""
        if not run.execution_id:
            return "—"
        url = reverse("admin:workflows_execution_change", args=[run.execution_id])
        return link(url, f"#{run.execution_id} · {run.step}")

    @display(description=_("rejoue"))
    def show_original(self, run: AgentRun) -> str | SafeString:
        """Lead to the run that is done anew."""
        if not run.replay_of:
            return "—"
        return link(reverse("admin:agents_agentrun_change", args=[run.replay_of]), f"#{run.replay_of}")

    @display(description=_("corrections"))
    def show_guarded(self, run: AgentRun) -> str | SafeString:
        """Show what the guardrails changed."""
        if not run.guarded:
            return str(_("rien"))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((note,) for note in run.guarded)))

    @display(description=_("réponse"))
    def show_output(self, run: AgentRun) -> str | SafeString:
        """Show what may be acted upon."""
        return _json(run.output)

    @display(description=_("entrée"))
    def show_input(self, run: AgentRun) -> str | SafeString:
        """Show what it was told."""
        return _json(run.input)


def dollars(micros: int) -> str:
    """Return an amount as people read it: as many decimals as it takes to see it."""
    places = 2 if micros % 10_000 == 0 else 6
    return f"{number_format(micros / 1_000_000, places)} $"


def _json(value: Any) -> str | SafeString:
    if value is None:
        return "—"
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))
