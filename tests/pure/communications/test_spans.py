"""A span is cut into days and hours: each hour once, whatever days are counted, also when clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from communications.spans import HOUR, Span, by_day, cut, midnight

PARIS = ZoneInfo("Europe/Paris")
FIRST = datetime(2026, 3, 20, tzinfo=UTC)  # clocks change on the 29th


def hours(since: datetime, until: datetime) -> list[datetime]:
    return [since + n * HOUR for n in range(int((until - since) / HOUR))]


@given(
    st.integers(0, 400), st.integers(1, 400),
    st.sets(st.integers(0, 40).map(lambda n: date(2026, 3, 10) + timedelta(days=n))),
)  # fmt: skip
def test_each_hour_is_read_once(begin: int, length: int, counted: set[date]) -> None:
    span = Span(FIRST + begin * HOUR, FIRST + (begin + length) * HOUR)
    parts = cut(span, counted, PARIS)
    read = [hour for since, until in parts.hours for hour in hours(since, until)]
    for day in parts.days:
        assert day in counted
        read += hours(midnight(day, PARIS), midnight(day + timedelta(days=1), PARIS))
    assert sorted(read) == hours(span.since, span.until)


def test_the_day_of_the_change_of_the_hour_is_shorter() -> None:
    span = Span(datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC))
    parts = cut(span, {date(2026, 3, 29)}, PARIS)
    assert parts.days == (date(2026, 3, 29),)
    assert sum((until - since for since, until in parts.hours), timedelta()) == 2 * HOUR


def test_a_short_span_is_drawn_by_hour_and_a_long_one_by_day() -> None:
    day = Span(FIRST, FIRST + timedelta(hours=24))
    assert len(day.buckets(PARIS)) == 24
    week = Span(FIRST, FIRST + timedelta(days=7))
    assert [at.astimezone(PARIS).hour for at in week.buckets(PARIS)] == [0] * 8
    assert week.before == Span(FIRST - timedelta(days=7), FIRST)


@given(st.integers(0, 400), st.integers(1, 400))
def test_a_period_by_day_is_the_same_hours_each_in_its_day(begin: int, length: int) -> None:
    span = Span(FIRST + begin * HOUR, FIRST + (begin + length) * HOUR)
    parts = by_day([(span.since, span.until)], PARIS)
    assert [hour for since, until, _start in parts for hour in hours(since, until)] == hours(span.since, span.until)
    for since, until, start in parts:
        assert (
            midnight(since.astimezone(PARIS).date(), PARIS)
            == start
            == midnight((until - HOUR).astimezone(PARIS).date(), PARIS)
        )
