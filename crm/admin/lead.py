"""Leads: the opportunities, their pipeline and what is known of them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.audit import record
from accounts.tenancy import WRITERS, Tenancy, sites_of
from berinia import formats
from berinia.admin.acts import Acts
from berinia.admin.base import Page, badge, by_number, link
from crm.admin.board import Board
from crm.admin.contact import SiteFilter
from crm.admin.histories import QUALITY_TAGS
from crm.admin.lead_acts import ACTS
from crm.admin.lines import LinesField
from crm.admin.overview import FORM, SHOWN, STAGE_TAGS, moves, overview, stages
from crm.duplicates import company_key
from crm.find_duplicates import find_for
from crm.models import Lead
from crm.move_stage import euros
from crm.search import MOST, contact_ids
from crm.touch import touched

TABS = ((SHOWN, _("Vue d'ensemble")), (FORM, _("Fiche")))
STATUS_TAGS = {"a_exporter": "info", "exporte": "success", "ecarte": "warning"}


class MineFilter(SimpleListFilter):
    """Those of the person who looks, or of nobody."""

    title, parameter_name = _("commercial"), "commercial"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Return the two."""
        return [("moi", _("à moi")), ("personne", _("à personne"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for."""
        match self.value():
            case "moi":
                return queryset.filter(owner_id=request.user.pk)
            case "personne":
                return queryset.filter(owner=None)
        return queryset


class LeadForm(ModelForm):
    """What people know better than the machine."""

    pain_points = LinesField(label=_("Difficultés"), most=20, longest=200)
    interests = LinesField(label=_("Intérêts"), most=20, longest=200)
    insights = LinesField(label=_("À savoir"), most=20, longest=300)

    class Meta:
        model = Lead
        fields = (
            "company", "company_size", "job_title", "decision_maker", "sector", "region", "pain_points", "interests",
            "insights", "export_after", "delay_reason",
        )  # fmt: skip


@admin.register(Lead)
class LeadAdmin(Board, Acts, Tenancy, Page):
    """The opportunities."""

    form = LeadForm
    change_form_template = "admin/crm/person.html"
    site_path = "site_id"
    changed_by = WRITERS
    list_display = (
        "id", "contact", "company", "show_quality", "score", "show_stage", "show_status", "owner", "region", "source",
        "classified_at", "site",
    )  # fmt: skip
    list_display_links = ("id", "contact")
    list_filter = ("quality", "stage", "status", MineFilter, SiteFilter)
    list_select_related = ("contact", "site", "owner")
    search_fields = ("id",)
    search_help_text = _("Numéro, entreprise, ou email, téléphone ou nom du contact")
    readonly_fields = (
        "show_contact", "site", "show_quality", "score", "reasoning", "decided_by", "classified_at", "show_stage",
        "stage_at", "show_amount", "owner", "show_status", "exported_at", "source", "created_at", "updated_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("show_contact", "site", "owner"), ("show_stage", "stage_at", "show_amount"))}),
        (_("Qualité"), {"fields": (("show_quality", "score", "show_status"), "reasoning",
                                   ("decided_by", "classified_at"))}),
        (_("Ce qui est su"), {"fields": (("company", "company_size"), ("job_title", "decision_maker"),
                                         ("sector", "region"), "pain_points", "interests", "insights")}),
        (_("Export"), {"fields": ("export_after", "delay_reason", "exported_at")}),
        (_("Origine"), {"fields": (("source", "created_at", "updated_at"),)}),
    )  # fmt: skip
    list_before_template = "admin/crm/lead/list_tabs.html"
    acts = ACTS

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, by the beginning of the company's name, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        sites = sites_of(request.user)
        found = Q(contact_id__in=contact_ids(term, sites))
        if key := company_key(term):  # found by its own index, which leaves out ""
            companies = Lead.objects.filter(site_id__in=sites, company_key__startswith=key).exclude(company_key="")
            found |= Q(pk__in=list(companies.values_list("pk", flat=True)[:MOST]))
        return queryset.filter(found)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A lead appears when its contact does something, or the team notes an interaction with it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A lead goes with its contact; one that is none is put aside."""
        return False

    def save_model(self, request: HttpRequest, obj: Lead, form: Any, change: bool) -> None:
        """Store what a person knows better; segments and duplicates look again."""
        now = timezone.now()
        touched([obj.contact_id], now)
        obj.updated_at = now
        obj.save(update_fields=[*form.changed_data, "updated_at"])
        record(
            str(request.user), "lead.modifier", "lead", obj.pk, now=now, organization_id=obj.organization_id,
            details={"champs": sorted(form.changed_data)},
        )  # fmt: skip
        find_for([obj.contact_id], now)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the person and the sale; the form is behind a tab."""
        if lead := kwargs.get("obj"):
            tab = FORM if request.method == "POST" else request.GET.get("onglet", SHOWN)
            context |= {"tab": tab, "tabs": TABS, "on_lead": True}
            if tab != FORM:
                context |= overview(request, lead.contact, timezone.now())
                context |= {"stages": stages(lead), "moves": moves(lead)}
        return super().render_change_form(request, context, **kwargs)

    @display(description=_("contact"))
    def show_contact(self, lead: Lead) -> SafeString:
        """Lead to the contact."""
        return link(reverse("admin:crm_contact_change", args=[lead.contact_id]), lead.contact)

    @display(description=_("qualité"))
    def show_quality(self, lead: Lead) -> SafeString:
        """Show how near to buying it is."""
        return badge(QUALITY_TAGS.get(lead.quality, ""), lead.get_quality_display() or _("à classer"))

    @display(description=_("étape"))
    def show_stage(self, lead: Lead) -> SafeString:
        """Show where the sale stands."""
        return badge(STAGE_TAGS.get(lead.stage, ""), lead.get_stage_display())

    @display(description=_("statut"))
    def show_status(self, lead: Lead) -> SafeString:
        """Show what is done with it next."""
        return badge(STATUS_TAGS.get(lead.status, ""), lead.get_status_display())

    @display(description=_("montant"))
    def show_amount(self, lead: Lead) -> str:
        """Show the amount in euros."""
        return formats.euros(euros(lead.amount_cents))
