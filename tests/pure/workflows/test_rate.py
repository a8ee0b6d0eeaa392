"""The rate is kept, whatever the ticks do."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from workflows.rate import BURST, MINUTE, allowance, moved_on

gaps = st.lists(st.integers(0, 90_000), min_size=1, max_size=80)  # milliseconds between two looks


def entered(gaps: list[int], per_minute: int, waiting: int = 10**9) -> list[tuple[timedelta, int]]:
    """Return when how many entered."""
    now = next_at = NOW
    found = []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        taken = min(allowance(next_at, now, per_minute), waiting)
        if taken:
            next_at = moved_on(next_at, now, per_minute, taken)
            waiting -= taken
            found.append((now - NOW, taken))
    return found


@given(gaps, st.integers(1, 6_000))
def test_no_window_sees_more_than_its_share(gaps: list[int], per_minute: int) -> None:
    found = entered(gaps, per_minute)
    for first in range(len(found)):
        for last in range(first, len(found)):
            window = found[last][0] - found[first][0]
            most = (window + BURST) * per_minute / MINUTE + 1
            assert sum(n for _at, n in found[first : last + 1]) <= most


@given(st.integers(1, 6_000), st.integers(1, 120))
def test_with_a_tick_each_second_the_rate_is_reached(per_minute: int, seconds: int) -> None:
    total = sum(n for _at, n in entered([1_000] * seconds, per_minute))
    assert abs(total - seconds * per_minute / 60) <= 1


def test_many_looks_in_one_instant_are_one() -> None:
    assert sum(n for _at, n in entered([0] * 50, 600)) == 1
    assert entered([1_000, 0, 0, 0], 600) == [(timedelta(seconds=1), 11)]


def test_a_night_of_standstill_is_followed_by_no_flood() -> None:
    assert allowance(NOW, NOW + timedelta(hours=9), 600) == 51
