"""Preferences: what a contact may choose on the page behind the link, and how that is kept, with what was read.

The texts are the proof of what was agreed to: with another wording goes another VERSION.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from communications.choices import EMAIL, FOLLOWED, GRANTED, MARKETING, REFUSED, Choice, Proof, latest, say
from communications.withdraw import address_of
from crm.models import Contact

VERSION = "page-2026-11"
OPENS, CLICKS = FOLLOWED["opened"], FOLLOWED["clicked"]
TEXTS: dict[Choice, str] = {
    (MARKETING, EMAIL): "Je veux recevoir par email les offres et les nouvelles de {name}.",
    (MARKETING, "sms"): "Je veux recevoir par SMS les offres et les nouvelles de {name}.",
    (MARKETING, "whatsapp"): "Je veux recevoir par WhatsApp les offres et les nouvelles de {name}.",
    (OPENS, EMAIL): "{name} peut savoir si j'ouvre ses emails, grâce à une image invisible.",
    (CLICKS, EMAIL): "{name} peut savoir sur quels liens de ses emails je clique.",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice as the page shows it. `name` is its field."""

    choice: Choice
    text: str
    is_granted: bool

    @property
    def name(self) -> str:
        """How the form calls it."""
        return ".".join(self.choice)

    @property
    def is_marketing(self) -> bool:
        """Whether it is about what is sent, rather than about what is noted."""
        return self.choice[0] == MARKETING


def offers(contact: Contact) -> list[Offer]:
    """Return what a contact may choose: what concerns an address that they have. Unknown is not ticked."""
    known = latest([contact.pk])
    return [
        Offer(
            choice,
            text.format(name=contact.site.business_name),
            (found := known.get((contact.pk, *choice))) is not None and found.state == GRANTED,
        )
        for choice, text in TEXTS.items()
        if address_of(contact, choice[1])
    ]


def save(contact: Contact, ticked: Collection[str], proof: Proof, now: datetime) -> bool:
    """Keep what was chosen on the page; tell whether commercial messages are less welcome than they were."""
    shown = offers(contact)
    choices = {offer.choice: GRANTED if offer.name in ticked else REFUSED for offer in shown}
    proofs = {offer.choice: replace(proof, text=offer.text, text_version=VERSION) for offer in shown}
    say([contact], choices, proofs, now)
    return any(_withdrawn(shown, ticked))


def _withdrawn(shown: Collection[Offer], ticked: Collection[str]) -> Iterator[bool]:
    return (offer.is_marketing and offer.is_granted and offer.name not in ticked for offer in shown)
