"""May this message go out now? Pure. Every refusal has a code, a French sentence and a remedy."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Refusal(StrEnum):
    """Why a message does not go out."""

    NO_ADDRESS = "sans_adresse"
    OPTED_OUT = "desinscrit"
    SUPPRESSED = "adresse_bloquee"
    EXPIRED = "trop_tard"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What operators read: why, and what can be done."""

    why: str
    remedy: str


EXPLANATIONS = {
    Refusal.NO_ADDRESS: Explanation(
        "Ce contact n'a pas d'adresse pour ce canal.", "Complétez la fiche du contact, puis rejouez le message."
    ),
    Refusal.OPTED_OUT: Explanation(
        "Ce contact s'est désinscrit.", "Aucun : seul le contact peut demander à être réinscrit."
    ),
    Refusal.SUPPRESSED: Explanation(
        "Cette adresse est bloquée : elle n'a pas pu être jointe ou une plainte a été reçue.",
        "Demandez une autre adresse au contact, ou levez le blocage si l'adresse est bonne.",
    ),
    Refusal.EXPIRED: Explanation(
        "Le message n'était plus utile au moment de partir.", "Écrivez au contact si la demande est toujours ouverte."
    ),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the decision looks at. `useful_until` is the message's."""

    address: str
    has_opted_out: bool
    is_suppressed: bool
    useful_until: datetime


def refusal(recipient: Recipient, now: datetime) -> Refusal | None:
    """Say why a message may not go out, or None when it may."""
    if not recipient.address:
        return Refusal.NO_ADDRESS
    if recipient.has_opted_out:
        return Refusal.OPTED_OUT
    if recipient.is_suppressed:
        return Refusal.SUPPRESSED
    if now > recipient.useful_until:
        return Refusal.EXPIRED
    return None
