"""Health: each channel's provider as it is now, and how it did in the last hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings

from berinia.rows import fetch
from communications import gate
from communications.models import Notification
from communications.models.reach import Moment
from communications.providers import provider_for
from communications.providers.choice import SANDBOX
from crm.models.metric import hour_of

CHANNELS = ("email", "sms", "whatsapp")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATELY = """
SELECT channel, max(hour) FILTER (WHERE name = %(sent)s) AS last_sent,
    coalesce(sum(value) FILTER (WHERE name = %(sent)s AND hour >= %(recent)s), 0)::bigint AS sent,
    coalesce(sum(value) FILTER (WHERE name = %(failed)s AND hour >= %(recent)s), 0)::bigint AS failed
FROM metriques_messages
WHERE site_id = ANY(%(sites)s) AND hour >= %(since)s AND name IN (%(sent)s, %(failed)s) GROUP BY channel
"""


class State(StrEnum):
    """What a provider does with our messages."""

    SANDBOX = "sandbox"  # no key: nothing leaves the house
    OK = "ok"
    SLOWED = "slowed"  # it asked us to wait
    REFUSED = "refused"  # it refuses our account
    DOWN = "down"  # it does not answer
    UNKNOWN = "unknown"  # Redis, which knows, does not answer


@dataclass(frozen=True, slots=True)
class Health:
    """One channel. `sent` and `failed` are of this hour and the one before; `last_sent` is an hour, of the last day."""

    channel: str
    provider: str
    state: State
    since: datetime | None = None
    wait: timedelta | None = None
    why: str = ""
    last_sent: datetime | None = None
    sent: int = 0
    failed: int = 0


def health(sites: Sequence[int], now: datetime) -> list[Health]:
    """Return how each channel is doing: its provider's state is the house's, what went out is that of these sites."""
    given = {
        "sites": list(sites), "since": hour_of(now - DAY), "recent": hour_of(now - HOUR), "sent": Moment.SENT.value,
        "failed": Moment.FAILED.value,
    }  # fmt: skip
    lately = {row.channel: row for row in fetch(LATELY, given)}
    found = []
    for channel in (*CHANNELS, *(("slack",) if settings.SLACK_WEBHOOK else ())):
        state, wait, alert = _state(channel)
        row = lately.get(channel)
        found.append(
            Health(
                channel, provider_for(channel).name, state, alert.created_at if alert else None, wait,
                alert.body if alert else "", *((row.last_sent, row.sent, row.failed) if row else ()),
            )
        )  # fmt: skip
    return found


def _state(channel: str) -> tuple[State, timedelta | None, Notification | None]:
    provider = provider_for(channel)
    if provider.name == SANDBOX:
        return State.SANDBOX, None, None
    condition = gate.condition(provider)
    if condition is None:
        return State.UNKNOWN, None, None
    if condition.is_broken:
        return State.DOWN, condition.wait, _alert(f"provider/{provider.name}")
    if condition.wait is None:
        return State.OK, None, None
    refused = _alert(f"account/{provider.name}")
    return (State.REFUSED if refused else State.SLOWED), condition.wait, refused


def _alert(key: str) -> Notification | None:
    """Return the first alert about it that nobody has settled, whosever it is: an account is the house's."""
    return Notification.objects.filter(key=key, read_at=None).order_by("created_at").first()
