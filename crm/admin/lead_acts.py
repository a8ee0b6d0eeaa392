"""What people do with leads: move, classify, assign, put aside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from berinia.admin.acts import Act, ActError
from crm import decide
from crm.admin.writing import ON_LEADS
from crm.decide import DecisionError
from crm.models.lead import LeadStatus, Quality, Stage
from crm.move_stage import StageError, cents, move_stage


class StageForm(forms.Form):
    """Where the sale stands now."""

    etape = forms.ChoiceField(label=_("Étape"), choices=Stage.choices)
    montant = forms.DecimalField(
        label=_("Montant (euros)"), min_value=0, max_digits=14, decimal_places=2, required=False,
        help_text=_("Vide : il reste le même."),
    )  # fmt: skip
    raison = forms.CharField(
        label=_("Raison"), max_length=300, required=False, help_text=_("Nécessaire pour reculer de plusieurs étapes.")
    )


class QualityForm(forms.Form):
    """How near to buying it is."""

    qualite = forms.ChoiceField(label=_("Qualité"), choices=Quality.choices)
    score = forms.IntegerField(
        label=_("Score"), min_value=0, max_value=100, required=False,
        help_text=_("De 0 à 100 ; à partir de 50, il est pour les ventes. Vide : celui de la qualité (85, 60 ou 30)."),
    )  # fmt: skip
    raison = forms.CharField(label=_("Pourquoi"), max_length=300, required=False)


class OwnerForm(forms.Form):
    """Whose it is. By name: a list would show who else there is."""

    commercial = forms.CharField(
        label=_("Identifiant de la personne"), max_length=150, required=False, help_text=_("Vide : à personne.")
    )


class ReasonForm(forms.Form):
    """Why."""

    raison = forms.CharField(label=_("Raison"), max_length=300, required=False)


def _or_error(act: Callable[..., int]) -> Callable[..., int]:
    def run(ids: Sequence[int], now: datetime, person: Any, **answers: Any) -> int:
        try:
            return act(ids, now, person, **answers)
        except (StageError, DecisionError) as error:
            raise ActError(str(error)) from None

    return run


def _move(ids: Sequence[int], now: datetime, person: Any, etape: str, montant: Any, raison: str) -> int:
    return move_stage(ids, etape, str(person), raison, cents(montant), now)


def _classify(ids: Sequence[int], now: datetime, person: Any, qualite: str, score: int | None, raison: str) -> int:
    return decide.set_quality(ids, qualite, score, str(person), raison, now)


def _assign(ids: Sequence[int], now: datetime, person: Any, commercial: str) -> int:
    owner = User.objects.filter(username=commercial).first() if commercial else None
    if commercial and owner is None:  # said as if they were somebody of another organization
        raise ActError(str(_("%(person)s n'est pas de cette organisation.")) % {"person": commercial})
    return decide.assign(ids, owner, str(person), now)


NOT_ASIDE = frozenset(set(LeadStatus.values) - {LeadStatus.DISCARDED.value})
ACTS = (
    Act("etape", _("Changer d'étape"), _("les workflows qui l'attendent en sont informés."), _or_error(_move),
        icon="moving", form=StageForm),
    Act("classer", _("Classer à la main"), _("la machine n'y touche plus tant que vous ne le lui rendez pas."),
        _or_error(_classify), icon="thermostat", form=QualityForm),
    Act("reprendre_classement", _("Reprendre le classement automatique"),
        _("la machine le classe à nouveau, dans la minute."),
        lambda ids, now, person: decide.hand_back(ids, str(person), now), icon="smart_toy", field="decided_by",
        values=frozenset({"person"})),
    Act("prendre", _("M'attribuer"), _("il est à vous."),
        _or_error(lambda ids, now, person: decide.assign(ids, person, str(person), now)), icon="person_pin"),
    Act("attribuer", _("Attribuer"), _("il est à la personne que vous nommez."), _or_error(_assign),
        icon="person_add", form=OwnerForm),
    *ON_LEADS,
    Act("ecarter", _("Écarter"), _("il n'est jamais exporté ; ce qui attendait de partir est retiré."),
        lambda ids, now, person, raison: decide.discard(ids, str(person), raison, now), icon="block",
        is_dangerous=True, values=NOT_ASIDE, form=ReasonForm),
    Act("reprendre", _("Ne plus écarter"), _("il est de nouveau suivi."),
        lambda ids, now, person: decide.take_up(ids, str(person), now), icon="undo",
        values=frozenset({LeadStatus.DISCARDED.value})),
)  # fmt: skip
