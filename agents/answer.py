"""Answer: what may be acted upon, out of what a model said or, where it said nothing that holds, of the rules. Pure.

The guardrails look at both. A model's answer that they cannot deal with is no answer.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from agents.agent import Agent
from agents.reasons import Reason
from agents.untrusted import stripped_json

logger = logging.getLogger(__name__)

MODEL, BY_RULES = "model", "rules"


class RulesError(Exception):
    """The rules, or the guardrails on what they say, raised: a mistake of ours. The text is the exception's name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent says, guarded, and in French what the guardrails changed."""

    output: BaseModel
    decided_by: str
    error: str
    notes: Sequence[str]


def answer(agent: Agent[Any, Any], given: BaseModel, said: BaseModel | None, error: str) -> Answer:
    """Return the model's answer, guarded, or the rules' with why. Raises RulesError."""
    given = as_told(given)
    if said is not None:
        try:
            return Answer(*_guarded(agent, given, said, MODEL, ""))
        except Exception as caught:  # noqa: BLE001 - whatever a model wrote, the rules stand in for it
            logger.warning("%s: a model's answer did not pass the guardrails: %s", agent.name, type(caught).__name__)
            error = Reason.INVALID.value
    try:
        return Answer(*_guarded(agent, given, agent.rules(given), BY_RULES, error))
    except Exception as caught:
        raise RulesError(type(caught).__name__) from caught


def as_told(given: BaseModel) -> BaseModel:
    """Return an input without what nobody sees, as outputs are: what refers to it is the same in both."""
    try:
        return read(type(given), as_stored(given))
    except ValidationError:  # it says nothing else than what nobody sees
        return given


def as_stored(value: BaseModel) -> Any:
    """Return what the database takes: JSON without NUL, surrogates and other hidden characters."""
    return stripped_json(value.model_dump(mode="json"))


def read(kind: type[BaseModel], stored: Any) -> BaseModel:
    """Return what JSON says, validated. Raises pydantic's ValidationError."""
    return kind.model_validate_json(json.dumps(stored))


def _guarded(
    agent: Agent[Any, Any], given: BaseModel, output: BaseModel, by: str, error: str
) -> tuple[BaseModel, str, str, tuple[str, ...]]:
    """Guard an answer that holds, and see that it still does: a copy that is changed is not validated by pydantic."""
    held, notes = agent.guard(given, read(agent.output_type, as_stored(output)))
    return read(agent.output_type, as_stored(held)), by, error, tuple(notes)
