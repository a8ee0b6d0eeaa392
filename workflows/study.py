"""Study: what some workflows of some sites achieved over a span, in all and by sector, workflow, message and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Site
from communications.reach import Counts, Reach, grouped, reach, sums_between
from communications.spans import Span
from workflows.analytics import Figures
from workflows.counters import Tally, tally
from workflows.deploy import sectors
from workflows.models import Workflow
from workflows.programs import definition_of
from workflows.targets import Measure, measures


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: all that runs on the sites, one sector of it, or one workflow."""

    sites: Sequence[int]
    sector: str = ""
    workflow: Workflow | None = None

    @property
    def targets(self) -> Mapping[str, Any]:
        """What is aimed at: the sector's targets; of a workflow, its own conversion in place of the sector's."""
        slug = self.workflow.sector if self.workflow else self.sector
        found = dict(sectors()[slug].targets) if slug in sectors() else {}
        if self.workflow:
            found["conversion"] = goal_of(self.workflow)
        return found


@dataclass(frozen=True, slots=True)
class OfWorkflow:
    """One workflow's figures."""

    workflow: Workflow
    figures: Figures
    reach: Reach
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """The figures of a subject over a span."""

    subject: Subject
    span: Span
    counted: Tally
    figures: Figures
    messages: Sequence[Counts]
    reach: Reach
    measures: tuple[Measure, ...]


def goal_of(workflow: Workflow) -> float | None:
    """Return which part of a workflow's executions is to reach its goal; None when its definition does not say."""
    goal = definition_of(workflow.version_id).goal if workflow.version_id else None
    return goal.target if goal else None


def study(subject: Subject, span: Span) -> Study:
    """Read the counters of a subject."""
    sites, only, rest = list(subject.sites), None, list[int]()
    if subject.workflow:
        sites, only = [subject.workflow.site_id], [subject.workflow.pk]
    elif subject.sector:
        only = list(Workflow.objects.filter(site_id__in=sites, sector=subject.sector).values_list("pk", flat=True))
        rest = list(Site.objects.filter(pk__in=sites, sector=subject.sector).values_list("pk", flat=True))
    counted = tally(sites, span, only=only, rest=rest)
    wanted = None if only is None else set(only)
    messages = [c for c in sums_between(sites, span) if wanted is None or c.workflow_id in wanted]
    total, reached = counted.total, reach(messages)
    return Study(
        subject, span, counted, total, messages, reached, measures(total.sums, reached.sums, subject.targets)
    )  # fmt: skip


def of_workflows(found: Study) -> list[OfWorkflow]:
    """Return the workflows of a study, those with most executions first; deleted ones are left out."""
    ids = [workflow for _site, workflow in found.counted.of_workflows if workflow]
    workflows = Workflow.objects.filter(pk__in=ids, site_id__in=found.subject.sites).select_related("site")
    by_id = {workflow.pk: workflow for workflow in workflows}
    reached = grouped(found.messages, lambda c: c.workflow_id)
    lines = [
        OfWorkflow(w, figures, r := reached.get(w.pk, Reach({})), measures(figures.sums, r.sums, {}))
        for (_site, pk), figures in found.counted.of_workflows.items()
        if (w := by_id.get(pk)) is not None
    ]
    return sorted(lines, key=lambda one: (-one.figures["started"], one.workflow.name, one.workflow.pk))
