"""Local times of the week: "next weekday 9:00", and what they are in UTC, also when the clocks change. Pure."""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from berinia.clock import zone

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = {
    "day": frozenset(range(7)), "weekday": frozenset(range(5)), "weekend": frozenset({5, 6}),
    **{name: frozenset({number}) for number, name in enumerate(WEEK)},
}  # fmt: skip
FRENCH = {
    "day": "chaque jour", "weekday": "du lundi au vendredi", "weekend": "le week-end", "monday": "lundi",
    "tuesday": "mardi", "wednesday": "mercredi", "thursday": "jeudi", "friday": "vendredi", "saturday": "samedi",
    "sunday": "dimanche",
}  # fmt: skip
CLOCK = r"([01]?\d|2[0-3]):([0-5]\d)"
FORM = re.compile(rf"(?:next +)?(?:({'|'.join(DAYS)}) +)?{CLOCK}(?: *- *{CLOCK})?")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A time of certain days of the week, or a span of them. `closes` is later on the same day; None: no span."""

    source: str
    days: str
    opens: time
    closes: time | None = None

    def next(self, after: datetime, zone_name: str) -> datetime:
        """Return, in UTC, the first instant after `after` that is meant; inside a span: `after` itself.

        A local time that the change to summer time leaves out is the first that there is again; one that
        happens twice is the first of the two.
        """
        if self.contains(after, zone_name):
            return after
        return next(start for start in self._starts(after, zone_name) if start > after)

    def contains(self, instant: datetime, zone_name: str) -> bool:
        """Tell whether an instant lies in the span; never when it is a single time."""
        if self.closes is None:
            return False
        local = instant.astimezone(zone(zone_name))
        return local.weekday() in DAYS[self.days] and self.opens <= local.time().replace(fold=0) < self.closes

    def _starts(self, after: datetime, zone_name: str) -> Iterator[datetime]:
        day = after.astimezone(zone(zone_name)).date() - timedelta(days=1)
        while True:
            if day.weekday() in DAYS[self.days]:
                yield from self._starts_on(day, zone_name)
            day += timedelta(days=1)

    def _starts_on(self, day: date, zone_name: str) -> Iterable[datetime]:
        """A span of the night on which clocks change may be left out, or begin a second time."""
        first, second = instant_of(day, self.opens, zone_name), _read(day, self.opens, zone_name, fold=1)
        if self.closes is None:
            return (first,)
        change = _change(_read(day, time(), zone_name), _read(day + timedelta(days=1), time(), zone_name), zone_name)
        return (start for start in sorted({first, second, change or first}) if self.contains(start, zone_name))

    def said(self) -> str:
        """Say it in French: `du lundi au vendredi à 9:00`."""
        days = FRENCH[self.days]
        if self.closes is None:
            return f"{days} à {_said(self.opens)}"
        return f"{days} entre {_said(self.opens)} et {_said(self.closes)}"


def _said(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02d}"


def instant_of(day: date, clock: time, zone_name: str) -> datetime:
    """Return a local time of a day in UTC; see `Window.next` for the days on which the clocks change."""
    first, second = _read(day, clock, zone_name), _read(day, clock, zone_name, fold=1)
    # In a gap the readings are crosswise, and the clocks change between them.
    return first if second >= first else _change(second, first, zone_name) or first


def _read(day: date, clock: time, zone_name: str, fold: int = 0) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), zone(zone_name)).astimezone(UTC)


def _change(before: datetime, after: datetime, zone_name: str) -> datetime | None:
    """Return the minute in which the offset from UTC changes between two instants, if it does."""
    place = zone(zone_name)
    if before.astimezone(place).utcoffset() == after.astimezone(place).utcoffset():
        return None
    span = range(int((after - before) / MINUTE))
    offset = before.astimezone(place).utcoffset()
    minutes = bisect(span, 0, key=lambda n: (before + n * MINUTE).astimezone(place).utcoffset() != offset)
    return (before + minutes * MINUTE).replace(second=0, microsecond=0)


def parse_window(text: str) -> Window:
    """Read `9:00`, `next weekday 9:00`, `monday 14:30` or `weekday 9:00-18:00`. Raises ValueError."""
    found = FORM.fullmatch(text.strip())
    if not found:
        days = ", ".join(DAYS)
        raise ValueError(f"{text!r} is not a time of the week: write 'next weekday 9:00' or '9:00-18:00' ({days})")
    days, hour, minute, end_hour, end_minute = found.groups()
    opens = time(int(hour), int(minute))
    closes = time(int(end_hour), int(end_minute)) if end_hour else None
    if closes is not None and closes <= opens:
        raise ValueError(f"{text!r} must end after it begins, on the same day")
    return Window(text.strip(), days or "day", opens, closes)
