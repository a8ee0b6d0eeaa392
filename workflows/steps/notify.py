"""`notify`: alert the operators."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from workflows.program import Effect, Go, Instruction, Move, Run, State, Writer
from workflows.spoken import text_in_words
from workflows.steps.base import Defaults, Need, Step


class Notify(Step):
    """Alert the operators with a short text, which may use the variables of a message."""

    kind: ClassVar[str] = "notify"
    label: ClassVar[str] = "Prévenir l'équipe"
    icon: ClassVar[str] = "campaign"

    notify: str = Field(min_length=1, max_length=500, description="What they read.")
    severity: Literal["info", "warning", "error"] = Field(default="info", description="How urgent it is.")

    def said(self) -> str:
        return f"Prévenir l'équipe : {text_in_words(self.notify)}"

    def needs(self, sector: str) -> Iterable[Need]:
        yield Need("text", "notify", self.notify)

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return NotifyInstruction(self.id, self.notify, self.severity, then)


@dataclass(frozen=True, slots=True)
class NotifyOperators(Effect):
    """Alert the operators; the text may use {{ contact.nom }} and the like."""

    step: str
    text: str
    severity: str

    def write(self, out: Writer, run: Run) -> None:
        out.alert(run, f"step/{run.id}/{self.step}", self.severity, self.text)

    def said(self) -> str:
        return f"Alerte à l'équipe : {self.text}"


@dataclass(frozen=True, slots=True)
class NotifyInstruction:
    """The alert is written in the transaction that passes the step."""

    id: str
    text: str
    severity: str
    then: str
    kind: ClassVar[str] = "notify"

    def move(self, state: State, now: datetime) -> Move:
        return Go(self.then, (NotifyOperators(self.id, self.text, self.severity),))
