"""« Mes préférences de notification »: from which severity on a person is told by email, per organization."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from communications.alert_stop import prefer
from communications.models import NotificationPreference
from communications.models.notification import Severity

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
        chosen = dict(
            NotificationPreference.objects.filter(user_id=user_id).values_list("organization_id", "email_from")
        )
        members = Membership.objects.filter(user_id=user_id).select_related("organization")
        for member in members.order_by("organization__name", "organization_id"):
            self.fields[f"organisation_{member.organization_id}"] = forms.ChoiceField(
                label=member.organization.name, choices=CHOICES, required=False,
                initial=chosen.get(member.organization_id, Severity.ERROR.value),
            )  # fmt: skip

    def chosen(self) -> dict[int, str]:
        """Return the severity by organization."""
        return {int(name.removeprefix("organisation_")): value for name, value in self.cleaned_data.items()}


def preferences_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """GET shows the choices of the person who is signed in, POST writes them."""
    user_id = int(request.user.pk or 0)
    form = PreferencesForm(user_id, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        prefer(user_id, form.chosen())
        messages.success(request, _("Vos préférences sont enregistrées."))
        return HttpResponseRedirect(reverse("admin:communications_notification_preferences"))
    context = {
        **admin.admin_site.each_context(request), "title": _("Mes préférences de notification"), "opts": admin.opts,
        "form": form, "address": getattr(request.user, "email", ""),
        "back": reverse("admin:communications_notification_changelist"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/communications/notification/preferences.html", context)
