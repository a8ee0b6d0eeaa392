"""What reports make of a message, in whatever order they arrive. Pure.

Reports come at least once and in any order, so everything here only ever moves one way: a status up in rank, an
instant to the earliest one reported. A late `sent` never overwrites `delivered`, the same report twice changes
nothing, and it makes no difference whether reports are folded together or one after the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

# What ends badly outranks what was only on the way. A mailbox may take an email and send it back later, so
# `bounced` outranks `delivered`; being read outranks both: it did arrive.
RANK = {
    name: rank
    for rank, name in enumerate(
        (
            "queued",
            "held",
            "suppressed",
            "sending",
            "unknown",
            "sent",
            "failed",
            "delivered",
            "bounced",
            "opened",
            "clicked",
            "complained",
        )
    )
}

# https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
FROM_TWILIO: Mapping[str, str] = {
    "accepted": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "failed",
    "failed": "failed",
}

# https://resend.com/docs/dashboard/webhooks/event-types
FROM_RESEND: Mapping[str, str] = {
    "email.sent": "sent",
    "email.delivery_delayed": "sent",
    "email.delivered": "delivered",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.bounced": "bounced",
    "email.complained": "complained",
    "email.failed": "failed",
    "email.suppressed": "failed",
}
# What happens to a message at an instant that it keeps, and that is counted once.
INSTANTS = ("delivered", "opened", "clicked", "bounced", "complained")


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that a provider says about a message.

    `provider_id` is its own id of the message ("" when we say it ourselves); `closes` is the reason for which the
    address is closed to further messages; `reason` and `detail` are for people; `to` is who it says it was for;
    `alarm` is a code that is about the sender or its texts, not about one recipient.
    """

    message_id: int
    provider_id: str
    status: str
    at: datetime
    reason: str = ""
    detail: str = ""
    closes: str = ""
    link: str = ""
    to: str = ""
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a message stands, as far as reports change it."""

    status: str
    reason: str = ""
    detail: str = ""
    provider_id: str = ""
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    bounced_at: datetime | None = None
    complained_at: datetime | None = None


def later(current: str, incoming: str) -> str:
    """Return the status that holds after a report; what is not known here changes nothing."""
    if RANK.get(incoming, -1) > RANK.get(current, len(RANK)):
        return incoming
    return current


def about(provider_id: str, to: str, reports: Iterable[Report]) -> list[Report]:
    """Return those reports that are about this very message.

    Left out are those of an earlier call whose message was replaced. Where no call has been answered yet, a report
    is known by its recipient: another database that sends through the same account numbers its messages alike.
    """
    is_ours = bool(provider_id)
    found = [r for r in reports if r.status in RANK and (is_ours or not r.to or not to or r.to == to)]
    ours = provider_id or min((r.provider_id for r in found if r.provider_id), default="")
    return [r for r in found if r.provider_id in ("", ours)]


def fold(standing: Standing, attempted_at: datetime | None, reports: Iterable[Report]) -> Standing:
    """Return where a message stands after reports that are about it. A report proves that it went out."""
    told = list(reports)
    if not told:
        return standing
    status = standing.status
    for report in told:
        status = later(status, report.status)
    said = [(r.reason, r.detail) for r in told if r.status == status]
    if standing.status == status:
        said.append((standing.reason, standing.detail))
    reason, detail = max(said, default=("", ""))
    return replace(
        standing,
        status=status,
        reason=reason,
        detail=detail,
        provider_id=standing.provider_id or max(r.provider_id for r in told),
        sent_at=standing.sent_at or attempted_at or min(r.at for r in told),
        **{f"{name}_at": _earliest(getattr(standing, f"{name}_at"), name, told) for name in INSTANTS},
    )


def _earliest(known: datetime | None, status: str, reports: Iterable[Report]) -> datetime | None:
    instants = [r.at for r in reports if r.status == status]
    return min([*instants, known] if known else instants, default=None)


def reached(before: Standing, after: Standing) -> list[str]:
    """Return what has happened to a message for the first time, in the order in which it is told."""
    new = [name for name in INSTANTS if getattr(before, f"{name}_at") is None and getattr(after, f"{name}_at")]
    return ["failed", *new] if after.status == "failed" != before.status else new
