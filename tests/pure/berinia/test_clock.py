"""Durations as people write them, and instants as their clocks show them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berinia.clock import format_duration, is_zone, local, parse_duration


@given(st.integers(0, 3_000 * 86_400))
def test_a_duration_is_read_back_as_written(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "1.5h", "99999999999d", "4000d", "5M"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|long"):
        parse_duration(text)


def test_zones_are_iana_names() -> None:
    assert is_zone("Europe/Paris")
    assert not is_zone("Paris")
    assert not is_zone("../etc/passwd")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
    st.sampled_from(["Europe/Paris", "America/Guadeloupe", "Indian/Reunion", "Pacific/Noumea", "UTC"]),
)
def test_a_local_time_is_the_same_instant_with_the_hours_of_the_place(instant: datetime, name: str) -> None:
    there = local(instant, name)
    assert there == instant
    assert isinstance(there.tzinfo, timezone)
    assert there.replace(tzinfo=None) == instant.astimezone(ZoneInfo(name)).replace(tzinfo=None)
