"""`if`: one way or the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from workflows.conditions import Condition
from workflows.program import Go, Instruction, Move, State
from workflows.steps.base import Defaults, Step, Steps, When


class If(Step):
    """Go one way if a condition holds, the other if not; both meet again after this step."""

    kind: ClassVar[str] = "if"
    label: ClassVar[str] = "Si"
    icon: ClassVar[str] = "alt_route"
    branches: ClassVar[Mapping[str, str]] = {"then": "si oui", "else": "sinon"}
    details: ClassVar[Mapping[str, str]] = {"oui": "oui", "non": "non"}

    condition: When = Field(alias="if", description="Decided at the moment the step is reached.")
    then: Steps = Field(description="Steps if it holds.")
    otherwise: Steps = Field(default=(), alias="else", description="Steps if not.")

    def said(self) -> str:
        return f"Si {self.condition.source}"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return IfInstruction(self.id, self.condition, self.entry("then", then), self.entry("else", then))

    def conditions(self) -> Iterable[Condition]:
        return (*super().conditions(), self.condition)


@dataclass(frozen=True, slots=True)
class IfInstruction:
    """Decide at the moment the step is reached."""

    id: str
    condition: Condition
    then: str
    otherwise: str
    kind: ClassVar[str] = "if"

    def move(self, state: State, now: datetime) -> Move:
        if self.condition.holds(state.facts(now)):
            return Go(self.then, detail="oui")
        return Go(self.otherwise, detail="non")
