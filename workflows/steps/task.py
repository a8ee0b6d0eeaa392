"""`task`: give a person something to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from workflows.program import Effect, Go, Instruction, Move, Run, State, Writer
from workflows.steps.base import Defaults, Duration, Need, Step
from workflows.words import words


class CreateTaskStep(Step):
    """Put something on the team's list, which may use the variables of a message; then go on at once.

    Doing it is the event `tache_terminee`, which a `wait_for` may await.
    """

    kind: ClassVar[str] = "task"
    label: ClassVar[str] = "Confier une tâche"
    icon: ClassVar[str] = "task_alt"

    task: str = Field(min_length=1, max_length=300, description="What is to be done.")
    due: Duration | None = Field(default=None, description="How soon, from the moment the step is reached.")

    def said(self) -> str:
        return f"Confier une tâche : {self.task}" + (f" (sous {words(self.due)})" if self.due else "")

    def needs(self, sector: str) -> Iterable[Need]:
        yield Need("text", "task", self.task)

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return TaskInstruction(self.id, self.task, self.due, then)


TASK = (
    "organization_id", "site_id", "contact_id", "execution_id", "step", "title", "due_at", "created_at", "done_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreateTask(Effect):
    """Put a task on the team's list."""

    step: str
    title: str
    due_at: datetime | None

    def write(self, out: Writer, run: Run) -> None:
        title = out.text(run, self.title)[:300]
        out.insert("taches", TASK, (
            run.organization_id, run.site_id, run.contact_id, run.id, self.step, title, self.due_at, out.stamp, "",
        ))  # fmt: skip

    def said(self) -> str:
        return f"Tâche pour l'équipe : {self.title}"


@dataclass(frozen=True, slots=True)
class TaskInstruction:
    """The task is due so long after the step is passed."""

    id: str
    title: str
    due: timedelta | None
    then: str
    kind: ClassVar[str] = "task"

    def move(self, state: State, now: datetime) -> Move:
        due_at = None if self.due is None else now + self.due
        return Go(self.then, (CreateTask(self.id, self.title, due_at),))
