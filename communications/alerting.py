"""Who is told of an alert, by which means, in which message, and when it is tried again. Pure.

A person gets at most so many messages in an hour of the clock, one at a time. What is more waits for the next
hour and is then summed up in one message, which is the first of that hour's. So nothing is left out, every alert
is in one message, and a provider that was away for a day is no reason to send everything that piled up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from communications.backoff import (
    ACCOUNT_HOLD,
    FIRST_PACE,
    KEY_LIFETIME,
    LONGEST_PACE,
    MAX_ATTEMPTS,
    UNKNOWN_STEPS,
)
from communications.faults import Fault

SEVERITIES = ("info", "warning", "error")  # the highest last
NEVER = ""
SPACING = timedelta(seconds=1)  # Slack takes one message a second
# Behind a message that is stuck the others wait, and look again whether it still is.
PATIENCE = timedelta(seconds=10)
HOUR = timedelta(hours=1)


def rank(severity: str) -> int:
    """Return how high a severity is."""
    return SEVERITIES.index(severity)


def reaches(severity: str, threshold: str) -> bool:
    """Tell whether an alert is severe enough for someone who asks for this severity and above."""
    return threshold != NEVER and rank(severity) >= rank(threshold)


@dataclass(frozen=True, slots=True)
class News:
    """An alert that is new, or more severe than it was."""

    id: int
    organization_id: int
    severity: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person who may be told of an organization's alerts by email, from which severity on."""

    organization_id: int
    user_id: int
    email_from: str


@dataclass(frozen=True, slots=True)
class Telling:
    """One alert to be told to one person by email, or to Slack (nobody in particular)."""

    news: News
    medium: str
    user_id: int | None


def tellings(news: Sequence[News], members: Sequence[Member], slack_from: str) -> list[Telling]:
    """Say who is told of what by which means; without Slack, `slack_from` is NEVER."""
    found = [Telling(n, "slack", None) for n in news if reaches(n.severity, slack_from)]
    for one in news:
        asked = [m for m in members if m.organization_id == one.organization_id and reaches(one.severity, m.email_from)]
        found += [Telling(one, "email", m.user_id) for m in asked]
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that waits to be told to one person, since when."""

    id: int
    severity: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Recent:
    """What went to this person lately: how many messages in this hour, the last one, one that is stuck until when."""

    begun: int = 0
    last_at: datetime | None = None
    stuck_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send these in one message, the most severe first."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing before this instant."""

    until: datetime


def next_message(waiting: Sequence[Waiting], recent: Recent, now: datetime, limit: int) -> Send | Wait:
    """Say what goes to a person now, of what waits: the most severe alert, or all that is left of earlier hours."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if recent.stuck_until is not None:
        return Wait(min(recent.stuck_until, now + PATIENCE))
    if recent.last_at is not None and now < recent.last_at + SPACING:
        return Wait(recent.last_at + SPACING)
    if recent.begun >= limit:
        return Wait(hour + HOUR)
    late = [one for one in waiting if one.since < hour]
    ordered = sorted(late or waiting, key=lambda one: (-rank(one.severity), one.since, one.id))
    return Send(tuple(one.id for one in (ordered if late else ordered[:1])))


def pause_after(
    fault: Fault, attempts: int, since: datetime, now: datetime, retry_after: timedelta | None = None
) -> timedelta | None:
    """Return how long a message that did not go out waits for its next attempt; None: it never will.

    An alert that comes twice is better than none, so an unknown outcome is tried again whoever the provider is.
    After a day nothing is: what is new is told of then.
    """
    pause: timedelta | None = None
    match fault:
        case Fault.PACE:
            pause = max(retry_after or FIRST_PACE, min(max(now - since, FIRST_PACE), LONGEST_PACE))
        case Fault.ACCOUNT:
            pause = max(retry_after or ACCOUNT_HOLD, ACCOUNT_HOLD)
        case Fault.UNKNOWN if attempts < MAX_ATTEMPTS:
            pause = UNKNOWN_STEPS[max(attempts, 1) - 1]
    return pause if pause is not None and now + pause <= since + KEY_LIFETIME else None
