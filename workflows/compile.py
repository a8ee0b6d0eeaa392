"""From the tree that people write to the flat program that runs. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from workflows.conditions import Condition
from workflows.definition import Definition
from workflows.program import (
    EXIT,
    GOAL,
    OPT_OUT,
    End,
    Go,
    Instruction,
    Move,
    Outcome,
    Program,
    Rest,
    Signal,
    State,
)
from workflows.steps.base import Defaults, Step

# Ids of people's steps begin with a letter, so this one is free.
LAST = "_fin"


@dataclass(frozen=True, slots=True)
class Finish:
    """After the last step: rest until the goal's window closes, so that a late success counts."""

    window: timedelta
    id: str = LAST
    kind: ClassVar[str] = "fin"

    def move(self, state: State, now: datetime) -> Move:
        until = state.started_at + self.window
        return End(Outcome.COMPLETED) if now >= until else Rest(until)


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """A step that is passed over unless its condition holds."""

    step: Instruction
    condition: Condition
    then: str

    @property
    def id(self) -> str:
        """The step's own id."""
        return self.step.id

    @property
    def kind(self) -> str:
        """The step's own kind."""
        return self.step.kind

    def move(self, state: State, now: datetime) -> Move:
        if self.condition.holds(state.facts(now)):
            return self.step.move(state, now)
        return Go(self.then, detail="ignoree")


def compile_definition(definition: Definition, sector: str) -> Program:
    """Compile a definition; `sector` is where its templates are looked for."""
    defaults = definition.defaults(sector)
    window = definition.goal.within if definition.goal else timedelta(0)
    instructions: dict[str, Instruction] = {LAST: Finish(window)}
    followers: dict[str, str] = {}
    _add(instructions, followers, definition.steps, LAST, defaults)
    return Program(
        first=definition.steps[0].id,
        instructions=instructions,
        signals=_signals(definition),
        reads=frozenset(name for step in definition.all_steps() for name in step.reads()),
        entry=definition.entry.rules(),
        followers=followers,
        splits=frozenset(step.id for step in definition.all_steps() if step.kind == "split"),
    )


def _add(
    into: dict[str, Instruction], followers: dict[str, str], steps: Sequence[Step], then: str, defaults: Defaults
) -> None:
    afters = [step.id for step in steps[1:]] + [then]
    for step, after in zip(steps, afters, strict=False):  # no steps, no followers
        first, *others = step.instructions(after, defaults)
        into[step.id] = OnlyIf(first, step.only_if, after) if step.only_if else first
        followers[step.id] = after
        for instruction in others:
            into[instruction.id], followers[instruction.id] = instruction, after
        for inner in step.parts().values():
            _add(into, followers, inner, after, defaults)


def _signals(definition: Definition) -> dict[str, tuple[Signal, ...]]:
    by_event: defaultdict[str, list[Signal]] = defaultdict(list)
    for event, signal in _listened(definition):
        by_event[event].append(signal)
    return {event: tuple(signals) for event, signals in by_event.items()}


def _listened(definition: Definition) -> Iterable[tuple[str, Signal]]:
    if goal := definition.goal:
        yield goal.event, Signal(GOAL, goal.where, goal.within)
    for event in dict.fromkeys((OPT_OUT, *definition.exits)):
        yield event, Signal(EXIT + event)
    for step in definition.all_steps():
        yield from step.signals()
