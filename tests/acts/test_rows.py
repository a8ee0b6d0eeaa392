"""Rows in bulk: what is written is what comes back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from berinia.rows import _array, fetch

pytestmark = pytest.mark.django_db
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=40)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(st.none() | TEXT, max_size=20))
def test_texts_come_back_as_they_were(values: list[str | None]) -> None:
    assert [row.v for row in fetch("SELECT unnest(%s::text[]) AS v", [_array(values)])] == values


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(st.none() | INSTANTS, max_size=20))
def test_instants_come_back_as_they_were(values: list[datetime | None]) -> None:
    found = [row.v for row in fetch("SELECT unnest(%s::timestamptz[]) AS v", [_array(values)])]
    assert found == values
    assert all(value is None or value.utcoffset() == timedelta(0) for value in found)


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    at = datetime(2026, 3, 10, 12, 0, tzinfo=timezone(timedelta(hours=4)))
    assert fetch("SELECT unnest(%s::timestamptz[]) AS v", [_array([at])])[0].v == at
