"""Recount: the counters of messages made anew from the messages themselves, and where the two differ.

Everything that a message keeps an instant of is compared, by workflow, step, template, channel and hour; conversions
with those that workflows counted. What was not sent (`failed`, `suppressed`) leaves no instant and is not compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from accounts.models import AuditEntry
from berinia.rows import fetch
from communications.models.reach import Moment
from crm.models.metric import hour_of
from workflows.erase import ACTION as ERASURE

# The instant at which each was counted.
INSTANTS: Mapping[Moment, str] = {
    Moment.SENT: "sent_at", Moment.DELIVERED: "delivered_at", Moment.OPENED: "opened_at", Moment.CLICKED: "clicked_at",
    Moment.REPLIED: "replied_at", Moment.BOUNCED: "bounced_at", Moment.COMPLAINED: "complained_at",
    Moment.UNSUBSCRIBED: "unsubscribed_at",
}  # fmt: skip
VALUES = ", ".join(f"('{moment}', m.{column})" for moment, column in INSTANTS.items())
MESSAGES = f"""
WITH there AS (
    SELECT m.site_id, coalesce(m.workflow_id, 0) AS workflow_id, m.step, m.template, m.channel,
           date_trunc('hour', i.at, 'UTC') AS hour, i.name, count(*) AS n
    FROM messages m CROSS JOIN LATERAL (VALUES {VALUES}) AS i (name, at)
    WHERE i.at >= %(since)s GROUP BY 1, 2, 3, 4, 5, 6, 7
), counted AS (
    SELECT site_id, workflow_id, step, template, channel, hour, name, sum(value)::bigint AS n FROM metriques_messages
    WHERE hour >= %(since)s AND name = ANY(%(names)s) GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT site_id, workflow_id, step, template, channel, hour, name,
       coalesce(there.n, 0) AS there, coalesce(counted.n, 0) AS counted
FROM there FULL JOIN counted USING (site_id, workflow_id, step, template, channel, hour, name)
WHERE coalesce(there.n, 0) <> coalesce(counted.n, 0) ORDER BY hour, site_id, workflow_id, step, name, template
"""  # noqa: S608 - only the names of columns are put in
CONVERSIONS = """
WITH there AS (
    SELECT site_id, workflow_id, hour, sum(value)::bigint AS n FROM metriques_conversion
    WHERE hour >= %(since)s AND name = 'converted' GROUP BY 1, 2, 3
), counted AS (
    SELECT site_id, workflow_id, hour, sum(value)::bigint AS n FROM metriques_messages
    WHERE hour >= %(since)s AND name = 'converted' GROUP BY 1, 2, 3
)
SELECT site_id, workflow_id, '' AS step, '' AS template, '' AS channel, hour, 'converted' AS name,
       coalesce(there.n, 0) AS there, coalesce(counted.n, 0) AS counted
FROM there FULL JOIN counted USING (site_id, workflow_id, hour)
WHERE coalesce(there.n, 0) <> coalesce(counted.n, 0) ORDER BY hour, site_id, workflow_id
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A counter that does not say what the messages say: `there` are so many, and `counted` were so many."""

    site_id: int
    workflow_id: int
    step: str
    template: str
    channel: str
    hour: datetime
    name: str
    there: int
    counted: int


def explained(found: Sequence[Difference], now: datetime) -> list[Difference]:
    """Return the differences that erased messages explain: counters hold no person, so they stay.

    People were erased since then, or the messages of that hour are older than messages are kept.
    """
    erasures = AuditEntry.objects.filter(action=ERASURE).aggregate(last=Max("at"))["last"]
    kept_since = now - timedelta(days=settings.RETENTION_MESSAGES_DAYS)
    since = max(erasures, kept_since) if erasures else kept_since
    return [difference for difference in found if difference.counted > difference.there and difference.hour <= since]


def differences(since: datetime) -> list[Difference]:
    """Return the counters, from the hour of `since` on, that differ from the messages and conversions there are.

    Each comparison is one statement, so that it may be asked for while messages go out.
    """
    given = {"since": hour_of(since), "names": [str(moment) for moment in INSTANTS]}
    return [Difference(*row) for query in (MESSAGES, CONVERSIONS) for row in fetch(query, given)]
