"""`split`: send contacts different ways, by weight, always the same way for one contact."""

import hashlib
import math
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
    icon: ClassVar[str] = "call_split"

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
        drawn = ", ".join(
            f"« {way.name} » {draw(seed_of(state, self.id, way.name), way.weight):.4f} (poids {way.weight})"
            for way in self.split if way.weight
        )  # fmt: skip
        yield f"tirage : {drawn} ; le plus petit l'emporte, toujours le même pour ce contact"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        ways = tuple((way.name, way.weight, self.entry(way.name, then)) for way in self.split)
        return SplitInstruction(self.id, ways)


@dataclass(frozen=True, slots=True)
class SplitInstruction:
    """Which way is drawn from the contact's id: the same at each visit, another in each workflow.

    Each way draws a number of its own and the smallest for its weight is taken (weighted rendezvous hashing). So
    when one way's weight changes, contacts only move to that way or away from it, never between two others.
    """

    id: str
    ways: tuple[tuple[str, int, str], ...]  # name, weight, where it begins
    kind: ClassVar[str] = "split"

    def move(self, state: State, now: datetime) -> Move:
        ways = [(way, draw(seed_of(state, self.id, way[0]), way[1])) for way in self.ways if way[1]]
        (name, _, first), _drawn = min(ways, key=lambda way: way[1])
        return Go(first, detail=name)


def seed_of(state: State, step: str, way: str) -> str:
    """Return what an execution draws from for a way of a step."""
    return f"{state.workflow_id}/{step}/{state.contact_id}/{way}"


def draw(seed: str, weight: int) -> float:
    """Return the number that a seed draws: always the same, from an exponential distribution of mean 1 / `weight`."""
    return -math.log((int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) + 1) / 2**64) / weight
