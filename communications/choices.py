"""Choices: what contacts say of themselves about being written to and followed, kept as statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from berinia.rows import fetch
from crm.consent import Statement, granted, record_consents
from crm.models.consent import ConsentState, Purpose

LATEST = """
SELECT DISTINCT ON (contact_id, purpose, channel) contact_id, purpose, channel, state, source
FROM consentements WHERE contact_id = ANY(%s) ORDER BY contact_id, purpose, channel, at DESC, id DESC
"""
GRANTED, REFUSED = ConsentState.GRANTED.value, ConsentState.REFUSED.value
MARKETING = Purpose.MARKETING.value
EMAIL = "email"  # the channel of what is said about being followed
# Which consent a status needs that tells what somebody did on a device of their own.
FOLLOWED = {"opened": Purpose.TRACKING_OPENS.value, "clicked": Purpose.TRACKING_CLICKS.value}

Choice = tuple[str, str]  # purpose and channel


@dataclass(frozen=True, slots=True)
class Proof:
    """How a choice was made: from where, in front of which text, by whom."""

    source: str
    text: str = ""
    text_version: str = ""
    url: str = ""
    ip: str | None = None
    user_agent: str = ""


def latest(contact_ids: Collection[int]) -> dict[tuple[int, str, str], Any]:
    """Return the statement (`state`, `source`) that holds, by contact, purpose and channel; none is unknown."""
    rows = fetch(LATEST, [list(contact_ids)]) if contact_ids else ()
    return {(row.contact_id, row.purpose, row.channel): row for row in rows}


def followed(contact_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return which contacts may be followed, as pairs with a status of FOLLOWED. Unknown is no."""
    return {
        (contact, status)
        for status, purpose in FOLLOWED.items()
        for contact, channels in granted(contact_ids, purpose).items()
        if EMAIL in channels
    }


def say(people: Sequence[Any], choices: Mapping[Choice, str], proofs: Mapping[Choice, Proof], now: datetime) -> int:
    """Record the choices of contacts where they differ from what they said last; return how many statements."""
    known = latest([person.id for person in people])
    statements = [
        Statement(person.organization_id, person.id, purpose, channel, state, **asdict(proofs[purpose, channel]))
        for person in people
        for (purpose, channel), state in choices.items()
        if (found := known.get((person.id, purpose, channel))) is None or found.state != state
    ]
    record_consents(statements, now)
    return len(statements)


def refuse_marketing(people: Sequence[Any], channels: Collection[str], proof: Proof, now: datetime) -> int:
    """Record that contacts want no more commercial messages on these channels."""
    choices = {(MARKETING, channel): REFUSED for channel in channels}
    return say(people, choices, dict.fromkeys(choices, proof), now)


def grant_again(people: Sequence[Any], channel: str, proof: Proof, now: datetime) -> int:
    """Take back the refusal of contacts who said STOP on this channel; one that came otherwise stays."""
    known = latest([person.id for person in people])
    took_back = [
        person
        for person in people
        if (found := known.get((person.id, MARKETING, channel)))
        and (found.state, found.source) == (REFUSED, proof.source)
    ]
    choice = (MARKETING, channel)
    return say(took_back, {choice: GRANTED}, {choice: proof}, now)
