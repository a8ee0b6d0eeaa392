"""Local times of the week, also on the days when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.windows import DAYS, instant_of, parse_window

PARIS = ZoneInfo("Europe/Paris")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("window", "after", "expected"),
    [
        ("next weekday 9:00", "2026-03-10T11:00", "2026-03-11T09:00"),  # Tuesday -> Wednesday
        ("next weekday 9:00", "2026-03-13T11:00", "2026-03-16T09:00"),  # Friday -> Monday
        ("next weekday 9:00", "2026-03-10T08:59", "2026-03-10T09:00"),
        ("next weekday 9:00", "2026-03-10T09:00", "2026-03-11T09:00"),  # at nine: the next one
        ("9:00", "2026-03-14T10:00", "2026-03-15T09:00"),
        ("monday 14:30", "2026-03-10T11:00", "2026-03-16T14:30"),
        ("weekend 10:00", "2026-03-10T11:00", "2026-03-14T10:00"),
        ("weekday 9:00-18:00", "2026-03-10T11:00", "2026-03-10T11:00"),  # inside: at once
        ("weekday 9:00-18:00", "2026-03-10T18:00", "2026-03-11T09:00"),
        ("weekday 9:00-18:00", "2026-03-14T11:00", "2026-03-16T09:00"),
        ("2:30", "2026-03-28T12:00", "2026-03-29T03:00"),  # left out by summer time: the first that there is
        ("2:30", "2026-10-24T12:00", "2026-10-25T02:30"),  # twice on that night: the first of the two
    ],
)
def test_the_next_time_of_the_week(window: str, after: str, expected: str) -> None:
    assert parse_window(window).next(paris(after), "Europe/Paris") == paris(expected)


def test_a_time_that_happens_twice_is_taken_once() -> None:
    first = parse_window("2:30").next(paris("2026-10-24T12:00"), "Europe/Paris")
    assert parse_window("2:30").next(first, "Europe/Paris") == paris("2026-10-26T02:30")


@pytest.mark.parametrize(
    "text", ["", "9", "25:00", "9:60", "someday 9:00", "18:00-9:00", "9:00-9:00", "next", "lundi 9:00"]
)
def test_what_is_no_time_of_the_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time of the week|must end after"):
        parse_window(text)


zones = st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Indian/Reunion", "UTC"])
FIRST, LAST = datetime(2025, 1, 1), datetime(2028, 12, 31)  # noqa: DTZ001 - hypothesis adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(instants, zones, st.sampled_from(sorted(DAYS)), st.times())
def test_the_next_time_is_the_first_that_suits(after: datetime, zone: str, days: str, clock: time) -> None:
    window = parse_window(f"{days} {clock.hour}:{clock.minute:02d}")
    found = window.next(after, zone)
    assert after < found <= after + timedelta(days=8, hours=2)
    local = found.astimezone(ZoneInfo(zone))
    wanted = clock.replace(second=0, microsecond=0)
    # The wanted time of an allowed day; or, where the clocks leave it out, just after the gap.
    is_there = local.time() == wanted and local.weekday() in DAYS[days]
    gap = (found - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).utcoffset() != local.utcoffset()
    assert is_there or (gap and local.time() > wanted)
    day = after.astimezone(ZoneInfo(zone)).date()
    while day < local.date():  # no earlier day would have done
        if day.weekday() in DAYS[days]:
            assert instant_of(day, wanted, zone) <= after
        day += timedelta(days=1)


@given(instants, zones)
def test_a_span_is_gone_into_at_once_or_at_its_beginning(after: datetime, zone: str) -> None:
    window = parse_window("weekday 9:00-18:00")
    found = window.next(after, zone)
    assert window.contains(found, zone)
    assert (found == after) is window.contains(after, zone)
