"""What a step needs of an agent besides its answer: what it is told, how the answer is called, what it brings about.

One file of this folder for each agent that has `in_steps`. To make a new agent usable in workflows, write one.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel

from berinia.plugins import discover


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent is asked for one run. `source`: where it comes from, for `apply`.

    Without `given` nobody is asked: `answer` is what would have come of it, and `why` says so in French.
    """

    given: BaseModel | None
    source: Any = None
    answer: BaseModel | None = None
    why: str = ""
    decided_by: str = "rules"


class Asking(ABC):
    """What belongs to one agent. `rows` are claimed runs (agents/steps.py), all of this agent."""

    agent: ClassVar[str]  # its name in the library

    @abstractmethod
    def questions(self, rows: Sequence[Any], now: datetime) -> Mapping[int, Question]:
        """Return what is asked, by run."""

    @abstractmethod
    def facts(self, output: Any) -> Mapping[str, Any]:
        """Return what conditions know of an answer: the names of the agent's `in_steps.facts`."""

    def apply(self, row: Any, question: Question, output: Any, decided_by: str, now: datetime) -> None:  # noqa: B027 - may do nothing
        """Do what the answer brings about, in the transaction that settles it. Once more changes nothing more."""

    def failed(self, row: Any, now: datetime) -> None:  # noqa: B027
        """Do what has to be done when there will be no answer."""


@cache
def askings() -> Mapping[str, Asking]:
    """Return all of them, by the name of their agent."""
    return {name: kind() for name, kind in discover("agents.asking", Asking, key="agent").items()}
