"""`wait`: rest for a duration."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from workflows.program import Go, Instruction, Move, Rest, State
from workflows.steps.base import Defaults, Duration, Step
from workflows.words import words


class Wait(Step):
    """Rest for a duration, counted from the moment this step is reached."""

    kind: ClassVar[str] = "wait"
    label: ClassVar[str] = "Attendre"
    icon: ClassVar[str] = "hourglass_top"

    wait: Duration = Field(description="How long.")

    def said(self) -> str:
        return f"Attendre {words(self.wait)}"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return WaitInstruction(self.id, self.wait, then)


@dataclass(frozen=True, slots=True)
class WaitInstruction:
    """Rest until the duration is over."""

    id: str
    duration: timedelta
    then: str
    kind: ClassVar[str] = "wait"

    def move(self, state: State, now: datetime) -> Move:
        until = state.entered_at + self.duration
        return Go(self.then) if now >= until else Rest(until)
