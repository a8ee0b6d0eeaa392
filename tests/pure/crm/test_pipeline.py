"""Which stages a lead may move between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.models.lead import Stage
from crm.pipeline import ENDS, LABELS, LOST, ORDER, STAGES, Refused, further, refusal

stages = st.sampled_from(STAGES)


def test_the_stages_are_those_of_the_table_and_have_french_names():
    assert set(STAGES) == set(Stage.values)
    assert {stage.value: str(stage.label) for stage in Stage} == LABELS


@pytest.mark.parametrize(
    ("at", "to", "is_person", "reason", "expected"),
    [
        ("lead", "qualified", False, "", None), ("lead", "won", False, "", None), ("demo", LOST, False, "", None),
        ("demo", "qualified", False, "", None), ("demo", "lead", False, "", Refused.FAR_BACK),
        ("demo", "lead", True, "", Refused.FAR_BACK), ("demo", "lead", True, "  ", Refused.FAR_BACK),
        ("demo", "lead", False, "erreur", Refused.FAR_BACK), ("demo", "lead", True, "erreur de fiche", None),
        ("won", "proposal", False, "", Refused.CLOSED), (LOST, "lead", False, "x", Refused.CLOSED),
        ("won", "lead", True, "", None), (LOST, "won", True, "", None), ("lead", "gagné", True, "x", Refused.UNKNOWN),
        ("won", "won", False, "", None),
    ],
)  # fmt: skip
def test_a_move_is_allowed_or_refused_with_its_reason(at, to, is_person, reason, expected):
    assert refusal(at, to, is_person=is_person, reason=reason) is expected


@given(stages, stages)
def test_a_person_with_a_reason_moves_anything_anywhere(at, to):
    assert refusal(at, to, is_person=True, reason="elle le dit") is None


@given(stages, stages, st.booleans(), st.text())
def test_who_may_less_never_may_more(at, to, is_person, reason):
    if refusal(at, to, is_person=False, reason=reason) is None:
        assert refusal(at, to, is_person=is_person, reason=reason) is None


@given(st.lists(stages, min_size=2))
def test_a_machine_never_leaves_an_end(moves):
    at = moves[0]
    for to in moves[1:]:
        if refusal(at, to, is_person=False) is None:
            assert at not in ENDS or to == at
            at = to


@given(stages, stages)
def test_the_further_of_two_is_one_of_them_whichever_comes_first(one, other):
    assert further(one, other) == further(other, one)
    assert further(one, other) in (one, other)


def test_a_sale_that_goes_on_counts_more_than_one_that_was_lost():
    assert further(LOST, "lead") == "lead"
    assert further("proposal", "won") == "won"
    assert [further(one, "demo") for one in ORDER] == ["demo", "demo", "demo", "proposal", "won"]
