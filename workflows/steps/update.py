"""`update`: tag the contact, set fields of it, or move its lead through the pipeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from crm.pipeline import LABELS, ORDER, refusal
from workflows.program import Effect, Go, Instruction, Move, Run, State, Writer
from workflows.steps.base import Defaults, Step

Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60, title="tag")]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60, title="name")]
Stage = Literal["lead", "qualified", "demo", "proposal", "won", "lost"]
DEPTH = "enchainement"  # in the event that began this: how many workflows led to it (steps/start.py)
Value = Annotated[str, Field(max_length=500)] | bool | int | FiniteFloat | None


class Changes(BaseModel):
    """Tags to add, fields to set, and a stage to move the lead to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: tuple[Tag, ...] = Field(default=(), description="Tags to add.")
    fields: dict[FieldName, Value] = Field(default_factory=dict, description="Fields to set, and their values.")

    stage: Stage | None = Field(default=None, description="The stage of the pipeline to move its lead to.")

    @model_validator(mode="after")
    def _something(self) -> "Changes":
        if not self.tags and not self.fields and not self.stage:
            raise ValueError("nothing to update: give tags, fields or a stage")
        return self


class Update(Step):
    """Add tags to the contact, set its fields, and move its lead to a stage."""

    kind: ClassVar[str] = "update"
    label: ClassVar[str] = "Mettre à jour le contact"
    icon: ClassVar[str] = "edit_note"

    update: Changes = Field(description="What is changed: tags, fields, the stage.")

    def reads(self) -> frozenset[str]:
        return super().reads() | ({"contact", "event"} if self.update.stage else {"contact"})

    def said(self) -> str:
        return f"Mettre à jour le contact : {_words(self.update.tags, self.update.fields.items(), self.update.stage)}"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        change = UpdateContact(self.update.tags, tuple(sorted(self.update.fields.items())), self.update.stage or "")
        return UpdateInstruction(self.id, change, then)


def _words(tags: Iterable[str], fields: Iterable[tuple[str, Any]], stage: str | None) -> str:
    words = [*(f"étiquette {tag}" for tag in tags), *(f"{name} = {value}" for name, value in fields)]
    return ", ".join([*words, *([f"lead à l'étape « {LABELS[stage]} »"] if stage else [])])


@dataclass(frozen=True, slots=True)
class UpdateContact(Effect):
    """Add tags to the contact, set fields of it, move its lead."""

    tags: tuple[str, ...]
    fields: tuple[tuple[str, Any], ...]
    stage: str = ""
    depth: int = 0

    def write(self, out: Writer, run: Run) -> None:
        if self.tags or self.fields:
            out.update_contact(run, self.tags, self.fields)
        if self.stage:
            out.move_lead(run, self.stage, self.depth)

    def said(self) -> str:
        return f"Contact mis à jour : {_words(self.tags, self.fields, self.stage)}"


@dataclass(frozen=True, slots=True)
class UpdateInstruction:
    """Later steps of the same turn already see the change."""

    id: str
    change: UpdateContact
    then: str
    kind: ClassVar[str] = "update"

    def move(self, state: State, now: datetime) -> Move:
        tags = list(dict.fromkeys([*state.contact.get("etiquettes", ()), *self.change.tags]))
        fields = {**state.contact.get("champs", {}), **dict(self.change.fields)}
        contact = {**state.contact, "etiquettes": tags, "champs": fields}
        if not self.change.stage:
            return Go(self.then, (self.change,), contact=contact)
        contact["lead"] = _moved(state.contact.get("lead", {}), self.change.stage)
        return Go(self.then, (replace(self.change, depth=_depth(state.event)),), contact=contact)


def _moved(lead: Mapping[str, Any], stage: str) -> dict[str, Any]:
    """Return what is known of a lead after a move that the pipeline allows; where there is none, one is made."""
    known = {"qualite": "", "score": -1, "statut": "nouveau", **lead} if not lead.get("etape") else dict(lead)
    at = lead.get("etape") or ORDER[0]
    return {**known, "etape": at if refusal(at, stage, is_person=False) else stage}


def _depth(event: Mapping[str, Any]) -> int:
    depth = event.get(DEPTH, 0)
    return max(depth, 0) if isinstance(depth, int) else 0
