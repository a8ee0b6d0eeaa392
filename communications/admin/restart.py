"""What is asked before something is paused or goes on again."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communications.control import Restart

DURATIONS = (
    ("900", _("15 minutes")), ("3600", _("1 heure")), ("14400", _("4 heures")), ("86400", _("24 heures")),
)  # fmt: skip


class ReasonForm(forms.Form):
    """Why."""

    raison = forms.CharField(
        label=_("Raison"), max_length=200, required=False, help_text=_("Gardée au journal d'audit.")
    )


class ResumeForm(ReasonForm):
    """What becomes of what is overdue."""

    reprise = forms.ChoiceField(
        label=_("Ce qui est en retard"), widget=forms.RadioSelect, initial=Restart.SEND,
        choices=(
            (Restart.SEND, _("part maintenant, sauf ce qui n'est plus utile")),
            (Restart.SKIP, _("n'est pas envoyé ; la suite continue")),
            (Restart.SPREAD, _("est étalé sur une durée")),
        ),
    )  # fmt: skip
    duree = forms.ChoiceField(label=_("Étalé sur"), choices=DURATIONS, required=False, initial="3600")

    def clean(self) -> dict[str, Any]:
        """Turn the answers into those that a resume takes."""
        given = super().clean() or {}
        seconds = int(given.get("duree") or 0) if given.get("reprise") == Restart.SPREAD else 0
        if given.get("reprise") == Restart.SPREAD and not seconds:
            self.add_error("duree", _("Choisissez sur combien de temps."))
        return {"raison": given.get("raison", ""), "reprise": given.get("reprise"), "duree": timedelta(seconds=seconds)}
