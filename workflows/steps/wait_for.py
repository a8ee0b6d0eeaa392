"""`wait_for`: rest until the contact does something, or a deadline passes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from workflows.program import IN_VAIN, Go, Instruction, Move, Rest, Signal, State
from workflows.steps.base import Defaults, Duration, EventName, Step, Steps, Where
from workflows.words import words


class Awaited(BaseModel):
    """Which event (or the first of several), under what condition on its data, and for how long to wait.

    `unless` names an event after which there is nothing left to wait for: the step goes on with `else` at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: EventName | Annotated[tuple[EventName, ...], Field(min_length=1)] = Field(
        description="Its name, or a list of names: the first of them that comes."
    )
    where: Where | None = Field(default=None, description="What its data has to be like; others are not it.")
    timeout: Duration = Field(description="How long to wait from the moment the step is reached.")
    unless: EventName | None = Field(default=None, description="An event after which there is nothing to wait for.")

    @property
    def events(self) -> tuple[str, ...]:
        """The names of the events, also of a single one."""
        return (self.event,) if isinstance(self.event, str) else self.event


class WaitFor(Step):
    """Rest until an event: then `then`; when the time-out or the event of `unless` comes first: `else`."""

    kind: ClassVar[str] = "wait_for"
    label: ClassVar[str] = "Attendre un événement"
    icon: ClassVar[str] = "hearing"
    branches: ClassVar[Mapping[str, str]] = {"then": "s'il arrive", "else": "sinon, le délai passé"}
    details: ClassVar[Mapping[str, str]] = {
        "recu": "événement reçu", "delai_passe": "délai passé", "sans_objet": "sans objet",
    }  # fmt: skip

    wait_for: Awaited = Field(description="What is awaited, and for how long.")
    then: Steps = Field(description="Steps once it has come.")
    otherwise: Steps = Field(default=(), alias="else", description="Steps if it does not come in time.")

    def said(self) -> str:
        names = " ou ".join(f"« {name} »" for name in self.wait_for.events)
        where = f" ({self.wait_for.where.source})" if self.wait_for.where else ""
        return f"Attendre {names}{where}, {words(self.wait_for.timeout)} au plus"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return WaitForInstruction(self.id, self.wait_for.timeout, self.entry("then", then), self.entry("else", then))

    def signals(self) -> Iterable[tuple[str, Signal]]:
        for event in self.wait_for.events:
            yield event, Signal(self.id, self.wait_for.where)
        if unless := self.wait_for.unless:
            # The step's own id wakes an execution that rests here; the second signal says why.
            yield unless, Signal(self.id)
            yield unless, Signal(self.id + IN_VAIN)


@dataclass(frozen=True, slots=True)
class WaitForInstruction:
    """The signal that an awaited event leaves bears the step's id."""

    id: str
    timeout: timedelta
    then: str
    otherwise: str
    kind: ClassVar[str] = "wait_for"

    def move(self, state: State, now: datetime) -> Move:
        if self.id + IN_VAIN in state.seen:
            return Go(self.otherwise, detail="sans_objet")
        # An event that came before this step counts: there is no race to lose.
        if self.id in state.seen:
            return Go(self.then, detail="recu")
        deadline = state.entered_at + self.timeout
        return Go(self.otherwise, detail="delai_passe") if now >= deadline else Rest(deadline)
