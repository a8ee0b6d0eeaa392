"""Spans of whole hours, cut into days that are summed already and the hours beside them. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Span:
    """A period of whole hours, up to but not including `until`."""

    since: datetime
    until: datetime

    @property
    def by_hour(self) -> bool:
        """Whether it is short enough to be drawn hour by hour."""
        return self.until - self.since <= 2 * DAY

    @property
    def before(self) -> "Span":
        """The period of the same length that ends where this one begins."""
        return Span(self.since - (self.until - self.since), self.since)

    def days(self, here: tzinfo) -> list[date]:
        """Return each day of a zone that it touches."""
        first, last = self.since.astimezone(here).date(), (self.until - HOUR).astimezone(here).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def buckets(self, here: tzinfo) -> list[datetime]:
        """Return the beginning of each of its hours, or of each day of a zone that it touches."""
        if self.by_hour:
            return [self.since + n * HOUR for n in range(int((self.until - self.since) / HOUR))]
        return [midnight(day, here) for day in self.days(here)]


@dataclass(frozen=True, slots=True)
class Cut:
    """A span as it is read: whole days, and periods of hours. Together they are the span, each hour once."""

    days: tuple[date, ...]
    hours: tuple[tuple[datetime, datetime], ...]


def midnight(day: date, here: tzinfo) -> datetime:
    """Return when a day begins in a zone, in UTC: hours are added to it where clocks do not change."""
    return datetime(day.year, day.month, day.day, tzinfo=here).astimezone(UTC)


def cut(span: Span, counted: Collection[date], here: tzinfo) -> Cut:
    """Cut a span into the counted days that lie wholly in it, and the hours that are left."""
    days, hours, at = [], [], span.since
    for day in span.days(here):
        begins, ends = midnight(day, here), midnight(day + timedelta(days=1), here)
        if day not in counted or begins < span.since or ends > span.until:
            continue
        days.append(day)
        if at < begins:
            hours.append((at, begins))
        at = ends
    if at < span.until:
        hours.append((at, span.until))
    return Cut(tuple(days), tuple(hours))


def by_day(periods: Sequence[tuple[datetime, datetime]], here: tzinfo) -> list[tuple[datetime, datetime, datetime]]:
    """Cut periods at each midnight of a zone; return the parts, each with the beginning of its day."""
    parts = []
    for since, until in periods:
        for day in Span(since, until).days(here):
            begins, ends = midnight(day, here), midnight(day + timedelta(days=1), here)
            parts.append((max(since, begins), min(until, ends), begins))
    return parts
