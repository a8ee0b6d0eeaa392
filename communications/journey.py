"""The way of one message: where it has been and when, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

# Each instant that a message has: what the API calls it, where it is kept, how people read it.
STATIONS = (
    ("cree", "created_at", _("créé")),
    ("tente", "attempted_at", _("confié au fournisseur")),
    ("envoye", "sent_at", _("envoyé")),
    ("remis", "delivered_at", _("remis")),
    ("ouvert", "opened_at", _("ouvert")),
    ("clique", "clicked_at", _("cliqué")),
    ("repondu", "replied_at", _("le contact a répondu")),
    ("rejete", "bounced_at", _("rejeté")),
    ("plainte", "complained_at", _("signalé comme indésirable")),
    ("desinscrit", "unsubscribed_at", _("le contact s'est désinscrit")),
)

HTTP_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Station:
    """Where a message was at an instant."""

    name: str
    text: str
    at: datetime


def instants(message: Any) -> dict[str, datetime | None]:
    """Return every instant of a message by its name in the API; None: it has not come."""
    return {name: getattr(message, column) for name, column, _text in STATIONS}


def stations(message: Any) -> list[Station]:
    """Return where a message has been, in the order of time."""
    return sorted(_stations(message), key=lambda station: station.at)


def _stations(message: Any) -> Iterator[Station]:
    for name, column, text in STATIONS:
        if at := getattr(message, column):
            yield Station(name, str(text), at)
    for refusal in message.refusals or ():
        yield Station("refuse", _refused(refusal["said"]), datetime.fromisoformat(refusal["at"]))


def _refused(said: str) -> str:
    code, rest = answer_of(said)
    return str(_("essai sans succès : %s")) % (f"HTTP {code} {rest}" if code else rest)


def answer_of(said: str) -> tuple[str, str]:
    """Part what a provider answered instead of taking a message: its HTTP code ("": none), and the rest."""
    code, _space, rest = said.partition(" ")
    return (code, rest) if len(code) == HTTP_DIGITS and code.isdecimal() else ("", said)


def next_at(message: Any) -> datetime | None:
    """Return when it is tried next, or looked up with its provider; None: nothing comes by itself."""
    due: datetime | None = message.due_at
    return due if message.status in ("queued", "unknown") else None


def is_deferred(message: Any, now: datetime) -> bool:
    """Tell whether it waits in the queue for a reason: for an opening hour, or after a failed attempt."""
    return bool(message.status == "queued" and message.reason and message.due_at and message.due_at > now)
