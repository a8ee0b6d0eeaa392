"""A workflow drawn as a flow: what each step does, who is there now, who passed, who was lost, and what was read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models.reach import Moment
from communications.reach import Reach
from workflows import describe
from workflows.analytics import PERIODS
from workflows.compile import LAST
from workflows.counters import period_of
from workflows.definition import Definition, step_kinds
from workflows.funnel import Funnel, Stage, funnel
from workflows.holds import Held, held_by
from workflows.models import ExecutionStatus, Workflow
from workflows.programs import definition_of
from workflows.reach import steps_reached
from workflows.spoken import condition_in_words, text_in_words
from workflows.standing import Spot, by_status, standing_of
from workflows.steps.base import Step

PERIOD_NAMES = {
    "24h": gettext_lazy("24 heures"), "7d": gettext_lazy("7 jours"), "30d": gettext_lazy("30 jours"),
}  # fmt: skip
SHOWN = (
    (ExecutionStatus.RUNNING, gettext_lazy("en cours"), ""),
    (ExecutionStatus.WAITING, gettext_lazy("en attente de commencer"), ""),
    (ExecutionStatus.PAUSED, gettext_lazy("en pause"), ""),
    (ExecutionStatus.CONVERTED, gettext_lazy("converties"), "good"),
    (ExecutionStatus.COMPLETED, gettext_lazy("terminées"), ""),
    (ExecutionStatus.STOPPED, gettext_lazy("arrêtées"), ""),
    (ExecutionStatus.FAILED, gettext_lazy("échouées"), "bad"),
)


@dataclass(frozen=True, slots=True)
class Fork:
    """A branch and its nodes."""

    title: str
    nodes: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Node:
    """One step as it is drawn. `width` is the part of those who entered that reached it, in whole percents."""

    id: str
    icon: str
    label: str
    text: str
    condition: str
    template: str
    template_url: str
    people_url: str
    lost_url: str
    stage: Stage
    reach: Reach | None
    width: int
    is_end: bool = False
    forks: Sequence[Fork] = ()

    @property
    def sent(self) -> int:
        """Messages that went out in the period."""
        return self.reach[Moment.SENT] if self.reach else 0

    @property
    def opened(self) -> float | None:
        """Which part of them was opened; None for a channel that does not tell."""
        return self.reach.rate(Moment.OPENED) if self.reach and self.reach[Moment.OPENED] else None


@dataclass(frozen=True, slots=True)
class Figure:
    """How many executions have a status now, and the way to them."""

    key: str
    title: Any
    n: int
    url: str
    mood: str


@dataclass(frozen=True, slots=True)
class Flow:
    """All that the page shows of a workflow as it is now."""

    period: str
    periods: Sequence[tuple[str, Any]]
    figures: Sequence[Figure]
    nodes: Sequence[Node]
    end: Node | None
    elsewhere: Sequence[tuple[str, int, str]]
    found: Funnel
    triggers: Sequence[str]
    rules: Sequence[tuple[str, str]]
    held: Held | None
    resume_url: str


def flow(request: HttpRequest, workflow: Workflow, texts: Mapping[str, str], now: datetime) -> Flow:
    """Return the flow of a workflow that has a version. Raises DefinitionError."""
    asked = request.GET.get("periode")
    period = period_of(asked) if asked else "7d"
    definition, spots = definition_of(workflow.version_id or 0), standing_of(workflow)
    since, until = now - PERIODS[period], now + timedelta(hours=1)
    found = funnel(workflow, since, until, spots)
    rules = describe.rules(definition)
    draw = _Drawing(workflow, definition, found, steps_reached(workflow, since, until), texts)
    return Flow(
        period, list(PERIOD_NAMES.items()), _figures(workflow, spots),
        draw.nodes(describe.steps(definition, workflow.sector), found.stages), draw.end(),
        [(step, n, people_url(workflow, step)) for step, n in sorted(found.elsewhere.items())],
        found, [text for name, text in rules if name == "Commence avec"],
        [(name, text) for name, text in rules if name != "Commence avec"],
        held_by(workflow, spots, now), f"{reverse('admin:workflows_workflow_act', args=['reprise'])}?ids={workflow.pk}",
    )  # fmt: skip


def people_url(workflow: Workflow, step: str, status: str = "") -> str:
    """Return the list of the executions of a workflow at a step: the active ones, or those of a status."""
    chosen = {"workflow": workflow.pk, "etape": step} | ({"status__exact": status} if status else {})
    return f"{reverse('admin:workflows_execution_changelist')}?{urlencode(chosen)}"


def _figures(workflow: Workflow, spots: Iterable[Spot]) -> list[Figure]:
    counts, address = by_status(spots), reverse("admin:workflows_execution_changelist")
    return [
        Figure(
            status, title, counts[status], f"{address}?workflow={workflow.pk}&status__exact={status}",
            mood if counts[status] else "",
        )
        for status, title, mood in SHOWN
    ]  # fmt: skip


def _conditions(step: Step) -> list[str]:
    """Return the conditions that the words of a step may quote: its own, and those on what it waits for."""
    awaited = [signal.condition for _event, signal in step.signals() if signal.condition]
    return [condition.source for condition in (*step.conditions(), *awaited)]


class _Drawing:
    """Puts together what is known of each step."""

    def __init__(
        self,
        workflow: Workflow,
        definition: Definition,
        found: Funnel,
        reached: Mapping[str, Reach],
        texts: Mapping[str, str],
    ) -> None:
        self.workflow, self.found, self.reached, self.texts = workflow, found, reached, texts
        self.conditions = {step.id: _conditions(step) for step in definition.all_steps()}

    def nodes(self, steps: Sequence[describe.Described], stages: Sequence[Stage]) -> list[Node]:
        return [self.node(step, stage) for step, stage in zip(steps, stages, strict=False)]  # LAST has no step

    def node(self, step: describe.Described, stage: Stage) -> Node:
        kind = step_kinds()[step.kind]
        text = step.text
        for source in self.conditions[step.id]:
            text = text.replace(source, condition_in_words(source))
        text = text_in_words(text)
        forks = [
            Fork(way.title, self.nodes(branch.steps, way.stages))
            for branch, way in zip(step.branches, stage.ways, strict=True)
        ]
        return Node(
            step.id, kind.icon, str(kind.label), text,
            condition_in_words(step.condition) if step.condition else "", step.template,
            self.texts.get(f"{step.channel}:{step.template}", ""), people_url(self.workflow, step.id),
            people_url(self.workflow, step.id, ExecutionStatus.FAILED), stage,
            self.reached.get(step.id) if step.template else None, self.width(stage), step.kind == "stop", forks,
        )  # fmt: skip

    def end(self) -> Node | None:
        """Return what stands behind the last step."""
        if not self.found.stages:
            return None
        stage = self.found.stages[-1]
        return Node(
            LAST, "flag", _("Fin"), _("La dernière étape est passée : on attend l'objectif, jusqu'à son délai."),
            "", "", "", people_url(self.workflow, LAST), "", stage, None, self.width(stage), is_end=True,
        )  # fmt: skip

    def width(self, stage: Stage) -> int:
        return min(100, round(100 * stage.reached / self.found.entered)) if self.found.entered else 0
