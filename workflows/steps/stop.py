"""`stop`: end the execution here."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from workflows.program import End, Instruction, Move, Outcome, State
from workflows.steps.base import Defaults, Step


class Stop(Step):
    """End the execution as stopped, with a reason. What is already in the outbox still goes out."""

    kind: ClassVar[str] = "stop"
    label: ClassVar[str] = "Arrêter"
    icon: ClassVar[str] = "stop_circle"

    stop: str = Field(min_length=1, max_length=200, description="The reason, as operators will read it.")

    def said(self) -> str:
        return f"Arrêter : {self.stop}"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return StopInstruction(self.id, self.stop)


@dataclass(frozen=True, slots=True)
class StopInstruction:
    """Nothing follows."""

    id: str
    reason: str
    kind: ClassVar[str] = "stop"

    def move(self, state: State, now: datetime) -> Move:
        return End(Outcome.STOPPED, self.reason)
