"""Splits: the weights hold over many contacts, a contact stays where it is, and a change moves only whom it must."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.program import Go, State
from workflows.steps.split import SplitInstruction

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
CONTACTS = range(1, 10_001)
Weights = dict[str, int]


def way_of(weights: Weights, contact: int, workflow: int = 7, step: str = "essai") -> str:
    instruction = SplitInstruction(step, tuple((name, weight, f"vers_{name}") for name, weight in weights.items()))
    state = State(step, NOW, NOW, contact_id=contact, workflow_id=workflow)
    match instruction.move(state, NOW):
        case Go(to, (), detail, None):
            assert to == f"vers_{detail}"
            return detail
    raise AssertionError


def ways(weights: Weights) -> list[str]:
    return [way_of(weights, contact) for contact in CONTACTS]


@pytest.mark.parametrize(
    "weights",
    [
        {"a": 50, "b": 50},
        {"a": 70, "b": 30},
        {"a": 1, "b": 99},
        {"court": 3, "long": 1},
        {"a": 1, "b": 2, "c": 3, "d": 4},
        {"a": 0, "b": 1, "c": 1},
        {f"v{n}": 10_000 for n in range(10)},
    ],
)
def test_the_weights_hold_over_ten_thousand_contacts(weights: Weights) -> None:
    found, total = Counter(ways(weights)), sum(weights.values())
    for name, weight in weights.items():
        share = weight / total
        spread = (len(CONTACTS) * share * (1 - share)) ** 0.5
        assert abs(found[name] - len(CONTACTS) * share) <= 4 * spread  # one right split in 16,000 is further off


def test_two_workflows_and_two_steps_divide_their_contacts_independently() -> None:
    half = {"a": 1, "b": 1}
    first = ways(half)
    for other in (
        [way_of(half, contact, workflow=8) for contact in CONTACTS],
        [way_of(half, contact, step="second") for contact in CONTACTS],
    ):
        assert abs(sum(map(str.__eq__, first, other)) - 5_000) <= 4 * 50


names = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=6, unique=True)
weights = st.integers(0, 10_000)


@st.composite
def splits(draw: st.DrawFn) -> Weights:
    drawn = {name: draw(weights) for name in draw(names)}
    return drawn if any(drawn.values()) else {**drawn, next(iter(drawn)): 1}


@given(splits(), st.integers(1, 2**62), st.data())
def test_a_contact_goes_the_same_way_each_time_whatever_the_order(
    split: Weights, contact: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(list(split)))
    went = way_of(split, contact)
    assert split[went] > 0
    assert way_of({name: split[name] for name in order}, contact) == went
    assert way_of({name: weight * 3 for name, weight in split.items()}, contact) == went  # only the proportions count


@given(splits(), weights, st.integers(1, 2**62), st.data())
@settings(max_examples=300)
def test_a_changed_weight_moves_contacts_only_to_that_way_or_away_from_it(
    split: Weights, weight: int, contact: int, data: st.DataObject
) -> None:
    changed = data.draw(st.sampled_from(list(split)))
    after = {**split, changed: weight}
    if not any(after.values()):
        return
    was, went = way_of(split, contact), way_of(after, contact)
    if was != went:
        assert changed == (went if weight > split[changed] else was)


@given(splits(), st.integers(1, 2**62))
def test_a_way_that_is_added_takes_contacts_from_the_others_and_mixes_none(split: Weights, contact: int) -> None:
    was, went = way_of(split, contact), way_of({**split, "nouveau": 100}, contact)
    assert went in (was, "nouveau")


def test_no_more_contacts_move_than_the_change_asks_for() -> None:
    before, after = ways({"a": 50, "b": 50}), ways({"a": 60, "b": 40})
    moved = sum(map(str.__ne__, before, after))
    assert abs(moved - 1_000) <= 150
