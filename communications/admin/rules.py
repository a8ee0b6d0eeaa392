"""When and how much each organization may send, beside what it has sent this month."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.tenancy import NOBODY, OWNERS, Tenancy
from berinia.admin.base import Page
from communications.hours import regions
from communications.models import SendingRules, SentInMonth
from communications.models.message import Channel
from communications.models.rules import EARLIEST, LATEST
from communications.questions import quota_of

QUOTAS = ("monthly_email", "monthly_sms", "monthly_whatsapp")
OUTSIDE = _("La charte des opérateurs permet les messages commerciaux de 8 h à 22 h.")


class SendingRulesForm(ModelForm):
    """The rules, each mistake beside its field."""

    holidays_of = forms.ChoiceField(
        label=_("Jours fériés de"), choices=regions, required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = SendingRules
        fields = (
            "organization", "weekday_from", "weekday_until", "saturday_from", "saturday_until", "holidays_of",
            "window_covers_email", "marketing_per_week", *QUOTAS,
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Check the hours of each kind of day."""
        cleaned: dict[str, Any] = super().clean() or {}
        for day in ("weekday", "saturday"):
            self._check(day, cleaned.get(f"{day}_from"), cleaned.get(f"{day}_until"))
        return cleaned

    def _check(self, day: str, opens: Any, closes: Any) -> None:
        if (opens is None) != (closes is None):
            self.add_error(f"{day}_until", ValidationError(_("Donnez les deux heures, ou aucune : ce jour est fermé.")))
            return
        if opens is None:
            return
        if opens < EARLIEST:
            self.add_error(f"{day}_from", ValidationError(OUTSIDE))
        if closes > LATEST:
            self.add_error(f"{day}_until", ValidationError(OUTSIDE))
        if opens >= closes:
            self.add_error(f"{day}_until", ValidationError(_("La fin vient après le début.")))


@admin.register(SendingRules)
class SendingRulesAdmin(Tenancy, Page):
    """One row an organization; without one, the usual hours hold."""

    form = SendingRulesForm
    changed_by = OWNERS
    list_display = ("organization", "show_week", "show_saturday", "marketing_per_week", "show_used")
    list_select_related = ("organization",)
    autocomplete_fields = ("organization",)
    fieldsets = (
        (None, {"fields": ("organization",)}),
        (_("Quand partent les messages commerciaux"), {
            "description": _("À l'heure du destinataire, jamais le dimanche ni les jours fériés. Ce qui vient "
                             "en dehors attend l'ouverture ; les messages transactionnels partent toujours."),
            "fields": (("weekday_from", "weekday_until"), ("saturday_from", "saturday_until"), "holidays_of",
                       "window_covers_email"),
        }),
        (_("Combien"), {"fields": ("marketing_per_week", QUOTAS, "show_used")}),
    )  # fmt: skip
    readonly_fields = ("show_used",)
    search_fields = ("organization__name",)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by the organization's name."""
        return queryset.filter(organization__name__icontains=term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose rules they are stays; quotas are the house's to set, as the plan is."""
        fixed = () if obj is None else ("organization",)
        return (*self.readonly_fields, *fixed, *(() if self.may(request, NOBODY) else QUOTAS))

    @display(description=_("en semaine"))
    def show_week(self, rules: SendingRules) -> str:
        """Show the hours from Monday to Friday."""
        return f"{rules.weekday_from:%H:%M} – {rules.weekday_until:%H:%M}"

    @display(description=_("le samedi"))
    def show_saturday(self, rules: SendingRules) -> str:
        """Show the hours of Saturday."""
        if rules.saturday_from is None or rules.saturday_until is None:
            return str(_("fermé"))
        return f"{rules.saturday_from:%H:%M} – {rules.saturday_until:%H:%M}"

    @display(description=_("envoyés ce mois-ci"))
    def show_used(self, rules: SendingRules) -> str:
        """Show what counts against the quotas; where there is none, nothing is counted."""
        if rules.pk is None:
            return "—"
        return used_in_month(rules)


def used_in_month(rules: SendingRules) -> str:
    """Say how much of each quota is used."""
    month = timezone.now().date().replace(day=1)
    found = SentInMonth.objects.filter(organization_id=rules.organization_id, month=month)
    used = dict(found.values_list("channel", "count"))
    quotas = {channel: quota_of(rules.organization.plan, rules, channel) for channel in Channel}
    parts = [
        f"{channel.label} : {used.get(channel, 0)} / {most}" for channel, most in quotas.items() if most is not None
    ]
    return " · ".join(parts) or str(_("sans limite"))
