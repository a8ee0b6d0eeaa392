"""The form of a connection: what its CRM needs, checked before anything goes there."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminURLInputWidget,
)

from berinia.clock import is_zone
from berinia.http import ForbiddenAddressError, NoAnswerError, checked
from crm.connectors import Connector, connectors
from crm.models import Connection
from crm.models.transfer import working_days
from crm.sealing import seal

DAYS = [(1, _("lundi")), (2, _("mardi")), (3, _("mercredi")), (4, _("jeudi")), (5, _("vendredi")), (6, _("samedi")),
        (7, _("dimanche"))]  # fmt: skip


class ConnectionForm(ModelForm):
    """A connection. Its key is written, never read: an empty field keeps the one that is there."""

    address = forms.URLField(
        label=_("Adresse"), required=False, max_length=200, assume_scheme="https", widget=UnfoldAdminURLInputWidget,
        help_text=_("Pour un webhook : une adresse publique en https."),
    )  # fmt: skip
    key = forms.CharField(
        label=_("Clé d'accès"), required=False, max_length=500, strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Chiffrée à l'enregistrement, jamais réaffichée. Vide : celle qui est enregistrée reste."),
    )  # fmt: skip
    days = forms.TypedMultipleChoiceField(
        label=_("Jours"), choices=DAYS, coerce=int, initial=working_days, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Connection
        fields = (
            "organization", "connector", "is_active", "address", "options", "daily_limit", "capacity", "score_floor",
            "needs_approval", "opens_at", "closes_at", "days", "timezone",
        )  # fmt: skip

    def clean_timezone(self) -> str:
        """Ask for a zone that there is."""
        name = str(self.cleaned_data["timezone"])
        if not is_zone(name):
            raise ValidationError(_("Ce fuseau n'existe pas : écrivez par exemple Europe/Paris."))
        return name

    def clean_options(self) -> dict[str, Any]:
        """Ask for an object."""
        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict):
            raise ValidationError(_("Les réglages sont un objet JSON, {} s'il n'y en a pas."))
        return options

    def clean(self) -> dict[str, Any]:
        """Check what the CRM needs, each mistake beside its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        kind = connectors().get(str(cleaned.get("connector")))
        if kind is not None:
            self._check_key(kind, cleaned.get("key") or "")
            self._check_address(kind, cleaned)
            if (options := cleaned.get("options")) is not None and (wrong := kind.wrong_options(options)):
                self.add_error("options", wrong)
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", _("La fin vient après le début."))
        self._check_alone(cleaned)
        return cleaned

    def _check_key(self, kind: type[Connector], key: str) -> None:
        if not kind.needs_secret:
            return
        is_kept = bool(self.instance.secret) and self.initial.get("connector") == kind.name
        if not key and not is_kept:
            self.add_error("key", _("%(crm)s demande : %(what)s.") % {"crm": kind.label, "what": kind.secret_label})
        elif key and (wrong := kind.wrong_secret(key)):
            self.add_error("key", wrong)

    def _check_address(self, kind: type[Connector], cleaned: dict[str, Any]) -> None:
        if not kind.needs_address:
            cleaned["address"] = ""
            return
        if "address" not in cleaned:
            return
        try:
            checked(cleaned["address"], settings.CALLS_TRUSTED_HOSTS)
        except ForbiddenAddressError:
            self.add_error("address", _("Donnez une adresse publique en https."))
        except NoAnswerError:
            self.add_error("address", _("Ce nom de domaine n'existe pas."))

    def _check_alone(self, cleaned: dict[str, Any]) -> None:
        organization = cleaned.get("organization") or self.instance.organization_id
        others = Connection.objects.filter(organization=organization, is_active=True).exclude(pk=self.instance.pk)
        if cleaned.get("is_active") and organization and others.exists():
            self.add_error(
                "is_active", _("Une autre connexion de cette organisation est active : désactivez-la d'abord.")
            )

    def save(self, commit: bool = True) -> Any:
        """Seal the key; what was wrong with the connection is forgotten, for it may be right now."""
        kind = connectors()[self.cleaned_data["connector"]]
        if self.cleaned_data["key"] and kind.needs_secret:
            self.instance.secret = seal(self.cleaned_data["key"])
        elif not kind.needs_secret or self.initial.get("connector") != kind.name:
            self.instance.secret = ""
        self.instance.error, self.instance.blocked_until = "", None
        return super().save(commit)
