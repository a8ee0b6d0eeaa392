"""Local times of the week, also on the days when the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.program import Go, Rest, State
from workflows.steps.until import UntilInstruction
from workflows.windows import DAYS, Window, instant_of, parse_window

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


FRENCH = ["Europe/Paris", "America/Guadeloupe", "America/Miquelon", "Indian/Reunion", "Pacific/Noumea"]
STEADY = ["America/Guadeloupe", "America/Martinique", "America/Cayenne", "Indian/Reunion", "Pacific/Noumea"]
zones = st.sampled_from([*FRENCH, "America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC"])
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


minutes = st.integers(0, 24 * 60 - 1)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw a time of the week, or a span, as one would write it."""
    first, last = sorted((draw(minutes), draw(minutes)))
    text = f"{draw(st.sampled_from(sorted(DAYS)))} {first // 60}:{first % 60:02d}"
    is_span = last > first and draw(st.booleans())
    return parse_window(f"{text}-{last // 60}:{last % 60:02d}" if is_span else text)


@given(windows(), instants, instants, zones)
def test_who_comes_later_never_goes_on_earlier(window: Window, one: datetime, two: datetime, zone: str) -> None:
    one, two = sorted((one, two))
    assert window.next(one, zone) <= window.next(two, zone)


@given(windows(), instants, zones)
def test_every_instant_up_to_the_next_time_has_the_same_next_time(window: Window, after: datetime, zone: str) -> None:
    found = window.next(after, zone)
    if found > after:
        assert window.next(found - timedelta(seconds=1), zone) == found
        assert window.next(after + (found - after) / 2, zone) == found
    assert (window.next(found, zone) == found) is (window.closes is not None)


@given(windows(), instants, st.sampled_from(STEADY))
def test_overseas_it_is_always_the_time_that_is_written(window: Window, after: datetime, zone: str) -> None:
    """Guadeloupe, Guyane, la Réunion and Nouvelle-Calédonie do not change their clocks."""
    found = window.next(after, zone)
    local = found.astimezone(ZoneInfo(zone))
    assert local.weekday() in DAYS[window.days]
    assert found == after or local.time() == window.opens


# Nights on which clocks change, in UTC: Paris in spring and autumn, Saint-Pierre-et-Miquelon, New York.
NIGHTS = [
    ("Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/Miquelon", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    ("America/Miquelon", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
]


@given(st.sampled_from(NIGHTS), st.integers(-180, 180), st.integers(0, 270), st.integers(1, 180))
def test_a_span_of_the_night_is_open_when_the_clock_on_the_wall_says_so(
    night: tuple[str, datetime], late: int, first: int, length: int
) -> None:
    zone, change = night
    last = first + length
    window = parse_window(f"{first // 60}:{first % 60:02d}-{last // 60}:{last % 60:02d}")
    after = change + timedelta(minutes=late)
    opening = next(
        minute
        for minute in (after + timedelta(minutes=n) for n in range(3 * 24 * 60))
        if window.opens <= minute.astimezone(ZoneInfo(zone)).time().replace(fold=0) < time(last // 60, last % 60)
    )
    assert window.next(after, zone) == opening


@pytest.mark.parametrize(
    ("window", "after", "expected"),
    [
        ("2:00-3:00", "2026-03-28T12:00", "2026-03-30T02:00"),  # there is no such hour in the night between
        ("2:30-4:00", "2026-03-28T12:00", "2026-03-29T03:00"),  # what is left of it
        ("weekend 8:00-20:00", "2026-03-29T19:59", "2026-03-29T19:59"),
    ],
)
def test_a_span_on_the_night_of_summer_time(window: str, after: str, expected: str) -> None:
    assert parse_window(window).next(paris(after), "Europe/Paris") == paris(expected)


def test_a_span_that_comes_twice_opens_twice() -> None:
    span = parse_window("2:15-2:45")
    closed = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 2:50 in summer time; ten minutes later it is 2:00 again
    assert span.next(closed, "Europe/Paris") == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


@given(windows(), instants, zones, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_step_until_rests_no_longer_than_it_must_and_goes_on_in_the_span(
    window: Window, entered: datetime, zone: str, late: timedelta
) -> None:
    step = UntilInstruction("matin", window, "suite")
    state = State("matin", entered, entered, zone=zone)
    now = entered + late
    match step.move(state, now):
        case Rest(until):
            assert until > now
            assert step.move(state, until) == Go("suite")
        case _:
            assert window.contains(now, zone) if window.closes else window.next(entered, zone) <= now
