"""Funnel: how people went through the steps of a workflow in a period, and who stands where now.

Read from hourly counters (`metriques_etapes`) and from those of where executions stand: never from the executions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from berinia.rows import fetch
from crm.models.metric import hour_of
from workflows.compile import LAST
from workflows.models import ExecutionStatus, Workflow
from workflows.models.step_metric import PASSED
from workflows.program import OUTCOME, step_of
from workflows.programs import definition_of, program_of
from workflows.standing import Spot, people_at, standing_of
from workflows.steps.base import Step

SUMS = """
SELECT step, name, sum(value)::bigint AS n FROM metriques_etapes
WHERE site_id = %s AND workflow_id = %s AND hour >= %s AND hour < %s GROUP BY 1, 2
"""
LOST = (ExecutionStatus.STOPPED, ExecutionStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Way:
    """One branch of a step: its title in French, and its steps."""

    title: str
    stages: tuple["Stage", ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step and its people. `step` is `workflows.compile.LAST` behind the last: there they wait for the goal.

    `reached` were at the step at some time of the period: they passed it, ended there, or stand there now (`here`, of
    any version). `dropped` ended there without success; `converted` reached the goal while they stood there.
    `before` is how many reached the step before; None for the first. For the first of a branch it is the step that
    the branch is of.
    """

    step: str
    reached: int
    passed: int
    here: int
    dropped: int
    converted: int
    before: int | None = None
    ways: tuple[Way, ...] = ()

    @property
    def share(self) -> float | None:
        """Which part (0 to 1) of those who reached the step before reached this one; None where there were none."""
        return min(self.reached / self.before, 1.0) if self.before else None

    @property
    def dropped_share(self) -> float | None:
        """Which part of those who reached it ended there without success."""
        return self.dropped / self.reached if self.reached else None

    @property
    def converted_share(self) -> float | None:
        """Which part of those who reached it reached the goal while they stood there."""
        return self.converted / self.reached if self.reached else None

    def all(self) -> Iterator["Stage"]:
        """Yield this stage and all inside its branches, in reading order."""
        yield self
        for way in self.ways:
            for stage in way.stages:
                yield from stage.all()


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages in the order of the published definition, and who stands at steps that it does not have (any more)."""

    stages: tuple[Stage, ...]
    elsewhere: Mapping[str, int]
    entered: int  # reached the first step

    def all(self) -> Iterator[Stage]:
        """Yield each stage, also those in branches, in reading order."""
        for stage in self.stages:
            yield from stage.all()


def funnel(workflow: Workflow, since: datetime, until: datetime, spots: Sequence[Spot] | None = None) -> Funnel:
    """Return how people went through a workflow from the hour of `since` up to, not including, that of `until`.

    `spots`: where its executions stand, if the caller has read that already. Raises DefinitionError.
    """
    if workflow.version_id is None:
        return Funnel((), {}, 0)
    spots = standing_of(workflow) if spots is None else spots
    rows = fetch(SUMS, [workflow.site_id, workflow.pk, hour_of(since), hour_of(until)])
    instructions = program_of(workflow.version_id).instructions
    counts = _Counts({(row.step, row.name): row.n for row in rows}, spots, frozenset(instructions))
    stages = counts.arranged(definition_of(workflow.version_id).steps)
    last = counts.stage(LAST, stages[-1].reached)
    known = {stage.step for one in (*stages, last) for stage in one.all()}
    elsewhere = {step: n for step, n in people_at(spots).items() if step not in known}
    return Funnel((*stages, last), elsewhere, stages[0].reached)


class _Counts:
    """What was counted, by step."""

    def __init__(self, sums: Mapping[tuple[str, str], int], spots: Sequence[Spot], instructions: frozenset[str]):
        self.sums, self.instructions = sums, instructions
        self.here = people_at(spots)
        self.before_passing = Counter[str]()
        for spot in spots:
            if spot.is_active and not spot.has_passed:
                self.before_passing[spot.at] += spot.n
        self.ended: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (at, name), n in sums.items():
            if name != PASSED:
                self.ended[step_of(at)][name] += n

    def stage(self, step: str, before: int | None, ways: tuple[Way, ...] = ()) -> Stage:
        ended, passed = self.ended[step], self.sums.get((step, PASSED), 0)
        return Stage(
            step, passed + self.before_passing[step] + self._ended_before_passing(step), passed, self.here[step],
            sum(ended[status] for status in LOST), ended[ExecutionStatus.CONVERTED], before, ways,
        )  # fmt: skip

    def arranged(self, steps: Sequence[Step], before: int | None = None) -> tuple[Stage, ...]:
        found = []
        for step in steps:
            reached = self.stage(step.id, None).reached
            titles = step.titles()
            ways = tuple(
                Way(titles[name], self.arranged(inner, reached)) for name, inner in step.parts().items() if inner
            )
            found.append(self.stage(step.id, before, ways))
            before = reached
        return tuple(found)

    def _ended_before_passing(self, step: str) -> int:
        """Return who ended there and is not among those who passed it: what fails in its second half has passed."""
        statuses = [ExecutionStatus.COMPLETED, ExecutionStatus.CONVERTED, ExecutionStatus.STOPPED]
        if step + OUTCOME not in self.instructions:
            statuses.append(ExecutionStatus.FAILED)
        return sum(self.sums.get((step, status), 0) for status in statuses)
