"""How many leads that are not hot may go now, and what keeps the others back? Pure.

The CRM's people are spared: nothing but hot leads when they have much before them, in their busiest hours or in the
last one, and the more the later in the week; a part of the day's places stays free for hot leads to come.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agents.export_plan import FULL, Charge, ExportQuestion, Jour, load_of, room_of

# The end of a morning and the return from lunch: people are on the phone and in their CRM (start, end by the clock).
RUSH = (("11:00", "12:00"), ("14:00", "15:00"))
LAST_MINUTES = 60  # what comes in the last hour is not worked on the same day
RESERVE = 0.2  # of the daily limit, for hot leads to come
PART_OF_WEEK: Mapping[Jour, float] = {
    "lundi": 1, "mardi": 1, "mercredi": 1, "jeudi": 0.5, "vendredi": 0.25, "samedi": 0.25, "dimanche": 0.25,
}  # fmt: skip
SPREAD_FROM, SPREAD_DAYS = 1 / 3, 3  # a lot above this part of the daily limit goes over so many days
MODERATE = 0.5
COLD_PART = 0.1  # of the daily limit


class Why(StrEnum):
    """What keeps leads back."""

    ROOM = "limite"
    LOAD = "charge"
    RUSH = "pointe"
    LATE = "fin_journee"
    WEEK = "semaine"
    SPREAD = "etalement"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many, because of this."""

    most: int
    why: Why


def warm_quota(given: ExportQuestion, hot: int, warm: int) -> Quota:
    """Return how many of so many warm leads may go beside the hot ones."""
    week = math.ceil(warm * PART_OF_WEEK[given.current_day])
    return _tightest(Quota(warm, Why.ROOM), *_of_the_moment(given, hot), _spread(given, warm), Quota(week, Why.WEEK))


def cold_quota(given: ExportQuestion, going: int) -> Quota:
    """Return how many cold leads with an interest may go beside the others: a few, when there is plenty of time."""
    few = max(1, math.floor(given.daily_limit * COLD_PART))
    is_calm = load_of(given.pending_leads_count, given.capacity) == "faible"
    week = few if PART_OF_WEEK[given.current_day] == 1 else 0
    calm = few if is_calm else 0
    return _tightest(
        Quota(few, Why.SPREAD), *_of_the_moment(given, going), Quota(calm, Why.LOAD), Quota(week, Why.WEEK)
    )


def is_rush(given: ExportQuestion) -> str:
    """Return when the busy hours of now end, by the clock; "" outside of them."""
    return next((end for start, end in RUSH if start <= given.current_time < end), "")


def is_late(given: ExportQuestion) -> bool:
    """Tell whether the CRM's people leave within the hour."""
    return _minutes(given.current_time) >= _minutes(given.closes_at) - LAST_MINUTES


def _of_the_moment(given: ExportQuestion, going: int) -> list[Quota]:
    """Return what the day, the people and the hour allow beside so many that go."""
    free = room_of(given) - going - math.floor(given.daily_limit * RESERVE)
    # So many that the load stays below `FULL`.
    people = math.ceil(given.capacity * FULL) - 1 - given.pending_leads_count - going
    load: Charge = load_of(given.pending_leads_count, given.capacity)
    if load == "modérée":
        people = math.floor(people * MODERATE)
    found = [Quota(free, Why.ROOM), Quota(people, Why.LOAD)]
    found += [Quota(0, Why.RUSH)] if is_rush(given) else []
    return found + ([Quota(0, Why.LATE)] if is_late(given) else [])


def _spread(given: ExportQuestion, warm: int) -> Quota:
    is_big = warm > max(1, given.daily_limit * SPREAD_FROM)
    return Quota(math.ceil(warm / SPREAD_DAYS) if is_big else warm, Why.SPREAD)


def _tightest(*quotas: Quota) -> Quota:
    """Return the least of them, the first of equals, and not below none."""
    least = min(quotas, key=lambda quota: max(0, quota.most))
    return Quota(max(0, least.most), least.why)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
