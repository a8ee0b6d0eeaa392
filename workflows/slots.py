"""Slots of a schedule: the instants that a cron expression names in a zone. Pure.

As in Debian's cron, a job at a fixed time that the clock skips in spring runs right after the jump, and one
in the hour that comes twice in autumn runs once; a job of every so many minutes follows the clock.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from cronsim import CronSim, CronSimError

from berinia.clock import zone

# Backwards, the library may find another slot than forwards around a change of the clock: never farther off.
UNSURE = timedelta(hours=4)


class ScheduleError(ValueError):
    """The expression or the zone cannot be read."""


def slots(expression: str, zone_name: str, after: datetime) -> Iterator[datetime]:
    """Yield the slots strictly after an instant, in UTC; none any more when the next is fifty years away.

    Raises ScheduleError.
    """
    for slot in _cron(expression, zone_name, after):
        yield slot.astimezone(UTC)


def next_slot(expression: str, zone_name: str, after: datetime) -> datetime | None:
    """Return the first slot strictly after an instant, or None when there is none. Raises ScheduleError."""
    return next(slots(expression, zone_name, after), None)


def latest_slot(expression: str, zone_name: str, now: datetime) -> datetime | None:
    """Return the last slot that is not after `now`, or None when there was none. Raises ScheduleError."""
    for back in _cron(expression, zone_name, now + timedelta(seconds=1), reverse=True):
        before = back.astimezone(UTC) - UNSURE
        if found := list(takewhile(lambda slot: slot <= now, slots(expression, zone_name, before))):
            return found[-1]
    return None


def _cron(expression: str, zone_name: str, begin: datetime, *, reverse: bool = False) -> CronSim:
    try:
        return CronSim(expression, begin.astimezone(zone(zone_name)), reverse=reverse)
    except (CronSimError, KeyError, ValueError) as error:
        raise ScheduleError(f"{expression!r} in {zone_name!r}: {error}") from None
