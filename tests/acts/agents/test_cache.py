"""The very same question is answered from memory; any other, and what did not hold, is not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from agents import cache, prompts
from agents.models import AgentRun, AgentSettings, BudgetMonth
from agents.run import ask_all
from berinia.redis_client import connected
from tests.acts.agents.asked import GOOD, Essai, Mark, ask
from tests.fakes.openai import FakeOpenAI
from tests.make import NOW, make_organization

pytestmark = pytest.mark.usefixtures("db", "essai")


def forget() -> None:
    for key in connected().scan_iter("berinia:agents:*"):
        connected().delete(key)


@pytest.fixture
def remembers(openai: FakeOpenAI, settings: Any) -> Iterator[FakeOpenAI]:
    settings.AGENT_CACHE_HOURS = 1
    openai.default = GOOD
    forget()
    yield openai
    forget()


def test_the_same_question_is_asked_once(remembers: FakeOpenAI) -> None:
    organization = make_organization()
    first, second = (ask_all([ask(organization=organization)], now=NOW)[0] for _ in range(2))
    assert len(remembers.calls) == 1
    assert (second.output, second.decided_by, second.model) == (GOOD, "model", first.model)
    run = AgentRun.objects.latest("pk")
    assert (run.is_cached, run.cost_micros, run.requests, run.tokens_in) == (True, 0, 0, 0)
    assert BudgetMonth.objects.get().calls == 1
    assert not AgentRun.objects.earliest("pk").is_cached


def test_a_remembered_answer_needs_no_budget_but_guardrails(remembers: FakeOpenAI) -> None:
    remembers.default = Mark(kind="hot", score=99)
    organization = make_organization()
    ask_all([ask(organization=organization)], now=NOW)
    BudgetMonth.objects.update(spent_micros=10**12)
    (answered,) = ask_all([ask(organization=organization)], now=NOW)
    assert (answered.output.score, answered.decided_by, answered.notes) == (90, "model", ("note ramenée à 90",))


@pytest.mark.parametrize("change", ["organization", "input", "prompt", "models", "tokens"])
def test_any_other_question_is_asked_anew(remembers: FakeOpenAI, essai: Essai, settings: Any, change: str) -> None:
    organization, text = make_organization(), "Bonjour"
    ask_all([ask(text, organization=organization)], now=NOW)
    if change == "organization":
        organization = make_organization()
    elif change == "input":
        text = "Bonsoir"
    elif change == "models":
        settings.AGENT_MODELS = ["openai:gpt-4o-mini"]
    elif change == "tokens":
        essai.max_tokens = 300  # type: ignore[misc]
    else:
        with prompts.path("essai").open("a") as file:
            file.write("\n\n")
        for cached in (prompts.source, prompts.halves, prompts.version):
            cached.cache_clear()
    ask_all([ask(text, organization=organization)], now=NOW)
    assert len(remembers.calls) == 2


def test_an_organization_without_models_is_not_answered_from_memory(remembers: FakeOpenAI) -> None:
    organization = make_organization()
    ask_all([ask(organization=organization)], now=NOW)
    AgentSettings.objects.create(organization=organization, uses_models=False)
    assert ask_all([ask(organization=organization)], now=NOW)[0].decided_by == "rules"


@pytest.mark.parametrize("behaviour", ["refusal", "500", "piège"])
def test_what_the_rules_said_is_not_remembered(remembers: FakeOpenAI, behaviour: str) -> None:
    organization = make_organization()
    remembers.replies.append(GOOD.model_copy(update={"note": "piège"}) if behaviour == "piège" else behaviour)
    assert ask_all([ask(organization=organization)], now=NOW)[0].decided_by == "rules"
    assert ask_all([ask(organization=organization)], now=NOW)[0].decided_by == "model"


@pytest.mark.parametrize("kept", ["{", "[]", "{}", json.dumps({"model": "x", "output": {"kind": "tiède", "score": 1}})])
def test_what_no_longer_holds_is_asked_anew(remembers: FakeOpenAI, kept: str) -> None:
    organization = make_organization()
    ask_all([ask(organization=organization)], now=NOW)
    (key,) = connected().scan_iter("berinia:agents:*")
    connected().set(key, kept)
    assert ask_all([ask(organization=organization)], now=NOW)[0].output == GOOD
    assert len(remembers.calls) == 2


def test_memory_ends(remembers: FakeOpenAI) -> None:
    ask_all([ask()], now=NOW)
    (key,) = connected().scan_iter("berinia:agents:*")
    assert 3_500 < connected().ttl(key) <= 3_600


def test_an_agent_that_writes_anew_each_time_is_not_remembered(remembers: FakeOpenAI, essai: Essai) -> None:
    essai.is_cached = False  # type: ignore[misc]
    organization = make_organization()
    for _ in range(2):
        ask_all([ask(organization=organization)], now=NOW)
    assert len(remembers.calls) == 2


def test_no_hours_are_no_memory(remembers: FakeOpenAI, settings: Any) -> None:
    settings.AGENT_CACHE_HOURS = 0
    organization = make_organization()
    for _ in range(2):
        ask_all([ask(organization=organization)], now=NOW)
    assert len(remembers.calls) == 2


def test_without_redis_models_are_asked(remembers: FakeOpenAI) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:9/0"):
        assert ask_all([ask()], now=NOW)[0].decided_by == "model"
        assert cache.look_up("x", Mark) is None
