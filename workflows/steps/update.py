"""`update`: tag the contact or set fields of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workflows.program import Go, Instruction, Move, State, UpdateContact
from workflows.steps.base import Defaults, Step

Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Value = Annotated[str, Field(max_length=500)] | bool | int | float | None


class Changes(BaseModel):
    """Tags to add, and fields to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: tuple[Tag, ...] = ()
    fields: dict[FieldName, Value] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something(self) -> "Changes":
        if not self.tags and not self.fields:
            raise ValueError("nothing to update: give tags or fields")
        return self


class Update(Step):
    """Add tags to the contact and set its fields."""

    kind: ClassVar[str] = "update"
    label: ClassVar[str] = "Mettre à jour le contact"

    update: Changes

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        change = UpdateContact(self.update.tags, tuple(sorted(self.update.fields.items())))
        return UpdateInstruction(self.id, change, then)


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
