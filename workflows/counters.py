"""The counters of many sites over a period, summed by workflow and over time: one statement, however many sites.

What the dashboard, the analytics page, the weekly report and the live figures are made of.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from berinia.clock import zone
from berinia.rows import fetch
from crm.models.metric import hour_of
from workflows.analytics import PERIODS, Figures

HOUR = timedelta(hours=1)
# Counters with a "/" are of the ways of a split: workflows/splits.py reads those.
COUNTERS = """
SELECT GROUPING(bucket) = 0 AS is_of_time, site_id, workflow_id, bucket, name, sum(value)::bigint AS value FROM (
    SELECT site_id, workflow_id, name, value,
        CASE WHEN %(by_hour)s THEN hour ELSE date_trunc('day', hour, %(zone)s) END AS bucket
    FROM metriques_conversion
    WHERE site_id = ANY(%(sites)s) AND hour >= %(since)s AND hour < %(until)s AND position('/' IN name) = 0
) AS counted
GROUP BY GROUPING SETS ((site_id, workflow_id, name), (bucket, name))
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A period of whole hours, up to but not including `until`."""

    since: datetime
    until: datetime

    @property
    def by_hour(self) -> bool:
        """Whether it is short enough to be drawn hour by hour."""
        return self.until - self.since <= 2 * PERIODS["24h"]

    @property
    def before(self) -> "Span":
        """The period of the same length that ends where this one begins."""
        return Span(self.since - (self.until - self.since), self.since)

    def buckets(self) -> list[datetime]:
        """Return the beginning of each hour, or of each day (of the house's zone), that lies in it."""
        if self.by_hour:
            return [self.since + n * HOUR for n in range(int((self.until - self.since) / HOUR))]
        here = zone(settings.TIME_ZONE)
        first, last = self.since.astimezone(here).date(), (self.until - HOUR).astimezone(here).date()
        return [_midnight(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def span_of(period: str, now: datetime) -> Span:
    """Return the period (a key of PERIODS) that ends with the present hour."""
    until = hour_of(now) + HOUR
    return Span(until - PERIODS[period], until)


def period_of(asked: str | None) -> str:
    """Return a key of PERIODS from what a person or a browser asks for: « 7j » is 7d; anything else is 24h."""
    period = {"7j": "7d", "30j": "30d"}.get(asked or "", asked)
    return period if period in PERIODS else "24h"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone(settings.TIME_ZONE))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counters by site and workflow, and by instant (of `Span.buckets`)."""

    of_workflows: Mapping[tuple[int, int], Figures]
    over_time: Mapping[datetime, Figures]

    @property
    def total(self) -> Figures:
        """All of it."""
        return added(self.of_workflows.values())


def added(several: Iterable[Figures]) -> Figures:
    """Sum figures."""
    sums: Counter[str] = Counter()
    for one in several:
        sums.update(one.sums)
    return Figures(sums)


def tally(sites: Sequence[int], span: Span) -> Tally:
    """Return what was counted on sites in a period."""
    given = {
        "sites": list(sites), "since": span.since, "until": span.until, "by_hour": span.by_hour,
        "zone": settings.TIME_ZONE,
    }  # fmt: skip
    of_workflows: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    over_time: defaultdict[datetime, dict[str, int]] = defaultdict(dict)
    for row in fetch(COUNTERS, given):
        if row.is_of_time:
            over_time[row.bucket][row.name] = row.value
        else:
            of_workflows[row.site_id, row.workflow_id][row.name] = row.value
    return Tally(
        {whose: Figures(sums) for whose, sums in of_workflows.items()},
        {at: Figures(sums) for at, sums in over_time.items()},
    )
