"""Sending hours: by the recipient's clock, never at night, on Sundays or holidays, across every change of the clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berinia.clock import zone
from communications.hours import Hours, Place, is_holiday, next_opening, place_of

PARIS = Place("Europe/Paris")
ZONES = ["Europe/Paris", "Indian/Reunion", "America/Martinique", "Pacific/Auckland", "America/New_York", "UTC"]

instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
places = st.builds(Place, st.sampled_from(ZONES), st.sampled_from([None, "974", "FR"]))
hours = st.builds(
    Hours,
    st.tuples(st.integers(8, 12), st.integers(13, 22)).map(lambda p: (time(p[0]), time(p[1]))),
    st.none() | st.tuples(st.integers(8, 12), st.integers(13, 22)).map(lambda p: (time(p[0]), time(p[1]))),
    st.sampled_from(["", "FR", "57", "974"]),
)


def at(text: str, zone_name: str = "Europe/Paris") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone(zone_name)).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-03-10T11:00", "2026-03-10T11:00"),  # a Tuesday morning
        ("2026-03-10T07:59", "2026-03-10T08:00"),
        ("2026-03-10T20:00", "2026-03-11T08:00"),  # the end is closed
        ("2026-03-14T09:00", "2026-03-14T10:00"),  # Saturdays begin later
        ("2026-03-14T19:30", "2026-03-16T08:00"),  # over Sunday
        ("2026-03-28T22:00", "2026-03-30T08:00"),  # the night in which summer time begins
        ("2026-10-24T22:00", "2026-10-26T08:00"),  # and that in which it ends
        ("2026-04-02T21:00", "2026-04-04T10:00"),  # Good Friday is kept in Alsace-Moselle
        ("2026-04-04T20:00", "2026-04-07T08:00"),  # Easter: Sunday and Monday
        ("2026-07-13T21:00", "2026-07-15T08:00"),  # the 14th of July
        ("2026-12-24T21:00", "2026-12-28T08:00"),  # Christmas, the 26th in Alsace-Moselle, Sunday
    ],
)
def test_what_is_asked_outside_goes_out_at_the_next_opening(asked: str, opens: str) -> None:
    assert next_opening(Hours(), PARIS, at(asked)) == at(opens)


def test_holidays_are_those_of_the_region() -> None:
    national = Hours(holidays_of="FR")
    assert next_opening(national, PARIS, at("2026-04-02T21:00")) == at("2026-04-03T08:00")
    assert is_holiday(date(2026, 12, 20), "974")  # the abolition of slavery
    assert not is_holiday(date(2026, 12, 20), "")


def test_no_saturday_means_monday() -> None:
    assert next_opening(Hours(saturday=None), PARIS, at("2026-03-13T20:00")) == at("2026-03-16T08:00")


@pytest.mark.parametrize(
    ("phone", "contact_zone", "expected"),
    [
        ("+33612345678", "", Place("Europe/Paris")),
        ("+262692123456", "", Place("Indian/Reunion", "974")),
        ("+262639123456", "", Place("Indian/Mayotte", "976")),
        ("+590690123456", "", Place("America/Guadeloupe", "971")),
        ("+596696123456", "", Place("America/Martinique", "972")),
        ("+594694123456", "", Place("America/Cayenne", "973")),
        ("+262692123456", "Europe/Paris", Place("Europe/Paris", "974")),
        ("", "America/Montreal", Place("America/Montreal")),
        ("", "", Place("Europe/Paris")),
    ],
)
def test_the_clock_is_the_recipients(phone: str, contact_zone: str, expected: Place) -> None:
    assert place_of(phone, contact_zone, "Europe/Paris") == expected


def test_an_evening_in_paris_is_a_night_in_la_reunion() -> None:
    place = place_of("+262692123456", "", "Europe/Paris")
    assert next_opening(Hours(), place, at("2026-03-10T18:30")) == at("2026-03-11T08:00", "Indian/Reunion")


@given(hours, places, instants)
def test_the_opening_is_always_within_the_hours(rules: Hours, place: Place, instant: datetime) -> None:
    opening = next_opening(rules, place, instant)
    local = opening.astimezone(zone(place.zone))
    span = rules.on(local.date(), rules.holidays_of if place.holidays_of is None else place.holidays_of)
    assert opening >= instant
    assert span is not None
    assert span[0] <= local.time() < span[1]
    assert next_opening(rules, place, opening) == opening


@given(hours, places, instants, st.integers(0, 60))
def test_nothing_open_is_passed_over(rules: Hours, place: Place, instant: datetime, minutes: int) -> None:
    opening = next_opening(rules, place, instant)
    between = instant + timedelta(minutes=minutes)
    if between < opening:
        assert next_opening(rules, place, between) == opening
