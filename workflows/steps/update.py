"""`update`: tag the contact or set fields of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from workflows.program import Effect, Go, Instruction, Move, Run, State, Writer
from workflows.steps.base import Defaults, Step

Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60, title="tag")]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60, title="name")]
Value = Annotated[str, Field(max_length=500)] | bool | int | FiniteFloat | None


class Changes(BaseModel):
    """Tags to add, and fields to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: tuple[Tag, ...] = Field(default=(), description="Tags to add.")
    fields: dict[FieldName, Value] = Field(default_factory=dict, description="Fields to set, and their values.")

    @model_validator(mode="after")
    def _something(self) -> "Changes":
        if not self.tags and not self.fields:
            raise ValueError("nothing to update: give tags or fields")
        return self


class Update(Step):
    """Add tags to the contact and set its fields."""

    kind: ClassVar[str] = "update"
    label: ClassVar[str] = "Mettre à jour le contact"

    update: Changes = Field(description="What is changed: tags, fields or both.")

    def reads(self) -> frozenset[str]:
        return super().reads() | {"contact"}

    def said(self) -> str:
        return f"Mettre à jour le contact : {_words(self.update.tags, self.update.fields.items())}"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        change = UpdateContact(self.update.tags, tuple(sorted(self.update.fields.items())))
        return UpdateInstruction(self.id, change, then)


def _words(tags: Iterable[str], fields: Iterable[tuple[str, Any]]) -> str:
    return ", ".join([*(f"étiquette {tag}" for tag in tags), *(f"{name} = {value}" for name, value in fields)])


@dataclass(frozen=True, slots=True)
class UpdateContact(Effect):
    """Add tags to the contact and set fields of it."""

    tags: tuple[str, ...]
    fields: tuple[tuple[str, Any], ...]

    def write(self, out: Writer, run: Run) -> None:
        out.update_contact(run, self.tags, self.fields)

    def said(self) -> str:
        return f"Contact mis à jour : {_words(self.tags, self.fields)}"


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
        return Go(self.then, (self.change,), contact=contact)
