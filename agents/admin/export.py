"""Exports: each decision beside what came of it, and people's word about them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import WRITERS, Tenancy, organizations_of, sites_of
from agents import approvals
from agents.admin.export_decision import STATUS_TAGS, decision_of, outcome_of
from agents.crm_load import states
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.base import Page, ReadOnly, ScopedFilter, badge, by_number, link
from crm.models import Connection, Export
from crm.search import contact_ids

QUALITY_TAGS = {"CHAUD": "danger", "TIÈDE": "warning", "FROID": "info"}


class RefusalForm(forms.Form):
    """Why it is refused."""

    raison = forms.CharField(
        label=_("Raison"), max_length=200, help_text=_("Gardée au journal d'audit et auprès du lead.")
    )


def let_go(run: Callable[[Sequence[int], str, datetime], approvals.Outcome]) -> Callable[..., int]:
    """Return how an act does it. When nothing may go, the person hears why; otherwise each row says so itself."""

    def act(ids: Sequence[int], now: datetime, person: Any) -> int:
        outcome = run(ids, str(person), now)
        if outcome.refused and not outcome.done:
            raise ActError(" ; ".join(f"#{pk} : {why}" for pk, why in list(outcome.refused.items())[:5]))
        return len(outcome.done)

    return act


APPROVE = Act(
    "approuver", _("Approuver"), _("le lead part vers le CRM."), let_go(approvals.approve),
    icon="check", values=frozenset({"a_approuver"}), is_logged=False,
)  # fmt: skip
REJECT = Act(
    "refuser", _("Refuser"), _("le lead ne part pas : une personne en décidera. Sa place du jour se libère."),
    lambda ids, now, person, raison: approvals.reject(ids, raison, str(person), now),
    icon="block", is_dangerous=True, values=frozenset({"a_approuver"}), form=RefusalForm, is_logged=False,
)  # fmt: skip
RETRY = Act(
    "reessayer", _("Réessayer"), _("le lead est remis au CRM, dans la limite du jour."), let_go(approvals.retry),
    icon="replay", values=frozenset({"echoue"}), is_logged=False,
)  # fmt: skip


def own_connections(request: HttpRequest) -> QuerySet[Connection]:
    """Return the connections of the person's organizations."""
    organizations = organizations_of(request.user)
    found = Connection.objects.select_related("organization").order_by("organization__name", "pk")
    return found if organizations is None else found.filter(organization_id__in=organizations)


class ConnectionFilter(ScopedFilter):
    """Exports to one connection."""

    title, parameter_name = _("connexion"), "connexion"
    field, choices_of = "connection_id", own_connections


class DeciderFilter(SimpleListFilter):
    """Exports that an agent, or a person, decided."""

    title, parameter_name = _("décidé par"), "par"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the two."""
        return [("agent", _("l'agent")), ("personne", _("une personne"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for."""
        return queryset if self.value() is None else queryset.filter(run_id__isnull=self.value() == "personne")


@admin.register(Export)
class ExportAdmin(Acts, ReadOnly, Tenancy, Page):
    """What was decided, and what came of it."""

    acted_by = WRITERS
    acts = (APPROVE, REJECT, RETRY)
    list_display = (
        "id", "show_lead", "show_quality", "score", "reason", "show_status", "day", "show_crm", "show_outcome",
    )  # fmt: skip
    list_display_links = ("id",)
    list_filter: ClassVar[Any] = ("status", "quality", "day", ConnectionFilter, DeciderFilter)
    list_select_related = ("lead", "contact", "connection", "connection__organization")
    list_before_template = "admin/crm/export/states.html"
    search_fields = ("id",)
    search_help_text = _("Numéro de l'export, ou email ou téléphone du contact")
    fieldsets = (
        (None, {"fields": (
            ("show_lead", "show_quality", "score"), "reason", ("show_status", "day", "show_crm"),
            ("decided_by", "created_at"), "error",
        )}),
        (_("Ce qui en est advenu"), {"fields": (("show_outcome", "external_id", "found"), ("exported_at", "checked_at"),
                                                "attempts")}),
    )  # fmt: skip
    readonly_fields = (
        "show_lead", "show_quality", "score", "reason", "show_status", "day", "show_crm", "decided_by", "created_at",
        "error", "show_outcome", "external_id", "found", "exported_at", "checked_at", "attempts",
    )  # fmt: skip
    change_form_outer_after_template = "admin/crm/export/decision.html"

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show above the list how each connection stands."""
        found = states(organizations_of(request.user), timezone.now())
        return super().changelist_view(request, {**(extra_context or {}), "states": found})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the whole decision below the facts."""
        if export := kwargs.get("obj"):
            context["decision"] = decision_of(export)
        return super().render_change_form(request, context, **kwargs)

    @display(description=_("lead"))
    def show_lead(self, export: Export) -> SafeString:
        """Lead to the lead."""
        return link(reverse("admin:crm_lead_change", args=[export.lead_id]), export.contact)

    @display(description=_("qualité"))
    def show_quality(self, export: Export) -> SafeString:
        """Show how good it was when it was decided."""
        return badge(QUALITY_TAGS.get(export.quality, ""), export.quality)

    @display(description=_("statut"))
    def show_status(self, export: Export) -> SafeString:
        """Show where it stands; what holds it up stands beside it."""
        tag = badge(STATUS_TAGS.get(export.status, ""), export.get_status_display())
        return format_html("{} {}", tag, export.error) if export.error else tag

    @display(description=_("connexion"))
    def show_crm(self, export: Export) -> SafeString:
        """Lead to the connection."""
        return link(reverse("admin:crm_connection_change", args=[export.connection_id]), export.connection)

    @display(description=_("devenu"))
    def show_outcome(self, export: Export) -> str:
        """Say what came of it."""
        return outcome_of(export)
