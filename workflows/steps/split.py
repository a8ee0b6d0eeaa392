"""`split`: send contacts different ways, by weight, always the same way for one contact."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from workflows.program import Go, Instruction, Move, State
from workflows.steps.base import Defaults, Step, StepId, Steps


class Way(BaseModel):
    """One of the ways: its name, its weight among the others, its steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: StepId = Field(description="What reports call it.")
    weight: int = Field(default=1, ge=0, le=10_000, description="Its share among the weights of all ways.")
    steps: Steps = Field(description="Its steps; none: straight on.")


class Split(Step):
    """Go one of several ways; all meet again after this step. What each way achieves is counted."""

    kind: ClassVar[str] = "split"
    label: ClassVar[str] = "Répartir"

    split: tuple[Way, ...] = Field(min_length=2, max_length=10, description="The ways.")

    @field_validator("split")
    @classmethod
    def _told_apart(cls, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        if len({way.name for way in ways}) < len(ways):
            raise ValueError("two ways have the same name")
        if not sum(way.weight for way in ways):
            raise ValueError("one way at least needs a weight")
        return ways

    @classmethod
    def read(cls, fields: Mapping[str, Any], steps: Callable[[object, str], tuple[Step, ...]]) -> dict[str, Any]:
        ways = fields.get("split")
        if not isinstance(ways, list | tuple):
            return dict(fields)
        read = [
            {**way, "steps": steps(way["steps"], f"split[{n}].steps")}
            if isinstance(way, Mapping) and "steps" in way
            else way
            for n, way in enumerate(ways)
        ]
        return {**fields, "split": read}

    def dump(self, steps: Callable[[Sequence[Step]], list[Any]]) -> dict[str, Any]:
        fields: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True, exclude={"split"})
        ways = [
            {"name": way.name, "weight": way.weight} | ({"steps": steps(way.steps)} if way.steps else {})
            for way in self.split
        ]
        return fields | {"split": ways}

    def parts(self) -> Mapping[str, Sequence[Step]]:
        return {way.name: way.steps for way in self.split}

    def titles(self) -> Mapping[str, str]:
        total = sum(way.weight for way in self.split)
        return {way.name: f"« {way.name} », {round(100 * way.weight / total)} %" for way in self.split}

    def said(self) -> str:
        return "Répartir les contacts : " + ", ".join(self.titles().values())

    def because(self, state: State, now: datetime) -> Iterator[str]:
        yield from super().because(state, now)
        total = sum(way.weight for way in self.split)
        drawn = draw(seed_of(state, self.id), total)
        shares = ", ".join(f"« {way.name} » {way.weight}" for way in self.split)
        yield f"tirage {drawn + 1} sur {total}, toujours le même pour ce contact (parts : {shares})"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        ways = tuple((way.name, way.weight, self.entry(way.name, then)) for way in self.split)
        return SplitInstruction(self.id, ways)


@dataclass(frozen=True, slots=True)
class SplitInstruction:
    """Which way is drawn from the contact's id: the same at each visit, in another order in each workflow."""

    id: str
    ways: tuple[tuple[str, int, str], ...]  # name, weight, where it begins
    kind: ClassVar[str] = "split"

    def move(self, state: State, now: datetime) -> Move:
        drawn = draw(seed_of(state, self.id), sum(weight for _, weight, _ in self.ways))
        for name, weight, first in self.ways:
            if drawn < weight:
                return Go(first, detail=name)
            drawn -= weight
        raise AssertionError(self.ways)


def seed_of(state: State, step: str) -> str:
    """Return what the way of an execution at a step is drawn from."""
    return f"{state.workflow_id}/{step}/{state.contact_id}"


def draw(seed: str, total: int) -> int:
    """Return a number from 0 to `total` - 1: always the same for a seed, even over many seeds."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % total
