"""When a message that did not go out is tried again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.backoff import (
    ACCOUNT_HOLD,
    KEY_LIFETIME,
    LONGEST_PACE,
    MAX_ATTEMPTS,
    Answer,
    Attempt,
    Fail,
    GiveUp,
    Hold,
    Reconcile,
    Retry,
    next_attempt,
)
from communications.faults import Fault

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
AFTER = timedelta(minutes=3)
FIRST = Attempt(attempts=1, calls=1, first_at=NOW, repeat_safe=True)

attempts = st.builds(
    Attempt,
    attempts=st.integers(1, 6),
    calls=st.integers(1, 10_000),
    first_at=st.integers(0, 72 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    repeat_safe=st.booleans(),
    spread=st.floats(0, 1),
)


def answer(fault: Fault, attempt: Attempt = FIRST, retry_after: timedelta | None = None) -> Answer:
    return next_attempt(fault, attempt, NOW, reconcile_after=AFTER, retry_after=retry_after)


def seconds(found: Answer) -> float:
    assert isinstance(found, Retry | Hold | Reconcile)
    return (found.at - NOW).total_seconds()


@pytest.mark.parametrize("fault", [Fault.MESSAGE, Fault.ADDRESS])
@given(attempt=attempts)
def test_what_never_will_be_taken_fails(fault: Fault, attempt: Attempt) -> None:
    assert answer(fault, attempt) == Fail()


@given(attempt=attempts)
def test_a_conflict_stops_at_once(attempt: Attempt) -> None:
    assert answer(Fault.CONFLICT, attempt) == GiveUp()


def test_pace_doubles_from_five_seconds_to_ten_minutes() -> None:
    waits = [seconds(answer(Fault.PACE, replace(FIRST, calls=calls))) for calls in (1, 2, 3, 4, 8, 9, 500)]
    assert waits == [5, 10, 20, 40, 600, 600, 600]


@given(attempt=attempts)
def test_pace_is_never_longer_than_ten_minutes_and_a_quarter(attempt: Attempt) -> None:
    found = answer(Fault.PACE, replace(attempt, attempts=1))
    assert 3.75 <= seconds(found) <= LONGEST_PACE.total_seconds() * 1.25


def test_those_that_failed_together_do_not_return_together() -> None:
    assert {seconds(answer(Fault.PACE, replace(FIRST, spread=s))) for s in (0.0, 0.5, 1.0)} == {3.75, 5.0, 6.25}


@given(wait=st.integers(1, 86_400), attempt=attempts)
def test_a_provider_that_says_how_long_is_obeyed(wait: int, attempt: Attempt) -> None:
    found = answer(Fault.PACE, replace(attempt, attempts=1), timedelta(seconds=wait))
    assert isinstance(found, Retry)
    assert seconds(found) == wait


def test_the_account_s_fault_waits_a_quarter_of_an_hour_or_as_long_as_was_said() -> None:
    assert answer(Fault.ACCOUNT) == Hold(NOW + ACCOUNT_HOLD)
    assert answer(Fault.ACCOUNT, retry_after=timedelta(seconds=1)) == Hold(NOW + ACCOUNT_HOLD)
    assert answer(Fault.ACCOUNT, retry_after=timedelta(hours=2)) == Hold(NOW + timedelta(hours=2))


def test_an_unknown_outcome_is_repeated_twice_under_its_key() -> None:
    found = [answer(Fault.UNKNOWN, replace(FIRST, attempts=n, calls=n)) for n in (1, 2, 3)]
    assert found == [Retry(NOW + timedelta(seconds=10)), Retry(NOW + timedelta(seconds=60)), GiveUp()]


@given(attempt=attempts)
def test_without_a_key_an_unknown_outcome_is_looked_up_never_repeated(attempt: Attempt) -> None:
    assert answer(Fault.UNKNOWN, replace(attempt, repeat_safe=False)) == Reconcile(NOW + AFTER)


@given(attempt=attempts, fault=st.sampled_from(Fault), wait=st.none() | st.integers(0, 200_000))
def test_what_may_have_gone_out_is_never_repeated_after_its_key(
    attempt: Attempt, fault: Fault, wait: int | None
) -> None:
    """Also when a later call was only told to wait: the earlier one may have gone out."""
    found = answer(fault, attempt, None if wait is None else timedelta(seconds=wait))
    may_be_out = fault is Fault.UNKNOWN or attempt.attempts > 1
    if attempt.repeat_safe and may_be_out and isinstance(found, Retry | Hold):
        assert found.at <= attempt.first_at + KEY_LIFETIME


@pytest.mark.parametrize("fault", [Fault.PACE, Fault.ACCOUNT])
def test_a_message_that_may_be_out_does_not_wait_for_a_day(fault: Fault) -> None:
    yesterday = replace(FIRST, first_at=NOW - KEY_LIFETIME, calls=90)
    assert isinstance(answer(fault, yesterday), Retry | Hold)  # no call of it was ever taken
    assert answer(fault, replace(yesterday, attempts=2)) == GiveUp()


@given(attempt=attempts, fault=st.sampled_from(Fault))
def test_every_answer_lies_ahead(attempt: Attempt, fault: Fault) -> None:
    found = answer(fault, attempt)
    if isinstance(found, Retry | Hold | Reconcile):
        assert found.at > NOW
    if fault is Fault.UNKNOWN and attempt.attempts >= MAX_ATTEMPTS:
        assert not isinstance(found, Retry)
