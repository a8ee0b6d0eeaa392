"""`start`: begin another workflow of the site for the same contact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from workflows.program import Effect, Go, Instruction, Move, Run, State, Writer
from workflows.steps.base import Defaults, Need, Step

STARTED = "workflow_demarre"  # the event that begins it
DEPTH = "enchainement"  # its field that counts how many workflows began one another
DEEPEST = 10


class Start(Step):
    """Begin another workflow, with this execution's event data, and go on at once.

    Its entry rules hold. Workflows that begin one another end after ten.
    """

    kind: ClassVar[str] = "start"
    label: ClassVar[str] = "Démarrer un workflow"
    icon: ClassVar[str] = "rocket_launch"
    details: ClassVar[Mapping[str, str]] = {"trop_profond": "trop de workflows se démarrent l'un l'autre"}

    start: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80, description="The slug of the workflow.")

    def said(self) -> str:
        return f"Démarrer le workflow « {self.start} »"

    def reads(self) -> frozenset[str]:
        return super().reads() | {"event"}

    def needs(self, sector: str) -> Iterable[Need]:
        yield Need("workflow", "start", self.start)

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return StartInstruction(self.id, self.start, then)


@dataclass(frozen=True, slots=True)
class StartWorkflow(Effect):
    """Report the event that begins another workflow."""

    workflow: str
    data: tuple[tuple[str, Any], ...]

    def write(self, out: Writer, run: Run) -> None:
        out.emit(run, STARTED, dict(self.data), self.workflow)
        out.wake("engine")

    def said(self) -> str:
        return f"Démarrer le workflow « {self.workflow} »"


@dataclass(frozen=True, slots=True)
class StartInstruction:
    """The chain is counted in the event's data."""

    id: str
    workflow: str
    then: str
    kind: ClassVar[str] = "start"

    def move(self, state: State, now: datetime) -> Move:
        depth = state.event.get(DEPTH, 0)
        # A site may report an event with such a field: it cannot buy itself a longer chain.
        depth = max(depth, 0) if isinstance(depth, int) else 0
        if depth >= DEEPEST:
            return Go(self.then, detail="trop_profond")
        data = {**state.event, DEPTH: depth + 1}
        return Go(self.then, (StartWorkflow(self.workflow, tuple(data.items())),))
