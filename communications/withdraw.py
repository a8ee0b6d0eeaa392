"""Withdraw: a contact asks not to be written to any more, or takes that back; by a link, the page, or an answer.

`people` are contacts, or rows with their `id`, `organization_id`, `site_id`, `email` and `phone`.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from berinia.rows import fetch
from communications.choices import Proof, grant_again, refuse_marketing
from communications.happened import Happening, tell
from communications.models.reach import Moment, count_reached, reached
from communications.models.suppression import SuppressionReason
from communications.suppress import Closing, reopen, suppress_all
from crm.matching import OPT_OUT

OPT_IN = "reinscription"
EMAIL = "email"
BY_PHONE = ("sms", "whatsapp")  # both are closed together: it is one number
# Locked in the order in which routing locks them.
SET = """
UPDATE contacts SET opted_out_at = %s WHERE id IN (
    SELECT id FROM contacts WHERE id = ANY(%s) AND (opted_out_at IS NULL) = %s ORDER BY id FOR NO KEY UPDATE)
RETURNING id
"""
UNSUBSCRIBED = """
UPDATE messages SET unsubscribed_at = %s WHERE id = %s AND contact_id = %s AND unsubscribed_at IS NULL
RETURNING organization_id, site_id, workflow_id, step, template, channel
"""


@transaction.atomic
def opt_out(
    people: Sequence[Any], closes: Sequence[str], proof: Proof, now: datetime, *, refuses: Sequence[str]
) -> None:
    """Close contacts to everything and end what runs for them. A second time changes nothing.

    `closes` are the channels of the address by which they opt out, `refuses` those on which their consent to
    commercial messages ends with it.
    """
    opted_out = _set(people, now)
    tell([_happened(person, OPT_OUT, proof, now) for person in people if person.id in opted_out])
    shut(people, closes, now)
    refuse_marketing(people, refuses, proof, now)


def shut(people: Sequence[Any], channels: Sequence[str], now: datetime) -> None:
    """Close the addresses of contacts for their organizations, because they opted out."""
    reason = SuppressionReason.OPT_OUT.value
    suppress_all(
        [
            Closing(person.organization_id, channel, address, reason)
            for person in people
            for channel in channels
            if (address := address_of(person, channel))
        ],
        now,
    )


@transaction.atomic
def opt_in(people: Sequence[Any], opens: Sequence[str], proof: Proof, now: datetime) -> bool:
    """Open contacts and the address of these channels again; tell whether there was anything to take back."""
    opened = _set(people, None)
    organizations = {person.organization_id for person in people}
    addresses = {(channel, found) for p in people for channel in opens if (found := address_of(p, channel))}
    reopened = sum(reopen(organizations, channel, address) for channel, address in sorted(addresses))
    if not opened and not reopened:
        return False
    tell([_happened(person, OPT_IN, proof, now) for person in people])
    for channel in opens:
        grant_again(people, channel, proof, now)
    return True


@transaction.atomic
def count_unsubscribed(message_id: int, contact_id: int, now: datetime) -> None:
    """Note that a contact opted out by a message, and count it once."""
    rows = fetch(UNSUBSCRIBED, [now, message_id, contact_id])
    count_reached(Counter(reached(row, Moment.UNSUBSCRIBED, now) for row in rows))


def address_of(person: Any, channel: str) -> str:
    """Return where a contact is reached on a channel; "" when nowhere."""
    return (person.phone if channel in BY_PHONE else person.email) or ""


def _happened(person: Any, name: str, proof: Proof, now: datetime) -> Happening:
    return Happening(person.organization_id, person.site_id, person.id, name, now, {"par": proof.source})


def _set(people: Sequence[Any], opted_out_at: datetime | None) -> set[int]:
    """Open or close contacts; return the ids of those for whom it changed something."""
    rows = fetch(SET, [opted_out_at, [person.id for person in people], opted_out_at is not None])
    return {row.id for row in rows}
