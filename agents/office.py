"""When the people of a CRM are at work: days and hours by the clock of a zone, no French public holidays. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from berinia.clock import zone
from communications.hours import OVERSEAS, is_holiday

# Whose holidays are kept in a zone: the national ones, or those of an overseas department.
HOLIDAYS = dict(OVERSEAS.values())
NATIONAL = "FR"
# Nothing that opens at all stays closed for as long; one that never opens is asked again after that.
LONGEST_CLOSED = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Office:
    """From when until when (the end is not in it), on which days as isoweekday counts them, and where."""

    opens: time = time(9)
    closes: time = time(18)
    days: Collection[int] = (1, 2, 3, 4, 5)
    zone: str = "Europe/Paris"

    def is_worked(self, day: date) -> bool:
        """Tell whether people come on a day."""
        return day.isoweekday() in self.days and not is_holiday(day, HOLIDAYS.get(self.zone, NATIONAL))

    def is_open(self, instant: datetime) -> bool:
        """Tell whether people are there."""
        there = instant.astimezone(zone(self.zone))
        return self.is_worked(there.date()) and self.opens <= there.time() < self.closes

    def at(self, day: date, clock: time) -> datetime:
        """Return the instant of a time of day, in UTC. One that summer time leaves out is as much later."""
        return datetime.combine(day, clock, zone(self.zone)).astimezone(UTC)

    def next_open(self, instant: datetime) -> datetime:
        """Return the first instant, not before this one, at which people are there."""
        return instant if self.is_open(instant) else self.next_opening(instant)

    def next_opening(self, instant: datetime) -> datetime:
        """Return when people come next, after this instant; much later if they never do."""
        first = instant.astimezone(zone(self.zone)).date()
        for n in range(LONGEST_CLOSED.days):
            opening = self.at(first + timedelta(days=n), self.opens)
            if opening > instant and self.is_open(opening):
                return opening
        return instant + LONGEST_CLOSED
