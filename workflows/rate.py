"""Rate: how many may go now, so that a minute never sees many more than it may. Pure.

The clock of an enrolment is the instant from which its next contact may enter. Each one taken moves it on by
60 s / rate; what was not taken in time is lost beyond BURST, so that no stop is followed by a flood.
"""

from datetime import datetime, timedelta

# A tick may be late by this much before the enrolment falls behind.
BURST = timedelta(seconds=5)
MOST_PER_MINUTE = 6_000
MINUTE = timedelta(minutes=1)


def allowance(next_at: datetime, now: datetime, per_minute: int) -> int:
    """Return how many may enter now."""
    if now < next_at:
        return 0
    return (now - _begin(next_at, now)) * per_minute // MINUTE + 1


def moved_on(next_at: datetime, now: datetime, per_minute: int, taken: int) -> datetime:
    """Return from when the next one may enter, when `taken` of the allowance entered now."""
    return _begin(next_at, now) + taken * MINUTE / per_minute


def _begin(next_at: datetime, now: datetime) -> datetime:
    return max(next_at, now - BURST)
