"""`until`: rest until a time of the week, in the contact's zone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer, WithJsonSchema

from workflows.program import Go, Instruction, Move, Rest, State
from workflows.steps.base import Defaults, Step
from workflows.windows import FORM, Window, parse_window


def _window(value: Any) -> Window:
    if isinstance(value, Window):
        return value
    if not isinstance(value, str):
        raise ValueError("a time of the week is text such as 'next weekday 9:00' or 'weekday 9:00-18:00'")
    return parse_window(value)


WRITTEN = {"type": "string", "title": "time of the week", "pattern": f"^\\s*(?:{FORM.pattern})\\s*$"}
LocalTime = Annotated[
    InstanceOf[Window], BeforeValidator(_window), PlainSerializer(lambda window: window.source), WithJsonSchema(WRITTEN)
]


class Until(Step):
    """Rest until the next such time after this step is reached; within a span, go on at once."""

    kind: ClassVar[str] = "until"
    label: ClassVar[str] = "Attendre un moment"
    icon: ClassVar[str] = "schedule"

    until: LocalTime = Field(description="`9:00`, `next weekday 9:00`, `monday 14:30`, `weekday 9:00-18:00`.")

    def said(self) -> str:
        return f"Attendre {self.until.said()}"

    def reads(self) -> frozenset[str]:
        return super().reads() | {"zone"}

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return UntilInstruction(self.id, self.until, then)


@dataclass(frozen=True, slots=True)
class UntilInstruction:
    """A single time is the first after the step was reached; a span has to be open at the moment of going on."""

    id: str
    window: Window
    then: str
    kind: ClassVar[str] = "until"

    def move(self, state: State, now: datetime) -> Move:
        since = state.entered_at if self.window.closes is None else now
        until = self.window.next(since, state.zone)
        return Go(self.then) if now >= until else Rest(until)
