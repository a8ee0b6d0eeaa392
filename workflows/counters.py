"""The counters of many sites over a period, summed by workflow and over time: one statement, however many sites.

What the dashboard, the analytics page, the weekly report and the live figures are made of.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from berinia.rows import fetch
from communications.days import read_as
from communications.spans import Span
from crm.models.metric import hour_of
from workflows.analytics import PERIODS, Figures

HOUR = timedelta(hours=1)
# Counters with a "/" are of the ways of a split: workflows/splits.py reads those.
COUNTERS = """
SELECT GROUPING(bucket) = 0 AS is_of_time, site_id, workflow_id, bucket, name, sum(value)::bigint AS value FROM (
    SELECT site_id, workflow_id, name, value,
        coalesce(span.start, hour) AS bucket
    FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[], %(starts)s::timestamptz[])
            AS span (since, until, start)
        JOIN metriques_conversion ON hour >= span.since AND hour < span.until
    WHERE site_id = ANY(%(sites)s) AND position('/' IN name) = 0
        AND (%(only)s::bigint[] IS NULL OR workflow_id = ANY(%(only)s)
             OR workflow_id = 0 AND site_id = ANY(%(rest)s))
    UNION ALL
    SELECT site_id, workflow_id, name, value, span.start
    FROM unnest(%(days)s::date[], %(day_starts)s::timestamptz[]) AS span (day, start)
        JOIN metriques_jour AS m ON m.day = span.day
    WHERE site_id = ANY(%(sites)s)
        AND (%(only)s::bigint[] IS NULL OR workflow_id = ANY(%(only)s)
             OR workflow_id = 0 AND site_id = ANY(%(rest)s))
) AS counted
GROUP BY GROUPING SETS ((site_id, workflow_id, name), (bucket, name))
"""


def span_of(period: str, now: datetime) -> Span:
    """Return the period (a key of PERIODS) that ends with the present hour."""
    until = hour_of(now) + HOUR
    return Span(until - PERIODS[period], until)


def period_of(asked: str | None) -> str:
    """Return a key of PERIODS from what a person or a browser asks for: « 7j » is 7d; anything else is 24h."""
    period = {"7j": "7d", "30j": "30d"}.get(asked or "", asked or "")
    return period if period in PERIODS else "24h"


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


def tally(sites: Sequence[int], span: Span, *, only: Sequence[int] | None = None, rest: Sequence[int] = ()) -> Tally:
    """Return what was counted on sites in a period: of all, or of these workflows only.

    `rest` are sites whose counters of no workflow at all (0: reviews that none heard) count in too.
    """
    given = read_as(span) | {
        "sites": list(sites), "only": None if only is None else list(only),
        "rest": list(rest),
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
