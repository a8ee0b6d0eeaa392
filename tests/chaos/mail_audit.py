"""The auditor of a bad day: compares what providers took with what the rows say. Pure, but for `Day.read`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from communications.hours import Hours, next_opening, place_of
from communications.statuses import FROM_RESEND, FROM_TWILIO, later
from tests.chaos.mail_people import QUOTA

MESSAGES = """
SELECT m.id, m.organization_id, m.contact_id, m.channel, m.category, m.status, m.reason, m.detail, m.due_at, m.attempts,
    m.attempted_at, m.provider, m.provider_id, m.sent_at, m.delivered_at, m.bounced_at, m.complained_at,
    c.phone, c.email, c.timezone, c.opted_out_at, c.whatsapp_at,
    EXISTS (SELECT 1 FROM consentements k WHERE k.contact_id = c.id AND k.purpose = 'marketing'
            AND k.channel = m.channel AND k.state = 'granted') AS has_consent,
    (SELECT min(b.created_at) FROM adresses_bloquees b WHERE b.organization_id = m.organization_id
     AND b.channel = m.channel AND b.address = CASE m.channel WHEN 'email' THEN c.email ELSE c.phone END) AS closed_at,
    (SELECT slug FROM organisations o WHERE o.id = m.organization_id) AS organization
FROM messages m JOIN contacts c ON c.id = m.contact_id ORDER BY m.id
"""
TAKEN = frozenset({"sent", "delivered", "opened", "clicked", "bounced", "complained"})
DEFERRED = frozenset({"hors_horaires", "trop_souvent", "quota_atteint"})
REFUSED = frozenset({"desinscrit", "adresse_bloquee", "sans_consentement", "hors_session"})
# Taken just before its address was closed by the report of an earlier one: the provider then sent it nowhere.
SUPPRESSED_THERE = "resend_suppressed"
# From the claim of a message to the provider's door: it stood ready, and the call took its time.
ON_ITS_WAY = timedelta(seconds=15)
# Rows bear the instant at which their transaction began; what has not committed yet, nobody's claim can know of.
UNCOMMITTED = timedelta(seconds=5)
# Hours open while the audit is made: what fell due so lately is on its way.
JUST_DUE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a provider took: ours by its id."""

    message_id: int
    id: str
    at: datetime
    raw: dict[str, Any]

    @classmethod
    def of_resend(cls, raw: dict[str, Any]) -> "Taken":
        """Read one of the fake Resend's."""
        tags = {tag["name"]: tag["value"] for tag in raw["tags"]}
        return cls(int(tags["message_id"]), raw["id"], datetime.fromtimestamp(raw["taken_at"], UTC), raw)

    @classmethod
    def of_twilio(cls, raw: dict[str, Any]) -> "Taken":
        """Read one of the fake Twilio's."""
        (message_id,) = parse_qs(urlsplit(raw["callback"]).query)["m"]
        return cls(int(message_id), raw["sid"], datetime.fromtimestamp(raw["taken_at"], UTC), raw)


@dataclass(slots=True)
class Day:
    """The rows, what was taken, and what the fake Resend reports of an email."""

    messages: Sequence[Any]
    taken: defaultdict[int, list[Taken]]
    fate: Callable[[dict[str, Any]], Sequence[str]]

    @classmethod
    def read(cls, fetch: Callable[[str], Sequence[Any]], taken: Sequence[Taken], fate: Any) -> "Day":
        """Read the rows."""
        by_message: defaultdict[int, list[Taken]] = defaultdict(list)
        for one in taken:
            by_message[one.message_id].append(one)
        return cls(fetch(MESSAGES), by_message, fate)


def audit(day: Day) -> list[str]:
    """Return all that is not as it should be."""
    found = [f"{what}: {m}" for m in day.messages for what in _wrong(m, day)]
    known = {m.id for m in day.messages}
    found += [f"taken, and no row knows of it: {message_id}" for message_id in day.taken.keys() - known]
    return found + list(_too_many(day))


def _wrong(message: Any, day: Day) -> Iterator[str]:
    taken = day.taken.get(message.id, [])
    if len(taken) > 1:
        yield f"taken {len(taken)} times"
    yield from _said(message, taken, day)
    for one in taken:
        yield from _forbidden(message, one)


def _said(message: Any, taken: Sequence[Taken], day: Day) -> Iterator[str]:
    """What the row says of it, beside what happened."""
    match message.status:
        case "unknown":
            if message.due_at is not None or not message.attempts:
                yield "of unknown outcome, and nobody looks"
        case "queued":
            lately = datetime.now(UTC) - JUST_DUE
            if message.reason not in DEFERRED or message.due_at is None or message.due_at <= lately:
                yield "waits for nothing"
            if taken:
                yield "taken, and its row says that it waits"
        case "suppressed":
            if taken or message.reason not in REFUSED:
                yield "held back without a reason, or all the same taken"
        case status if status in TAKEN:
            if not taken:
                yield "its row says that it went out, and nobody took it"
            elif message.provider_id != taken[0].id:
                yield f"known under another id than {taken[0].id}"
            elif status != (expected := _expected(message, taken[0], day)):
                yield f"should be {expected}"
        case "failed" if message.reason == SUPPRESSED_THERE:
            if not taken or message.closed_at is None:
                yield "refused by a list that we know nothing of"
        case _:
            yield "in a state that it should not be in"


def _expected(message: Any, taken: Taken, day: Day) -> str:
    if message.channel == "email":
        told = [FROM_RESEND[event] for event in day.fate(taken.raw)]
    else:
        told = [FROM_TWILIO[status] for status in ("sent", "delivered")]
        told += [FROM_TWILIO["read"]] if message.channel == "whatsapp" else []
    status = "sent"
    for one in told:
        status = later(status, one)
    return status


def _forbidden(message: Any, taken: Taken) -> Iterator[str]:
    # A repeat under the same key sends nothing: what counts is when it was taken, and for that asked.
    known_by = min(message.attempted_at, taken.at) - UNCOMMITTED
    if message.opted_out_at is not None and known_by > message.opted_out_at:
        yield "sent to somebody who had opted out"
    if message.closed_at is not None and known_by > message.closed_at:
        yield "sent to a closed address"
    if message.category != "marketing":
        return
    if not message.has_consent:
        yield "sent without consent"
    if message.channel != "email":
        place = place_of(message.phone, message.timezone, "Europe/Paris")
        earliest = taken.at - ON_ITS_WAY
        if next_opening(Hours(), place, earliest) > taken.at:
            yield f"sent outside its hours, at {taken.at}"


def _too_many(day: Day) -> Iterator[str]:
    marketing = Counter(m.contact_id for m in day.messages if m.category == "marketing" and day.taken.get(m.id))
    yield from (f"{n} marketing messages to contact {contact}" for contact, n in marketing.items() if n > 3)
    quota = sum(m.organization == "quota" and m.channel == "sms" and bool(day.taken.get(m.id)) for m in day.messages)
    if quota > QUOTA:
        yield f"{quota} SMS of an organization that may send {QUOTA}"
