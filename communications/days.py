"""Days: the hourly counters of a day that is over, summed once, so that a month of many sites is read at once.

A day is counted an hour after it ended, and again for some days after, whole: what came late is in it then. Whoever
writes counters of days long past calls `forget` in the same transaction: their hours are read until they are counted
again. So a sum over days and hours is always that over the hours alone.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from berinia.clock import zone
from berinia.rows import fetch, run
from communications.models.days import CountedDay
from communications.spans import Span, by_day, cut, midnight

GRACE = timedelta(hours=1)
AGAIN = timedelta(days=3)  # a day that ended less than this ago is counted anew
REACH = 92  # days back that are counted at all: a month, the one before, and a month for whoever was away

LOCK = "SELECT pg_advisory_xact_lock(hashtext('jours_comptes'))"
COUNT_METRICS = """
INSERT INTO metriques_jour (site_id, workflow_id, day, name, value)
SELECT site_id, workflow_id, %s, name, sum(value) FROM metriques_conversion
WHERE hour >= %s AND hour < %s AND position('/' IN name) = 0 GROUP BY site_id, workflow_id, name
"""
COUNT_MESSAGES = """
INSERT INTO metriques_messages_jour (site_id, workflow_id, step, template, channel, day, name, value)
SELECT site_id, workflow_id, step, template, channel, %s, name, sum(value) FROM metriques_messages
WHERE hour >= %s AND hour < %s GROUP BY site_id, workflow_id, step, template, channel, name
"""


def count_days(now: datetime, limit: int = REACH) -> int:
    """Count up to `limit` of the days that are over and not counted for good, the latest first; return how many."""
    due = _due(now)[:limit]
    for day in due:
        count_day(day, now)
    return len(due)


@transaction.atomic
def count_day(day: date, now: datetime) -> None:
    """Sum a day's hours, instead of what was summed before. Two at once wait for each other."""
    here = zone(settings.TIME_ZONE)
    fetch(LOCK)
    span = [midnight(day, here), midnight(day + timedelta(days=1), here)]
    for table, statement in (("metriques_jour", COUNT_METRICS), ("metriques_messages_jour", COUNT_MESSAGES)):
        run(f"DELETE FROM {table} WHERE day = %s", [day])  # noqa: S608 - one of two names
        run(statement, [day, *span])
    CountedDay.objects.update_or_create(day=day, defaults={"counted_at": now})


def forget(first: datetime, last: datetime) -> None:
    """Read the hours of these days, from that of `first` to that of `last`, until they are counted again."""
    here = zone(settings.TIME_ZONE)
    days = first.astimezone(here).date(), last.astimezone(here).date()
    CountedDay.objects.filter(day__range=days).delete()


def _due(now: datetime) -> list[date]:
    here = zone(settings.TIME_ZONE)
    today = now.astimezone(here).date()
    days = [today - timedelta(days=n) for n in range(1, REACH + 1)]
    counted = dict(CountedDay.objects.filter(day__in=days).values_list("day", "counted_at"))
    due = []
    for day in days:
        ended = midnight(day + timedelta(days=1), here)
        is_over = ended + GRACE <= now
        is_final = day in counted and counted[day] >= ended + AGAIN
        if is_over and (day not in counted or (not is_final and counted[day] <= now - GRACE)):
            due.append(day)
    return due


def read_as(span: Span) -> dict[str, Any]:
    """Return how a span is read, as parameters: `days`, and `since` and `until` of each period of hours.

    `day_starts` and `starts` say in which day each lies, so that no row has to be asked: a short span has none.
    """
    here = zone(settings.TIME_ZONE)
    counted: Sequence[date] = ()
    if not span.by_hour:
        counted = list(CountedDay.objects.filter(day__in=span.days(here)).values_list("day", flat=True))
    parts = cut(span, set(counted), here)
    hours = [(*period, None) for period in parts.hours] if span.by_hour else by_day(parts.hours, here)
    return {
        "days": list(parts.days), "day_starts": [midnight(day, here) for day in parts.days],
        "since": [since for since, _u, _d in hours], "until": [until for _s, until, _d in hours],
        "starts": [start for _s, _u, start in hours],
    }  # fmt: skip
