"""The outbox at a glance: how many messages stand where, and why those that did not go out did not.

No index serves a site and a status together, and none is wanted on so busy a table. So whoever sees everything is
answered by the index of statuses, and a member of an organization from the latest messages of their sites; both
as far as anybody reads the number.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from berinia.rows import fetch
from communications.explanations import explanation
from communications.models.message import MessageStatus
from communications.policy import Explanation

MOST = 1_000  # of each
WINDOW = 5_000  # of the latest, over all sites


class Tab(StrEnum):
    """A part of the outbox, as addresses call it."""

    QUEUED = "file"
    DEFERRED = "differes"
    SENT = "envoyes"
    DELIVERED = "remis"
    REJECTED = "rejetes"
    DEAD = "echoues"


# What is queued for a reason is deferred.
STATUSES: Mapping[Tab, Sequence[str]] = {
    Tab.QUEUED: (MessageStatus.QUEUED, MessageStatus.HELD, MessageStatus.SENDING),
    Tab.DEFERRED: (MessageStatus.QUEUED,),
    Tab.SENT: (MessageStatus.SENT,),
    Tab.DELIVERED: (MessageStatus.DELIVERED, MessageStatus.OPENED, MessageStatus.CLICKED),
    Tab.REJECTED: (MessageStatus.BOUNCED, MessageStatus.COMPLAINED),
    Tab.DEAD: (MessageStatus.FAILED, MessageStatus.UNKNOWN, MessageStatus.SUPPRESSED),
}
# Each status in a branch of its own, by name: so each is read from the end of its part of the index.
SETTLED = tuple(
    status for statuses in STATUSES.values() for status in statuses if status not in ("queued", "sending")
)  # fmt: skip
_BRANCH = "(SELECT status, {reason} AS reason FROM messages WHERE status = '{status}' ORDER BY id DESC LIMIT {most})"
_BRANCHES = " UNION ALL ".join(
    _BRANCH.format(status=status, reason="reason" if status in STATUSES[Tab.DEAD] else "''", most=MOST)
    for status in SETTLED
)
EVERYWHERE = f"""
SELECT m.status, m.reason, false AS is_deferred, count(*) AS n FROM ({_BRANCHES}) AS m GROUP BY 1, 2
"""  # noqa: S608 - only constants are put in
# Those that wait have indexes of their own.
WAITING = f"""
SELECT m.status, '' AS reason, m.is_deferred, count(*) AS n FROM (
    (SELECT status, due_at > %(now)s AND reason <> '' AS is_deferred
     FROM messages WHERE status = 'queued' LIMIT {2 * MOST})
    UNION ALL
    (SELECT status, false FROM messages WHERE status = 'sending' LIMIT {MOST})) AS m
GROUP BY 1, 2, 3
"""  # noqa: S608 - only a constant is put in
OF_SITES = """
SELECT m.status, m.reason, m.is_deferred, count(*) AS n
FROM unnest(%(sites)s::bigint[]) AS s (id) CROSS JOIN LATERAL (
    SELECT status, CASE WHEN status = ANY(%(dead)s) THEN reason ELSE '' END AS reason,
        status = 'queued' AND due_at > %(now)s AND reason <> '' AS is_deferred
    FROM messages WHERE site_id = s.id ORDER BY id DESC LIMIT %(most)s) AS m
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Messages that did not go out for one reason."""

    reason: str
    count: int
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Outbox:
    """How many messages are in each part; None: too many to count. `is_window`: of the latest only."""

    counts: Mapping[Tab, int | None]
    dead: Sequence[DeadLetters]
    is_window: bool


def outbox(sites: Sequence[int] | None, now: datetime) -> Outbox:
    """Return the outbox of some sites; None: of all."""
    given: dict[str, Any] = {"now": now, "dead": list(STATUSES[Tab.DEAD])}
    if sites is None:
        rows = [*fetch(WAITING, given), *fetch(EVERYWHERE)]
    else:
        rows = fetch(OF_SITES, given | {"sites": list(sites), "most": max(50, WINDOW // max(1, len(sites)))})
    counts: Counter[Tab] = Counter()
    reasons: Counter[str] = Counter()
    for row in rows:
        tab = _tab(row.status, row.is_deferred)
        counts[tab] += row.n
        if tab is Tab.DEAD:
            reasons[row.reason] += row.n
    dead = [DeadLetters(reason, n, explanation(reason)) for reason, n in reasons.most_common()]
    return Outbox({tab: _bounded(counts[tab]) for tab in Tab}, dead, sites is not None)


def _tab(status: str, is_deferred: bool) -> Tab:
    return Tab.DEFERRED if is_deferred else next(tab for tab, statuses in STATUSES.items() if status in statuses)


def _bounded(count: int) -> int | None:
    return count if count < MOST else None
