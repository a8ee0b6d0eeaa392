"""The reason that an act which cannot be undone asks for: no reason, no act."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WhyForm(forms.Form):
    """Why. It is kept in the audit log."""

    raison = forms.CharField(
        label=_("Raison"), max_length=200, help_text=_("Gardée au journal d'audit."),
        error_messages={"required": _("Dites pourquoi : la raison est gardée au journal d'audit.")},
    )  # fmt: skip
