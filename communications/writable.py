"""May we write to this contact? For each channel, what policy would answer now: to a message about the contact's own
request, and to a commercial one. Nothing is locked and nothing is counted: this is for people who ask.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Platform
from berinia.rows import fetch
from communications.compose import SESSION
from communications.hours import next_opening, place_of
from communications.models import Suppression
from communications.models.message import Category, Channel
from communications.models.rules import SentInMonth
from communications.policy import MARKETING, WEEK, Answer, Question, decide
from communications.questions import RECEIVED, RULES, hours_of, quota_of
from communications.suppress import digest
from crm.consent import granted
from crm.models import Contact

ANY_TIME = timedelta(days=365)  # the question is whether, and from when, not whether it is still of use


@dataclass(frozen=True, slots=True)
class Writable:
    """What policy answers on one channel."""

    channel: Channel
    address: str
    own: Answer  # a message that the contact's own request asks for
    commercial: Answer


def writable(contact: Contact, now: datetime) -> list[Writable]:
    """Return what policy answers on each channel, for a contact with its site and organization."""
    [rules] = fetch(RULES, [[contact.organization_id]])
    known = _Known(contact, rules, now)
    return [_on(known, channel) for channel in Channel]


class _Known:
    """What is read once for all channels."""

    def __init__(self, contact: Contact, rules: Any, now: datetime) -> None:
        self.contact, self.rules, self.now = contact, rules, now
        self.is_stopped = Platform.is_stopped()
        self.consents = granted([contact.pk], MARKETING)[contact.pk]
        self.received = [row.attempted_at for row in fetch(RECEIVED, [[contact.pk], now - WEEK])]
        self.closed = _closed(contact)
        month = SentInMonth.objects.filter(organization_id=contact.organization_id, month=date(now.year, now.month, 1))
        self.sent = dict(month.values_list("channel", "count"))

    def address(self, channel: Channel) -> str:
        return (self.contact.email if channel == Channel.EMAIL else self.contact.phone) or ""


def _closed(contact: Contact) -> Mapping[tuple[str, str], str]:
    digests = [digest(address) for address in (contact.email, contact.phone) if address]
    rows = Suppression.objects.filter(organization_id=contact.organization_id, digest__in=digests)
    return {(channel, found): reason for channel, found, reason in rows.values_list("channel", "digest", "reason")}


def _on(known: _Known, channel: Channel) -> Writable:
    address = known.address(channel)
    question = _question(known, channel, address)
    return Writable(
        channel, address, decide(question, known.now), decide(replace(question, category=MARKETING), known.now)
    )


def _question(known: _Known, channel: Channel, address: str) -> Question:
    contact, now = known.contact, known.now
    reason = known.closed.get((channel.value, digest(address))) if address else None
    most = quota_of(known.rules.plan, known.rules, channel.value)
    wrote_at = contact.whatsapp_at
    return Question(
        address=address,
        category=Category.TRANSACTIONAL.value,
        useful_until=now + ANY_TIME,
        is_stopped=known.is_stopped,
        is_paused=contact.site.is_paused or contact.organization.is_paused,
        has_opted_out=contact.opted_out_at is not None or reason == "opt_out",
        is_suppressed=reason is not None,
        has_consent=channel.value in known.consents,
        needs_session=channel == Channel.WHATSAPP and (wrote_at is None or now >= wrote_at + SESSION),
        opening=_opening(known, channel),
        received=known.received,
        most_per_week=known.rules.marketing_per_week,
        quota_until=_next_month(now) if most is not None and known.sent.get(channel.value, 0) >= most else None,
    )


def _opening(known: _Known, channel: Channel) -> datetime | None:
    if channel == Channel.EMAIL and not known.rules.window_covers_email:
        return None
    place = place_of(known.contact.phone or "", known.contact.timezone, known.contact.site.timezone)
    return next_opening(hours_of(known.rules), place, known.now)


def _next_month(now: datetime) -> datetime:
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
