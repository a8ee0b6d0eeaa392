"""Whatever a model says, what comes out holds and is guarded; where it does not, the rules speak."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agents.answer import RulesError, answer, as_stored, read
from tests.acts.agents.asked import Essai, Mark, Said

ESSAI = Essai()


@given(st.builds(Mark) | st.builds(Mark.model_construct, score=st.integers(), note=st.text(), kind=st.text()))
def test_whatever_a_model_says_what_comes_out_is_valid_and_guarded(said: BaseModel) -> None:
    found = answer(ESSAI, Said(), said, "")
    assert found.output == Mark.model_validate(found.output.model_dump())
    assert found.output.score <= 90  # type: ignore[attr-defined]
    assert (found.error == "") == (found.decided_by == "model")


def test_the_reason_why_no_model_answered_is_kept() -> None:
    found = answer(ESSAI, Said(), None, "limite")
    assert (found.decided_by, found.error) == ("rules", "limite")


@pytest.mark.parametrize("note", ["piège", "faux"])
def test_guardrails_that_raise_or_break_the_answer_leave_it_to_the_rules(note: str) -> None:
    found = answer(ESSAI, Said(), Mark(kind="hot", score=50, note=note), "")
    assert (found.decided_by, found.error, found.output) == ("rules", "reponse_invalide", Mark(kind="cold", score=10))


def test_rules_that_raise_are_a_mistake_of_ours() -> None:
    with pytest.raises(RulesError, match=r"^KeyError$"):
        answer(ESSAI, Said(text="boum"), None, "")


@given(st.text(st.characters(exclude_categories=()), max_size=50))
def test_what_is_stored_can_be_read_again(text: str) -> None:
    stored: Any = as_stored(Said.model_construct(text=text))
    assert as_stored(read(Said, stored)) == stored


class Repeats(Essai):
    """Says again what it was told."""

    def rules(self, given: Said) -> Mark:
        return Mark(kind="cold", score=1, note=given.text)


def test_rules_and_guardrails_see_what_is_seen() -> None:
    assert answer(Repeats(), Said(text="S\u200bTOP\x00"), None, "").output.note == "STOP"  # type: ignore[attr-defined]
