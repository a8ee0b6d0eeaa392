"""Policy: the order of its questions, and that every answer can be explained."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.explanations import explanation
from communications.policy import DEFERRALS, Defer, Hold, Question, Refusal, Refuse, Send, decide, free_from

NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
FINE = Question("+33612345678", "marketing", NOW + timedelta(days=30), has_consent=True)
LATER = NOW + timedelta(hours=3)

# From the first question to the last: what each answers when everything behind it is wrong as well.
WRONG: list[tuple[dict[str, Any], Any]] = [
    ({"is_stopped": True}, Hold(Refusal.STOPPED)),
    ({"is_paused": True}, Hold(Refusal.PAUSED)),
    ({"address": ""}, Refuse(Refusal.NO_ADDRESS)),
    ({"has_opted_out": True}, Refuse(Refusal.OPTED_OUT)),
    ({"is_suppressed": True}, Refuse(Refusal.SUPPRESSED)),
    ({"has_consent": False}, Refuse(Refusal.NO_CONSENT)),
    ({"needs_session": True}, Refuse(Refusal.NO_SESSION)),
    ({"opening": LATER}, Defer(Refusal.OUT_OF_HOURS, LATER)),
    ({"received": [NOW - timedelta(days=1)] * 3}, Defer(Refusal.TOO_MANY, NOW + timedelta(days=6))),
    ({"quota_until": LATER}, Defer(Refusal.QUOTA, LATER)),
]


@pytest.mark.parametrize("first", range(len(WRONG)))
def test_questions_are_asked_in_their_order(first: int) -> None:
    question = FINE
    for changes, _answer in WRONG[first:]:
        question = replace(question, **changes)
    assert decide(question, NOW) == WRONG[first][1]


def test_what_is_fine_goes_out() -> None:
    assert decide(FINE, NOW) == Send()


def test_what_is_no_longer_useful_is_refused() -> None:
    assert decide(replace(FINE, useful_until=NOW - timedelta(seconds=1)), NOW) == Refuse(Refusal.EXPIRED)
    assert decide(replace(FINE, useful_until=NOW), NOW) == Send()


@pytest.mark.parametrize(("changes", "answer"), WRONG[-3:])
def test_what_would_wait_longer_than_it_is_useful_is_refused_at_once(changes: Any, answer: Defer) -> None:
    question = replace(FINE, useful_until=answer.until - timedelta(seconds=1), **changes)
    assert decide(question, NOW) == Refuse(answer.why)
    assert decide(replace(question, useful_until=answer.until), NOW) == answer


def test_transactional_messages_need_no_consent_and_know_neither_hours_nor_cap() -> None:
    question = replace(
        FINE, category="transactional", has_consent=False, opening=LATER, received=[NOW] * 9, most_per_week=0
    )
    assert decide(question, NOW) == Send()
    assert decide(replace(question, quota_until=LATER), NOW) == Defer(Refusal.QUOTA, LATER)
    assert decide(replace(question, has_opted_out=True), NOW) == Refuse(Refusal.OPTED_OUT)


def test_none_a_week_is_never() -> None:
    assert decide(replace(FINE, most_per_week=0), NOW) == Refuse(Refusal.TOO_MANY)


@given(st.lists(st.integers(-20 * 86400, 0).map(lambda s: NOW + timedelta(seconds=s)), max_size=20), st.integers(1, 5))
def test_at_most_so_many_in_any_week(received: list[datetime], most: int) -> None:
    at = free_from(received, most, NOW)
    assert sum(at - timedelta(days=7) < other <= at for other in received) < most
    if at > NOW:  # and not later than needed
        assert sum(at - timedelta(days=7, microseconds=1) < other for other in received) >= most


@given(
    st.builds(
        Question,
        address=st.sampled_from(["", "+33612345678"]),
        category=st.sampled_from(["marketing", "transactional"]),
        useful_until=st.sampled_from([NOW - timedelta(hours=1), NOW + timedelta(hours=1), NOW + timedelta(days=40)]),
        is_stopped=st.booleans(), is_paused=st.booleans(), has_opted_out=st.booleans(), is_suppressed=st.booleans(),
        has_consent=st.booleans(), needs_session=st.booleans(), opening=st.sampled_from([None, NOW, LATER]),
        received=st.lists(st.just(NOW - timedelta(days=2)), max_size=4), most_per_week=st.integers(0, 4),
        quota_until=st.sampled_from([None, NOW + timedelta(days=21)]),
    )
)  # fmt: skip
def test_every_answer_is_safe_and_explained(question: Question) -> None:
    answer = decide(question, NOW)
    if isinstance(answer, Send):
        assert question.address
        assert not any((question.has_opted_out, question.is_suppressed, question.is_stopped, question.is_paused))
        assert question.useful_until >= NOW
        assert question.category == "transactional" or (
            question.has_consent and (question.opening is None or question.opening <= NOW)
            and len(question.received) < question.most_per_week
        )  # fmt: skip
        return
    assert explanation(str(answer.why)).why != str(answer.why)
    assert explanation(str(answer.why)).remedy
    if isinstance(answer, Defer):
        assert answer.why in DEFERRALS
        assert NOW < answer.until <= question.useful_until
