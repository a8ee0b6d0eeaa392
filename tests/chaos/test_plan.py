"""The plan is the same for a seed, complete, and possible."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.plan import LAST, LASTING, SHARED, Kind, plan

seeds = st.integers(0, 2**32)


@given(seeds, st.floats(5, 900))
def test_a_seed_has_one_plan_in_order_and_within_its_time(seed: int, seconds: float) -> None:
    troubles = plan(seed, seconds)
    assert troubles == plan(seed, seconds)
    assert troubles == sorted(troubles, key=lambda t: t.at)
    assert all(0 <= t.at < seconds - LAST and t.until <= seconds for t in troubles)
    assert all((t.lasts > 0) == (t.kind in LASTING) for t in troubles)


@given(seeds)
def test_ten_minutes_have_every_kind_several_times(seed: int) -> None:
    kinds = [t.kind for t in plan(seed, 600)]
    assert all(kinds.count(kind) >= 5 for kind in Kind)


@given(seeds, st.floats(5, 900))
def test_what_lasts_does_not_overlap_itself(seed: int, seconds: float) -> None:
    by_thing = defaultdict(list)
    for trouble in plan(seed, seconds):
        by_thing[SHARED.get(trouble.kind, trouble.kind)].append(trouble)
    for troubles in by_thing.values():
        for one, following in pairwise(troubles):
            assert one.until < following.at


@given(seeds, st.sets(st.sampled_from(Kind), min_size=1))
def test_kinds_may_be_left_out(seed: int, kinds: set[Kind]) -> None:
    assert {t.kind for t in plan(seed, 120, frozenset(kinds))} <= kinds
