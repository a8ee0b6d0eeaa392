"""What holds for every agent, over all that are found: its prompt, its label, its rules, its guardrails, its cost."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agents import prompts
from agents.agent import Agent, agents
from agents.answer import answer, as_stored, as_told, read
from agents.asks import Ask
from agents.models import AgentRun
from agents.prices import bound
from agents.prompts import render
from agents.routing import DEFAULTS
from agents.run import ask_all
from tests.contracts.from_schema import anything, simplest
from tests.fakes.openai import FakeOpenAI
from tests.make import NOW, make_organization

ALL = sorted(agents().values(), key=lambda agent: agent.name)
every_agent = pytest.mark.parametrize("agent", ALL, ids=lambda agent: agent.name)
FRENCH = re.compile(r"\b(?:le|la|les|des|une|tu|vous|est|sont|dans|pour|avec)\b", re.IGNORECASE)
# A call that costs more than this at its most would empty a small budget in a day.
MOST_MICROS = 500_000


def test_the_agents_that_the_product_names_are_there() -> None:
    names = {"crm_exporter", "lead_classifier", "message_writer", "reply_intent", "reply_summary"}
    assert {agent.name for agent in ALL} >= names


@every_agent
def test_it_has_a_name_a_label_and_types(agent: Agent[Any, Any]) -> None:
    assert re.fullmatch(r"[a-z][a-z_]{2,39}", agent.name)
    assert agent.label[0].isupper()
    assert agent.output_type.model_config.get("extra") == "forbid"
    assert agent.input_type.model_config.get("extra") == "forbid"


@every_agent
def test_it_has_a_prompt_in_french_that_renders(agent: Agent[Any, Any]) -> None:
    assert prompts.path(agent.name).exists(), f"write agents/prompts/{agent.name}.md.j2"
    prompt = render(agent, simplest(agent.input_type))
    assert len(FRENCH.findall(prompt.instructions)) > 10
    assert "donnée" in prompt.instructions, "the prompt says that what people wrote is data"


def test_every_prompt_is_an_agent_s() -> None:
    assert {file.name for file in prompts.FOLDER.iterdir()} == {prompts.path(agent.name).name for agent in ALL}


@every_agent
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_no_input_writes_instructions_or_closes_a_block(agent: Agent[Any, Any], data: st.DataObject) -> None:
    """The tags of a prompt are those of its file: no value adds one, and none is left open."""
    given = data.draw(anything(agent.input_type))
    prompt = render(agent, given)
    opened, closed = re.findall(r"<([a-z_0-9]+)>", prompt.data), re.findall(r"</([a-z_0-9]+)>", prompt.data)
    assert sorted(opened) == sorted(closed)
    assert prompt.data.count("<") == 2 * len(opened)
    written = set(re.findall(r"bloc\(\s*[\"']([a-z_0-9]+)", prompts.source(agent.name)))
    written |= set(re.findall(r"<([a-z_0-9]+)>", prompts.source(agent.name)))
    assert set(opened) <= written
    assert "\x00" not in prompt.instructions + prompt.data


@every_agent
def test_its_output_can_be_asked_of_a_model(agent: Agent[Any, Any]) -> None:
    schema = agent.output_type.model_json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"


@every_agent
def test_its_rules_answer_the_simplest_input(agent: Agent[Any, Any]) -> None:
    given = simplest(agent.input_type)
    found = answer(agent, given, None, "sans_modele")
    assert (found.decided_by, found.error) == ("rules", "sans_modele")
    assert read(agent.output_type, as_stored(found.output)) == found.output


@every_agent
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_its_rules_answer_any_input_and_what_they_say_is_guarded(agent: Agent[Any, Any], data: st.DataObject) -> None:
    given = as_told(data.draw(anything(agent.input_type)))
    found = answer(agent, given, None, "")
    assume(as_stored(given) == given.model_dump(mode="json"))
    again, _notes = agent.guard(given, found.output)
    assert again == found.output, "what the guardrails let through, they let through again"


@every_agent
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_whatever_a_model_says_can_be_guarded(agent: Agent[Any, Any], data: st.DataObject) -> None:
    """A model's valid answer is held to the guardrails; they do not raise, and what they make of it is valid."""
    given, said = data.draw(anything(agent.input_type)), data.draw(anything(agent.output_type))
    found = answer(agent, given, said, "")
    assert found.decided_by == "model", "the guardrails raised, or broke the answer"
    assert all(isinstance(note, str) and note for note in found.notes)


@every_agent
def test_no_call_costs_more_than_a_budget_can_bear(agent: Agent[Any, Any]) -> None:
    prompt = render(agent, simplest(agent.input_type))
    size = len((prompt.instructions + prompt.data).encode())
    for model in DEFAULTS:
        most = bound(model, size, agent.max_tokens, NOW, {})
        assert most is not None
        assert most <= MOST_MICROS


@every_agent
def test_it_is_asked_over_the_wire_and_written_down(agent: Agent[Any, Any], openai: FakeOpenAI, db: None) -> None:
    given = simplest(agent.input_type)
    openai.default = as_stored(agent.rules(given))
    (answered,) = ask_all([Ask(agent.name, make_organization().pk, given)], now=NOW)
    assert (answered.decided_by, answered.error) == ("model", "")
    run = AgentRun.objects.get()
    assert read(agent.input_type, run.input) == given
    assert read(agent.output_type, run.output) == answered.output
    (body,) = openai.asked()
    assert body["tools"][0]["function"]["parameters"]["properties"].keys() == agent.output_type.model_fields.keys()
    assert json.dumps(body["messages"][0])
