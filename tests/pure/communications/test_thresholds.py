"""A channel is stopped when too much of what it sends fails or is complained about, and not before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.thresholds import LEAST_COMPLAINTS, Sample, Thresholds, reason_to_brake

THRESHOLDS = Thresholds(least=20, failures=0.2, complaints=0.003)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (Sample(19, 19, 0), None),
        (Sample(20, 4, 0), None),
        (Sample(20, 5, 0), "5 échecs sur 20 messages"),
        (Sample(1000, 0, 1), None),
        (Sample(1000, 0, 3), None),
        (Sample(1000, 0, 4), "4 plaintes sur 1000 messages"),
        (Sample(20, 0, 1), None),
        (Sample(20, 0, 2), "2 plaintes sur 20 messages"),
    ],
)
def test_the_verdict(sample: Sample, reason: str | None) -> None:
    assert reason_to_brake(sample, THRESHOLDS) == reason


@given(total=st.integers(0, 5000), failed=st.integers(0, 5000), complained=st.integers(0, 5000))
def test_more_trouble_never_releases_the_brake(total: int, failed: int, complained: int) -> None:
    sample = Sample(total, min(failed, total), min(complained, total))
    worse = Sample(total, min(sample.failed + 1, total), min(sample.complained + 1, total))
    if reason_to_brake(sample, THRESHOLDS):
        assert reason_to_brake(worse, THRESHOLDS)


@given(total=st.integers(20, 5000), complained=st.integers(0, LEAST_COMPLAINTS - 1))
def test_one_person_is_no_trend(total: int, complained: int) -> None:
    assert reason_to_brake(Sample(total, 0, complained), THRESHOLDS) is None
