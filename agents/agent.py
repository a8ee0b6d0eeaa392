"""What every agent has: an input, an output, a prompt, rules that answer without a model, and guardrails. Pure.

An agent is one file of agents/library/ and one prompt of agents/prompts/<name>.md.j2: nothing elsewhere knows it by
name. It is a value without I/O: agents/run.py asks it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from berinia.plugins import discover


class Strict(BaseModel):
    """Nothing but what is named, and never changed: what goes into agents, and what comes out of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


I = TypeVar("I", bound=BaseModel)  # noqa: E741 - what goes in
O = TypeVar("O", bound=BaseModel)  # noqa: E741 - what comes out


@dataclass(frozen=True, slots=True)
class InSteps:
    """How a workflow's step asks an agent: by `name`. `facts`: what conditions know of its answer, each in French.

    `writes`: its answer is the text of a message. `reads`: it is asked about what the contact wrote.
    """

    name: str
    facts: Mapping[str, str]
    writes: bool = False
    reads: bool = False


class Agent(ABC, Generic[I, O]):
    """A typed function that a model may answer."""

    name: ClassVar[str]
    label: ClassVar[str]  # French, for people
    input_type: ClassVar[type[BaseModel]]
    output_type: ClassVar[type[BaseModel]]
    max_tokens: ClassVar[int] = 1_000  # of the answer
    is_cached: ClassVar[bool] = True  # False: each answer is written anew (what people read)
    in_steps: ClassVar[InSteps | None] = None  # None: no step of a workflow asks it

    @abstractmethod
    def rules(self, given: I) -> O:
        """Answer without a model. Never raises for an input that is valid."""

    def guard(self, given: I, output: O) -> tuple[O, list[str]]:
        """Return the answer as it may be used, and in French what was changed in it. Holds for rules and models alike.

        Whatever a model wrote, what comes out here may be acted upon.
        """
        return output, []

    def variables(self, given: I) -> Mapping[str, Any]:
        """Return the variables of the prompt; what contacts wrote is among them as data."""
        return given.model_dump(mode="json")


@cache
def agents() -> Mapping[str, Agent[Any, Any]]:
    """Return all agents by name."""
    found = discover("agents.library", Agent)
    return {name: kind() for name, kind in found.items()}


@cache
def asked_by_steps() -> Mapping[str, Agent[Any, Any]]:
    """Return the agents that a workflow's step may ask, by how it names them. Raises ValueError for a name of two."""
    found: dict[str, Agent[Any, Any]] = {}
    for agent in agents().values():
        if agent.in_steps is None:
            continue
        if agent.in_steps.name in found:
            raise ValueError(f"two agents are named {agent.in_steps.name!r} in steps")
        found[agent.in_steps.name] = agent
    return found
