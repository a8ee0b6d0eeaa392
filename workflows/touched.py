"""Touched: which of the people who are under way a new definition is about, before it is published. Reads counters."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.compile import compile_definition
from workflows.definition import Definition
from workflows.diff import Kind, differences
from workflows.migrate import obstacle
from workflows.models import Workflow
from workflows.program import Program
from workflows.programs import definition_of, program_of
from workflows.standing import people_at, standing_of


@dataclass(frozen=True, slots=True)
class TouchedStep:
    """A step that changes while people stand at it. `number`: its place in the published definition, from 1."""

    number: int
    step: str
    kind: Kind
    people: int


@dataclass(frozen=True, slots=True)
class Touched:
    """What a new definition would mean for those who are under way: `movable` can go over to it, `stuck` cannot."""

    running: int
    steps: tuple[TouchedStep, ...]
    movable: int
    stuck: Mapping[str, int]  # by reason, in French

    @property
    def stuck_count(self) -> int:
        """How many cannot go over."""
        return sum(self.stuck.values())


def touched(workflow: Workflow, new: Definition) -> Touched:
    """Return whom a definition that is not published yet touches. Raises DefinitionError for an unreadable version."""
    spots = [spot for spot in standing_of(workflow) if spot.is_active]
    program = compile_definition(new, workflow.sector)
    movable, stuck = 0, Counter[str]()
    for spot in spots:
        reason = obstacle(_program(spot.version_id), program, spot.at)
        if reason:
            stuck[reason] += spot.n
        else:
            movable += spot.n
    steps = _changed(definition_of(workflow.version_id), new, people_at(spots)) if workflow.version_id else ()
    return Touched(sum(spot.n for spot in spots), tuple(steps), movable, dict(stuck))


def _changed(old: Definition, new: Definition, people: Mapping[str, int]) -> Sequence[TouchedStep]:
    """Return the steps that change and have people, in the order of the published definition."""
    order = {step.id: n for n, step in enumerate(old.all_steps(), start=1)}
    kinds: dict[str, Kind] = {}
    for change in differences(old, new):
        if change.step and people.get(change.step):
            kinds.setdefault(change.step, change.kind)
    found = [TouchedStep(order.get(step, 0), step, kind, people[step]) for step, kind in kinds.items()]
    return sorted(found, key=lambda one: one.number)


def _program(version_id: int) -> Program | None:
    try:
        return program_of(version_id)
    except ValueError:  # a definition of an older release that is not one any more
        return None
