"""`at`: rest until an offset from the start of the execution."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from workflows.program import Go, Instruction, Move, Rest, State
from workflows.steps.base import DURATION, Defaults, Duration, Step
from workflows.words import words

Offset = Annotated[
    Duration,
    BeforeValidator(lambda value: value.removeprefix("+") if isinstance(value, str) else value),
    WithJsonSchema(DURATION | {"pattern": "^[+]?([0-9]{1,9}[smhdw])+$", "examples": ["24h", "+24h"]}),
]


class At(Step):
    """Rest until so long after the start; go on at once if that is past. `24h` and `+24h` are the same."""

    kind: ClassVar[str] = "at"
    label: ClassVar[str] = "Attendre jusqu'à"
    icon: ClassVar[str] = "event"

    at: Offset = Field(description="How long after the start.")

    def said(self) -> str:
        return f"Attendre {words(self.at)} après le début"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return AtInstruction(self.id, self.at, then)


@dataclass(frozen=True, slots=True)
class AtInstruction:
    """Rest until the offset is reached."""

    id: str
    offset: timedelta
    then: str
    kind: ClassVar[str] = "at"

    def move(self, state: State, now: datetime) -> Move:
        until = state.started_at + self.offset
        return Go(self.then) if now >= until else Rest(until)
