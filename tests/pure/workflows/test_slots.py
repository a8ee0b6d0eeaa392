"""Slots of a schedule, across changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.slots import ScheduleError, latest_slot, next_slot, slots

ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Indian/Reunion", "UTC", "Africa/Casablanca"]
EXPRESSIONS = [
    "0 9 * * 1", "30 2 * * *", "0 3 * * *", "15 */2 * * *", "*/20 * * * *", "* * * * *", "0 8 1 * *", "0 9 * * 1-5",
    "5 2,3 * * *", "*/15 2 * * *", "0 0 29 2 *", "0 18 L * *", "0 10 * * 5#2",
]  # fmt: skip
schedules = st.tuples(st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES))
instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@pytest.mark.parametrize(
    ("expression", "after", "found"),
    [
        ("0 9 * * 1", "2026-03-10T11:00", "2026-03-16T09:00"),
        ("0 9 * * 1", "2026-03-16T09:00", "2026-03-23T09:00"),  # strictly after
        ("0 9 * * *", "2026-03-28T12:00", "2026-03-29T09:00"),  # the clock has jumped in between
        ("0 9 * * *", "2026-10-24T12:00", "2026-10-25T09:00"),
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T03:00"),  # 2:30 does not exist on that day
        ("0 9 1 * *", "2026-03-10T11:00", "2026-04-01T09:00"),
    ],
)
def test_nine_o_clock_is_nine_o_clock_there(expression: str, after: str, found: str) -> None:
    assert next_slot(expression, "Europe/Paris", at(after)) == at(found)


def test_the_hour_that_comes_twice_counts_once() -> None:
    begin = at("2026-10-24T12:00")
    night = [slot for slot, _n in zip(slots("30 2 * * *", "Europe/Paris", begin), range(2), strict=False)]
    assert [slot.isoformat() for slot in night] == ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]


@given(schedules, instants)
def test_the_next_slot_comes_after_and_none_lies_between(schedule: tuple[str, str], now: datetime) -> None:
    following, last = next_slot(*schedule, now), latest_slot(*schedule, now)
    assert following is not None
    assert last is not None
    assert last <= now < following
    assert next_slot(*schedule, last) == following
    assert latest_slot(*schedule, following) == following
    assert latest_slot(*schedule, following - timedelta(microseconds=1)) == last


@given(schedules, instants, st.lists(st.integers(1, 10**6), max_size=20))
def test_however_often_one_looks_each_slot_is_found_once(
    schedule: tuple[str, str], begin: datetime, pauses: list[int]
) -> None:
    """Firing the latest missed slot and planning the one after `now` neither repeats nor goes back."""
    now, planned, fired = begin, next_slot(*schedule, begin), []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if planned is not None and planned <= now:
            last = latest_slot(*schedule, now)
            assert last is not None
            assert last >= planned
            fired.append(last)
            planned = next_slot(*schedule, now)
    assert fired == sorted(set(fired))


def test_a_schedule_that_cannot_be_read_is_refused() -> None:
    for expression, zone in (("61 * * * *", "UTC"), ("0 9 * * *", "Mars/Olympus")):
        with pytest.raises(ScheduleError):
            next_slot(expression, zone, datetime(2026, 1, 1, tzinfo=UTC))
