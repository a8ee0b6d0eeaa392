"""« Mes préférences de notification »: what a person is told by email, per organization: alerts, the weekly report."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Role
from communications.alert_stop import prefer
from communications.models import NotificationPreference
from communications.models.notification import Severity
from communications.report_stop import choose

CHOICES = (
    ("", gettext_lazy("rien")),
    (Severity.ERROR.value, gettext_lazy("erreurs")),
    (Severity.WARNING.value, gettext_lazy("avertissements et erreurs")),
    (Severity.INFO.value, gettext_lazy("tout")),
)


class PreferencesForm(forms.Form):
    """One choice for each organization that the person is a member of: there is no field for any other."""

    def __init__(self, user_id: int, data: Any = None) -> None:
        super().__init__(data)
        chosen = {one.organization_id: one for one in NotificationPreference.objects.filter(user_id=user_id)}
        members = Membership.objects.filter(user_id=user_id).select_related("organization")
        for member in members.order_by("organization__name", "organization_id"):
            one = chosen.get(member.organization_id)
            self.fields[f"organisation_{member.organization_id}"] = forms.ChoiceField(
                label=member.organization.name, choices=CHOICES, required=False,
                initial=one.email_from if one else Severity.ERROR.value,
            )  # fmt: skip
            report = one.weekly_report if one else None
            self.fields[f"rapport_{member.organization_id}"] = forms.BooleanField(
                label=_("rapport hebdomadaire de %s, le lundi") % member.organization.name, required=False,
                initial=member.role == Role.OWNER if report is None else report,
            )  # fmt: skip

    def chosen(self) -> dict[int, str]:
        """Return the severity by organization."""
        return {int(key): str(value) for key, value in self._of("organisation_")}

    def reports(self) -> dict[int, bool]:
        """Return whether the weekly report is wanted, by organization."""
        return {int(key): bool(value) for key, value in self._of("rapport_")}

    def _of(self, prefix: str) -> list[tuple[str, Any]]:
        return [(n.removeprefix(prefix), value) for n, value in self.cleaned_data.items() if n.startswith(prefix)]


def preferences_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET shows the choices of the person who is signed in, POST writes them."""
    user_id = int(request.user.pk or 0)
    form = PreferencesForm(user_id, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        prefer(user_id, form.chosen())
        choose(user_id, form.reports())
        messages.success(request, _("Vos préférences sont enregistrées."))
        return HttpResponseRedirect(reverse("admin:communications_notification_preferences"))
    context = {
        **admin.admin_site.each_context(request), "title": _("Mes préférences de notification"), "opts": admin.opts,
        "form": form, "address": getattr(request.user, "email", ""),
        "back": reverse("admin:communications_notification_changelist"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/communications/notification/preferences.html", context)
