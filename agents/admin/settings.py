"""What an organization's agents may do and spend, beside what they spent this month and whom they ask."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import NOBODY, OWNERS, Tenancy
from agents.access import PROVIDERS, configured
from agents.admin.run import dollars
from agents.ledger import month_of
from agents.models import AgentSettings, BudgetMonth, is_model
from agents.prepare import budget_of
from agents.prices import cost
from agents.reasons import Reason, label
from agents.routing import models_for, provider
from berinia.admin.base import Page, badge


class AgentSettingsForm(ModelForm):
    """The settings, each mistake beside its field."""

    class Meta:
        model = AgentSettings
        fields = ("organization", "uses_models", "model_names", "monthly_budget", "voice", "facts")

    def clean_model_names(self) -> list[str]:
        """Take models of providers that there are. The field itself would say which item is wrong, not how."""
        names: list[str] = list(dict.fromkeys(self.cleaned_data["model_names"] or ()))
        for name in names:
            is_model(name)
        if unknown := [name for name in names if provider(name) not in PROVIDERS]:
            text = _("Fournisseur inconnu : %(names)s. Fournisseurs : %(known)s.")
            raise ValidationError(text, params={"names": ", ".join(unknown), "known": ", ".join(PROVIDERS)})
        return names

    def clean_monthly_budget(self) -> Any:
        """Take no budget below nothing."""
        budget = self.cleaned_data["monthly_budget"]
        if budget is not None and budget < 0:
            raise ValidationError(_("Un budget n'est pas négatif ; 0 : aucun modèle."))
        return budget


@admin.register(AgentSettings)
class AgentSettingsAdmin(Tenancy, Page):
    """One row an organization."""

    form = AgentSettingsForm
    changed_by = OWNERS
    list_display = ("organization", "show_use", "show_models", "show_spent")
    list_select_related = ("organization",)
    autocomplete_fields = ("organization",)
    search_fields = ("organization__name",)
    fieldsets = (
        (None, {"fields": ("organization",)}),
        (_("Modèles"), {"fields": ("uses_models", "model_names", "show_models")}),
        (_("Dépense"), {"fields": ("monthly_budget", "show_spent")}),
        (_("Ce que les messages peuvent dire"), {"fields": ("voice", "facts")}),
    )
    readonly_fields = ("show_models", "show_spent")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by the organization's name."""
        return queryset.filter(organization__name__icontains=term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose settings they are stays; the budget is the house's to set: its keys pay."""
        fixed = () if obj is None else ("organization",)
        return (*self.readonly_fields, *fixed, *(() if self.may(request, NOBODY) else ("monthly_budget",)))

    @display(description=_("interroge des modèles"))
    def show_use(self, row: AgentSettings) -> SafeString:
        """Show whether anything is sent to a model."""
        return badge("success", _("oui")) if row.uses_models else badge("warning", _("non"))

    @display(description=_("modèles interrogés"))
    def show_models(self, row: AgentSettings) -> str | SafeString:
        """Show who is asked, in order, or why nobody is."""
        if not row.uses_models:
            return label(Reason.SWITCHED_OFF)
        found = models_for(row.model_names, settings.AGENT_MODELS, configured())
        lines = [*((name, _price(name)) for name in found), *((name, _("clé absente")) for name in _without_key(row))]
        if not lines:
            return label(Reason.NO_MODEL)
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{} · {}</li>", lines))

    @display(description=_("dépensé ce mois-ci"))
    def show_spent(self, row: AgentSettings) -> str:
        """Show what was spent beside the budget, and what is set aside for calls under way."""
        month = (
            BudgetMonth.objects.filter(organization_id=row.organization_id, month=month_of(timezone.now())).first()
            or BudgetMonth()
        )
        text = _("%(spent)s sur %(budget)s (%(reserved)s réservés, %(calls)s appels)")
        return str(text) % {
            "spent": dollars(month.spent_micros), "budget": dollars(budget_of(row)),
            "reserved": dollars(month.reserved_micros), "calls": month.calls,
        }  # fmt: skip


def _without_key(row: AgentSettings) -> list[str]:
    """Return the models that were named and cannot be asked."""
    named = row.model_names or settings.AGENT_MODELS
    return [name for name in named if provider(name) not in configured()]


def _price(name: str) -> str:
    """Return what a million tokens cost, read and written, or that nobody knows: then it is not asked."""
    now = timezone.now()
    read, written = (cost(name, *tokens, now, settings.AGENT_PRICES) for tokens in ((10**6, 0), (0, 10**6)))
    if read is None or written is None:
        return label(Reason.NO_PRICE)
    return str(_("%(read)s lus, %(written)s écrits, par million de jetons")) % {
        "read": dollars(read), "written": dollars(written),
    }  # fmt: skip
