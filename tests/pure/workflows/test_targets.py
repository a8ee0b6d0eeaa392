"""Measures beside targets, and by how much figures moved."""

import pytest

from workflows.reviews import review_of
from workflows.targets import ENOUGH, Change, Measure, compared, measures, seconds_of

TARGETS = {"conversion": 0.65, "delay": "72h", "satisfaction": 0.85}


def test_each_measure_stands_beside_its_target() -> None:
    sums = {
        "converted": 30, "completed": 5, "stopped": 3, "failed": 2, "conversion_seconds": 7200, "conversions_timed": 4,
        "reviews": 10, "reviews_good": 9, "responses": 2, "response_seconds": 30,
    }  # fmt: skip
    found = {m.name: m for m in measures(sums, {"sent": 50, "opened": 20, "clicked": 5}, TARGETS)}
    assert {name: m.value for name, m in found.items()} == {
        "conversion": 0.75, "delai": 1800.0, "satisfaction": 0.9, "reponse": 15.0, "ouverture": 0.4, "clic": 0.1,
    }  # fmt: skip
    assert {name: m.gap for name, m in found.items() if m.gap is not None} == {
        "conversion": 0.1, "delai": 1800.0 - 72 * 3600, "satisfaction": 0.05,
    }  # fmt: skip
    assert all(found[name].is_reached for name in ("conversion", "delai", "satisfaction"))
    assert (found["conversion"].is_thin, found["satisfaction"].is_thin) == (False, True)


def test_nothing_measured_is_no_number() -> None:
    for measure in measures({}, {}, TARGETS):
        assert (measure.value, measure.gap, measure.is_reached, measure.is_thin) == (None, None, None, True)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("72h", 259_200), ("2h", 7200), ("90m", 5400), ("10d", 864_000), ("", None), (None, None), ("x", None)],
)
def test_delays_are_read_as_the_library_writes_them(written: object, seconds: float | None) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    ("kind", "value", "other", "absolute", "relative", "is_better"),
    [
        ("share", 0.6, 0.5, 0.1, 0.2, True),
        ("share", 0.4, 0.5, -0.1, -0.2, False),
        ("seconds", 50, 100, -50, -0.5, True),
        ("seconds", 150, 100, 50, 0.5, False),
        ("count", 3, 2, 1, 0.5, None),
        ("count", 3, 0, 3, None, None),
        ("share", 0.5, 0.5, 0.0, 0.0, None),
        ("share", None, 0.5, None, None, None),
        ("share", 0.5, None, None, None, None),
    ],
)  # fmt: skip
def test_a_change_says_by_how_much_and_whether_that_is_good(
    kind: str, value: float | None, other: float | None, absolute: float | None, relative: float | None,
    is_better: bool | None,
) -> None:  # fmt: skip
    change = Change(kind, value, other)
    assert (change.absolute, change.relative, change.is_better) == (absolute, relative, is_better)


def test_the_same_of_two_is_compared() -> None:
    one, other = (Measure("clic", "share", value, None, ENOUGH) for value in (0.3, 0.2))
    assert compared(one, other) == Change("share", 0.3, 0.2)


@pytest.mark.parametrize(
    ("data", "grade"),
    [
        ({"note": 5}, 5.0), ({"note": "4,5"}, 4.5), ({"note": 1}, 1.0), ({"note": 0}, None), ({"note": 6}, None),
        ({"note": "bof"}, None), ({"note": "nan"}, None), ({"note": True}, None), ({}, None),
    ],
)  # fmt: skip
def test_a_review_is_a_grade_from_one_to_five(data: dict[str, object], grade: float | None) -> None:
    assert review_of("avis_client", data) == grade
    assert review_of("appel_urgence", data) is None
