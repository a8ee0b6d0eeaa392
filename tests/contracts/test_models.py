"""What each behaviour of a model comes to, over real HTTP: an output, or a reason; never an exception."""

import logging
import threading
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from agents import llm
from agents.access import PROVIDERS, configured
from agents.questions import Attempt, Outcome, Question
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.model import FakeModel, Unmeasured
from tests.fakes.openai import FakeOpenAI

FIRST, SECOND, OTHER = "openai:gpt-4.1-mini", "openai:gpt-4.1-nano", "anthropic:claude-haiku-4-5"
SECRET = "Zébulon habite rue Secrète"


class Verdict(BaseModel):
    """What the model is to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hot", "cold"]
    score: int = Field(ge=0, le=100)


GOOD = Verdict(kind="hot", score=80)
QUESTION = Question("essai", "Classe ce contact.", f"<message>\n{SECRET}\n</message>", Verdict, 300)


def ask(*models: str, timeout: float = 5, run_timeout: float = 20) -> Outcome:
    return llm.ask(models, QUESTION, timeout=timeout, run_timeout=run_timeout)


def test_a_valid_answer_comes_back_with_what_it_took(openai: FakeOpenAI) -> None:
    openai.replies.append(GOOD)
    outcome = ask(FIRST)
    assert (outcome.output, outcome.model, outcome.error) == (GOOD, FIRST, "")
    assert outcome.attempts == (Attempt(FIRST, "", 1, 120, 40, 0),)


# What a model does, how often it is asked for it, and what it comes to; how many of them may have to be paid unseen.
BEHAVIOURS = [
    ("malformed", 3, "reponse_invalide", 0),
    ("wrong_types", 3, "reponse_invalide", 0),
    ("text", 3, "reponse_invalide", 0),
    ("refusal", 1, "refus", 0),
    ("filtered", 1, "refus", 0),
    ("too_long", 3, "trop_long", 0),
    ("429", 1, "limite", 0),
    ("500", 1, "panne", 0),
    ("503_html", 1, "panne", 0),
    ("drop", 1, "panne", 1),
    ("cut", 1, "panne", 1),
    ("hang", 1, "delai", 1),
]


@pytest.mark.parametrize(("behaviour", "times", "reason", "unseen"), BEHAVIOURS)
def test_what_a_behaviour_comes_to(openai: FakeOpenAI, behaviour: str, times: int, reason: str, unseen: int) -> None:
    openai.replies.extend([behaviour] * 4)
    outcome = ask(FIRST, timeout=0.3 if behaviour == "hang" else 5)
    assert (outcome.output, outcome.error) == (None, reason)
    assert len(openai.asked()) == outcome.attempts[0].requests == times
    assert outcome.attempts[0].unmeasured == unseen


@pytest.mark.parametrize("behaviour", [each[0] for each in BEHAVIOURS])
def test_the_second_model_answers_where_the_first_does_not(openai: FakeOpenAI, behaviour: str) -> None:
    openai.default = lambda body: GOOD if body["model"] == "gpt-4.1-nano" else behaviour
    openai.replies.extend([behaviour] * next(each[1] for each in BEHAVIOURS if each[0] == behaviour))
    outcome = ask(FIRST, SECOND, timeout=0.5 if behaviour == "hang" else 5)
    assert (outcome.output, outcome.model) == (GOOD, SECOND)
    assert [attempt.model for attempt in outcome.attempts] == [FIRST, SECOND]


def test_garbage_first_then_a_valid_answer_is_one_more_request_with_what_was_wrong(openai: FakeOpenAI) -> None:
    openai.replies.extend([{"kind": "tiède", "score": 999}, GOOD])
    outcome = ask(FIRST)
    assert outcome.output == GOOD
    assert outcome.attempts == (Attempt(FIRST, "", 2, 240, 80, 0),)
    told = openai.prompt(1)
    assert "less than or equal to 100" in told
    assert "'hot' or 'cold'" in told


def test_tokens_that_nobody_counted_are_not_nothing(openai: FakeOpenAI) -> None:
    openai.replies.append(Unmeasured(GOOD))
    assert ask(FIRST).attempts == (Attempt(FIRST, "", 1, 0, 0, 1),)


def test_what_was_read_for_an_invalid_answer_is_counted(openai: FakeOpenAI) -> None:
    openai.default = "text"
    assert ask(FIRST).attempts == (Attempt(FIRST, "reponse_invalide", 3, 360, 120, 0),)


def test_more_tokens_than_asked_for_end_it(openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.openai.USAGE", (120, 5_000))
    openai.default = GOOD
    assert ask(FIRST).error == "trop_long"


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (401, "invalid_api_key", "cle"),
        (403, "forbidden", "cle"),
        (404, "model_not_found", "modele_inconnu"),
        (400, "context_length_exceeded", "trop_long"),
        (400, "invalid_value", "demande_refusee"),
        (422, "unprocessable", "demande_refusee"),
        (429, "insufficient_quota", "credit"),
        (302, "elsewhere", "panne"),
    ],
)
def test_what_a_refusal_of_the_provider_means(openai: FakeOpenAI, status: int, code: str, reason: str) -> None:
    openai.faults.append(f"refuse:{status}:{code}")
    assert ask(FIRST).error == reason


def test_a_key_of_another_account_is_refused(openai: FakeOpenAI, settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-autre"
    assert ask(FIRST).error == "cle"


def test_an_answer_that_is_no_chat_completion_is_no_answer(openai: FakeOpenAI) -> None:
    openai.said = lambda *_: {"hello": "world"}  # type: ignore[method-assign]
    openai.default = GOOD
    outcome = ask(FIRST)
    assert outcome.output is None
    assert outcome.error in ("reponse_invalide", "panne")
    assert outcome.attempts[0].unmeasured == 1


def test_nobody_at_the_address_is_a_failure_that_costs_nothing(settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-x", "http://127.0.0.1:9/v1"
    outcome = ask(FIRST)
    assert outcome.error == "panne"
    assert outcome.attempts[0].unmeasured == 0


def test_a_provider_that_is_not_known_is_a_failure_too(openai: FakeOpenAI) -> None:
    openai.default = GOOD
    assert ask("inconnu:x").error == "panne"
    assert ask("inconnu:x", FIRST).output == GOOD


def test_the_whole_run_ends_in_time(openai: FakeOpenAI) -> None:
    openai.replies.extend(["hang", GOOD])
    outcome = ask(FIRST, SECOND, run_timeout=0.3)
    assert (outcome.output, outcome.error) == (None, "delai")
    assert len(openai.asked()) == 1


def test_an_answer_that_comes_byte_by_byte_ends_in_time(openai: FakeOpenAI) -> None:
    openai.replies.extend(["drip", GOOD])
    outcome = ask(FIRST, SECOND, timeout=0.5)
    assert [attempt.error for attempt in outcome.attempts] == ["delai", ""]
    assert outcome.output == GOOD


def test_without_a_model_there_is_no_answer() -> None:
    assert ask().output is None


def test_openai_is_sent_what_it_knows(openai: FakeOpenAI) -> None:
    openai.default = GOOD
    assert ask(FIRST).output == GOOD
    (body,) = openai.asked()
    assert openai.calls[0].headers["authorization"] == f"Bearer {openai.key}"
    assert (body["model"], body["max_completion_tokens"]) == ("gpt-4.1-mini", 300)
    assert "max_tokens" not in body
    (tool,) = body["tools"]
    assert tool["function"]["parameters"]["properties"]["kind"]["enum"] == ["hot", "cold"]
    assert body["tool_choice"] == "required"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert SECRET not in body["messages"][0]["content"]
    assert SECRET in body["messages"][1]["content"]


@pytest.mark.parametrize("name", ["mistral", "local"])
def test_others_who_speak_openai_s_protocol_are_sent_max_tokens(openai: FakeOpenAI, settings: Any, name: str) -> None:
    setattr(settings, f"{name.upper()}_BASE_URL", settings.OPENAI_BASE_URL)
    setattr(settings, f"{name.upper()}_API_KEY", openai.key)
    openai.dialect, openai.default = name, GOOD
    outcome = ask(f"{name}:org/modele:7b")
    assert (outcome.output, outcome.model) == (GOOD, f"{name}:org/modele:7b")
    (body,) = openai.asked()
    assert (body["model"], body["max_tokens"]) == ("org/modele:7b", 300)


def test_a_local_server_without_a_key_gets_no_key_of_another(openai: FakeOpenAI, settings: Any) -> None:
    settings.LOCAL_BASE_URL, settings.LOCAL_API_KEY = settings.OPENAI_BASE_URL, ""
    assert ask("local:llama3").error == "cle"
    assert openai.key not in openai.calls[0].headers["authorization"]


def test_anthropic_answers_in_its_own_protocol(anthropic: FakeAnthropic) -> None:
    anthropic.replies.append(GOOD)
    outcome = ask(OTHER)
    assert (outcome.output, outcome.model) == (GOOD, OTHER)
    assert outcome.attempts == (Attempt(OTHER, "", 1, 120, 40, 0),)
    (body,) = anthropic.asked()
    assert anthropic.key in anthropic.calls[0].headers["authorization"]
    assert body["max_tokens"] == 300
    assert body["tools"][0]["input_schema"]["properties"]["kind"]["enum"] == ["hot", "cold"]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("wrong_types", "reponse_invalide"),
        ("text", "reponse_invalide"),
        ("refusal", "refus"),
        ("429", "limite"),
        ("500", "panne"),
        ("cut", "panne"),
        ("hang", "delai"),
    ],
)
def test_what_a_behaviour_of_anthropic_comes_to(anthropic: FakeAnthropic, behaviour: str, reason: str) -> None:
    anthropic.replies.extend([behaviour] * 3)
    assert ask(OTHER, timeout=0.3 if behaviour == "hang" else 5).error == reason


def test_the_next_model_may_be_another_provider_s(openai: FakeOpenAI, anthropic: FakeAnthropic) -> None:
    openai.replies.append("500")
    anthropic.replies.append(GOOD)
    assert ask(FIRST, OTHER).model == OTHER


def test_only_providers_with_a_key_or_an_address_can_be_asked(openai: FakeOpenAI, settings: Any) -> None:
    assert configured() == {"openai"}
    settings.LOCAL_BASE_URL = "http://localhost:11434/v1"
    assert configured() == {"openai", "local"}


def test_many_ask_at_once(openai: FakeOpenAI) -> None:
    openai.default = GOOD
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(ask(FIRST))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.output for outcome in outcomes] == [GOOD] * 16


@pytest.mark.parametrize("behaviour", ["malformed", "text", "refusal", "500", "cut", "429"])
def test_nothing_of_a_prompt_is_logged(openai: FakeOpenAI, caplog: pytest.LogCaptureFixture, behaviour: str) -> None:
    openai.default = "text"
    openai.replies.append(behaviour)
    with caplog.at_level(logging.DEBUG):
        ask(FIRST)
    assert FIRST in caplog.text
    assert "Zébulon" not in caplog.text


@pytest.mark.parametrize("change", [{"inconnu": 1}, {"max_tokens": 5}, {"messages": []}, {"tools": [{"type": "x"}]}])
def test_the_fake_refuses_what_openai_refuses(openai: FakeOpenAI, change: dict[str, Any]) -> None:
    from tests.fakes.openai import wrong_request

    openai.default = GOOD
    ask(FIRST)
    assert wrong_request(openai.asked()[0], "openai") == ""
    assert wrong_request(openai.asked()[0] | change, "openai") != ""
    assert isinstance(openai, FakeModel)


def test_every_provider_that_can_be_opened_can_be_asked() -> None:
    assert set(llm.BUILDERS) == set(PROVIDERS)
