"""What became of messages, summed from the hourly counters (`metriques_messages`).

A message counts in the hour in which something happened to it: an opening of today may be of a message of last week.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from accounts.models import Site
from berinia.rows import fetch
from communications.days import read_as
from communications.models.reach import Moment
from communications.spans import Span
from crm.models.metric import hour_of

COUNTERS = """
SELECT workflow_id, step, template, channel, name, sum(value)::bigint AS value FROM metriques_messages
WHERE site_id = ANY(%(sites)s) AND hour >= %(since)s AND hour < %(until)s
  AND (%(workflow)s::bigint IS NULL OR workflow_id = %(workflow)s)
GROUP BY 1, 2, 3, 4, 5
"""
# Days that are over are summed (communications/days.py): a month of many sites is read at once.
SUMS = """
SELECT workflow_id, step, template, channel, name, sum(value)::bigint AS value FROM (
    SELECT workflow_id, step, template, channel, name, value
    FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS span (since, until)
        JOIN metriques_messages ON hour >= span.since AND hour < span.until
    WHERE site_id = ANY(%(sites)s)
    UNION ALL
    SELECT workflow_id, step, template, channel, name, value
    FROM metriques_messages_jour WHERE site_id = ANY(%(sites)s) AND day = ANY(%(days)s::date[])
) AS counted
GROUP BY 1, 2, 3, 4, 5
"""
OF_TEMPLATE = """
SELECT name, sum(value)::bigint AS value FROM metriques_messages
WHERE site_id = ANY(%s) AND hour >= %s AND template = %s AND channel = %s GROUP BY 1
"""
# What the API calls each.
NAMES: Mapping[Moment, str] = {
    Moment.SENT: "envoyes", Moment.DELIVERED: "remis", Moment.OPENED: "ouverts", Moment.CLICKED: "cliques",
    Moment.REPLIED: "repondus", Moment.BOUNCED: "rejetes", Moment.COMPLAINED: "plaintes",
    Moment.UNSUBSCRIBED: "desinscrits", Moment.FAILED: "echoues", Moment.SUPPRESSED: "non_envoyes",
    Moment.CONVERTED: "conversions",
}  # fmt: skip
# These are no part of what was sent.
NOT_SENT = (Moment.SENT, Moment.FAILED, Moment.SUPPRESSED)

GroupKey = TypeVar("GroupKey", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Counts:
    """One counter over a period: of which messages, of what."""

    workflow_id: int
    step: str
    template: str
    channel: str
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Sums of counters, and which part of what was sent each is."""

    sums: Mapping[str, int]

    def __getitem__(self, moment: Moment) -> int:
        """Return a counter: 0 where nothing was counted."""
        return self.sums.get(moment, 0)

    def rate(self, moment: Moment) -> float | None:
        """Return a counter over what was sent in the same period; None when nothing was."""
        return round(self[moment] / self[Moment.SENT], 4) if self[Moment.SENT] else None

    def write(self) -> dict[str, Any]:
        """Return the figures as the API says them."""
        rates = {name: self.rate(moment) for moment, name in NAMES.items() if moment not in NOT_SENT}
        return {**{name: self[moment] for moment, name in NAMES.items()}, "taux": rates}


def counts_between(
    sites: Sequence[int], since: datetime, until: datetime, *, workflow_id: int | None = None
) -> list[Counts]:
    """Return the counters of sites in the hours from that of `since` up to, not including, that of `until`."""
    given = {"sites": list(sites), "since": hour_of(since), "until": hour_of(until), "workflow": workflow_id}
    return [Counts(*row) for row in fetch(COUNTERS, given)]


def sums_between(sites: Sequence[int], span: Span) -> list[Counts]:
    """Return the counters of sites over a span, from the days that are summed and the hours beside them."""
    return [Counts(*row) for row in fetch(SUMS, read_as(span) | {"sites": list(sites)})]


def reach(counts: Iterable[Counts]) -> Reach:
    """Sum counters."""
    return grouped(counts, lambda _c: "").get("", Reach({}))


def grouped(counts: Iterable[Counts], key: Callable[[Counts], GroupKey]) -> dict[GroupKey, Reach]:
    """Sum counters by what `key` says of each."""
    sums: defaultdict[GroupKey, Counter[str]] = defaultdict(Counter)
    for item in counts:
        sums[key(item)][item.name] += item.value
    return {group: Reach(found) for group, found in sums.items()}


def reach_of_template(organization_id: int, name: str, channel: str, since: datetime) -> Reach:
    """Return what became of the messages of one text since the hour of `since`, on all sites of its organization."""
    sites = list(Site.objects.filter(organization_id=organization_id).values_list("pk", flat=True))
    return Reach({row.name: row.value for row in fetch(OF_TEMPLATE, [sites, hour_of(since), name, channel])})
