"""Why no model answered, or why a run came to nothing: the codes of AgentRun.error, and what people read."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """A code. The first four are found before a call, the others come of one."""

    NO_MODEL = "sans_modele"
    SWITCHED_OFF = "desactive"
    BUDGET = "budget"
    NO_PRICE = "prix_inconnu"
    TIMEOUT = "delai"
    INVALID = "reponse_invalide"
    REFUSED = "refus"
    RATE = "limite"
    CREDIT = "credit"
    KEY = "cle"
    NO_SUCH_MODEL = "modele_inconnu"
    REJECTED = "demande_refusee"
    TOO_LONG = "trop_long"
    DOWN = "panne"
    ABANDONED = "abandonnee"
    STALE = "entree_perimee"


# Codes that name an exception behind a colon: something of ours went wrong.
RULES, EFFECTS, PROMPT = "regles", "effet", "consigne"

LABELS: Mapping[str, Any] = {
    Reason.NO_MODEL: _("Aucun modèle n'est configuré"),
    Reason.SWITCHED_OFF: _("Les modèles sont désactivés pour cette organisation"),
    Reason.BUDGET: _("Le budget du mois est épuisé"),
    Reason.NO_PRICE: _("Le prix du modèle est inconnu (AGENT_PRICES)"),
    Reason.TIMEOUT: _("Le modèle n'a pas répondu à temps"),
    Reason.INVALID: _("Le modèle n'a pas donné de réponse valide"),
    Reason.REFUSED: _("Le modèle a refusé de répondre"),
    Reason.RATE: _("Le fournisseur limite les appels (429)"),
    Reason.CREDIT: _("Le crédit chez le fournisseur est épuisé"),
    Reason.KEY: _("Le fournisseur refuse la clé"),
    Reason.NO_SUCH_MODEL: _("Le fournisseur ne connaît pas ce modèle"),
    Reason.REJECTED: _("Le fournisseur rejette la demande"),
    Reason.TOO_LONG: _("La demande ou la réponse est trop longue"),
    Reason.DOWN: _("Le fournisseur est en panne ou injoignable"),
    Reason.ABANDONED: _("Le programme s'est arrêté pendant l'appel"),
    Reason.STALE: _("L'agent ne sait plus lire cette entrée"),
    PROMPT: _("Le texte de consigne est absent ou fautif"),
    RULES: _("Les règles ont échoué"),
    EFFECTS: _("La réponse n'a pas pu être appliquée"),
}


def label(error: str) -> str:
    """Return a code in French, with the name of the exception where there is one; an unknown code as it is."""
    code, _colon, detail = error.partition(":")
    text = str(LABELS.get(code, code))
    return f"{text} ({detail})" if detail else text
