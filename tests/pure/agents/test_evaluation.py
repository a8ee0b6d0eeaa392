"""How answers are judged: small cases reckoned by hand, and what holds for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.evaluation import accuracy, alarm, confusion, latencies, macro_f1, scores

LABELS = ["a", "b", "c"]
PAIRS = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("b", "a")]
pairs_of = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), max_size=60)


def test_scores_are_what_one_reckons_by_hand() -> None:
    found = scores(PAIRS, LABELS)
    assert (found["a"].precision, found["a"].recall, found["a"].support) == (
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        3,
    )
    assert (found["b"].precision, found["b"].recall) == (0.5, 0.5)
    assert "c" not in found
    assert macro_f1(PAIRS, LABELS) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert accuracy(PAIRS) == 0.6


def test_a_label_that_is_never_found_counts_as_nothing_in_the_mean() -> None:
    assert macro_f1([("a", "b"), ("b", "b")], LABELS) == pytest.approx((0 + 2 / 3) / 2)


def test_an_answer_that_no_case_bears_does_not_hide_in_the_mean() -> None:
    assert macro_f1([("a", "a"), ("b", "c")], LABELS) == 0.5
    assert scores([("a", "c")], LABELS)["c"].precision == 0


def test_an_alarm_is_judged_by_what_it_misses_and_by_what_it_cries_for_nothing() -> None:
    found = alarm([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b"), ("c", "c"), ("c", "c")], "a")
    assert (found.recall, found.false_rate) == (0.5, 0.25)


def test_the_matrix_has_labels_as_rows_and_answers_as_columns() -> None:
    assert confusion(PAIRS, LABELS) == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_latencies_are_the_middle_and_the_slow_end() -> None:
    assert latencies([]) == (0.0, 0.0)
    assert latencies([0.3]) == (0.3, 0.3)
    assert latencies([n / 100 for n in range(101)]) == (pytest.approx(0.5), pytest.approx(0.95))


@given(pairs_of)
def test_all_figures_lie_between_none_and_all_and_the_matrix_holds_every_case(pairs: list[tuple[str, str]]) -> None:
    assert sum(map(sum, confusion(pairs, LABELS))) == len(pairs)
    for found in scores(pairs, LABELS).values():
        low, high = sorted((found.precision, found.recall))
        assert 0 <= low <= high <= 1
        assert low * (1 - 1e-9) <= found.f1 <= high * (1 + 1e-9) or found.f1 == 0
    assert 0 <= macro_f1(pairs, LABELS) <= 1


@given(st.lists(st.sampled_from(LABELS), min_size=1, max_size=30))
def test_right_answers_only_are_perfect(labels: list[str]) -> None:
    pairs = [(label, label) for label in labels]
    assert macro_f1(pairs, LABELS) == accuracy(pairs) == 1
