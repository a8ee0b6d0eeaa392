"""`wait_for`: rest until the contact does something, or a deadline passes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from workflows.program import Go, Instruction, Move, Rest, Signal, State
from workflows.steps.base import Defaults, Duration, EventName, Step, Steps, Where


class Awaited(BaseModel):
    """Which event, under what condition on its data, and for how long to wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: EventName
    where: Where | None = None
    timeout: Duration


class WaitFor(Step):
    """Rest until an event: then `then`; when the time-out passes first: `else`."""

    kind: ClassVar[str] = "wait_for"
    label: ClassVar[str] = "Attendre un événement"
    branches: ClassVar[tuple[str, ...]] = ("then", "else")

    wait_for: Awaited
    then: Steps
    otherwise: Steps = Field(default=(), alias="else")

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return WaitForInstruction(
            self.id, self.wait_for.timeout, self.entry("then", then), self.entry("else", then)
        )

    def signals(self) -> Iterable[tuple[str, Signal]]:
        yield self.wait_for.event, Signal(self.id, self.wait_for.where)


@dataclass(frozen=True, slots=True)
class WaitForInstruction:
    """The signal that an awaited event leaves bears the step's id."""

    id: str
    timeout: timedelta
    then: str
    otherwise: str
    kind: ClassVar[str] = "wait_for"

    def move(self, state: State, now: datetime) -> Move:
        # An event that came before this step counts: there is no race to lose.
        if self.id in state.seen:
            return Go(self.then, detail="recu")
        deadline = state.entered_at + self.timeout
        return Go(self.otherwise, detail="delai_passe") if now >= deadline else Rest(deadline)
