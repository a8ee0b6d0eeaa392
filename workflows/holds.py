"""What a pause holds back: executions that could move, messages in the outbox, and what of it is overdue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.models import Platform
from berinia.rows import fetch
from workflows.models import ExecutionStatus, Workflow, WorkflowStatus
from workflows.standing import Spot, by_status

MOST = 5_000  # what is counted row by row is counted no further
OVERDUE = """
SELECT count(*) AS n FROM (
    SELECT FROM executions_workflow
    WHERE status IN ('en_attente', 'en_cours') AND due_at <= %(now)s AND workflow_id = %(workflow)s LIMIT %(most)s
) AS due
"""
MESSAGES = """
SELECT count(*) AS n, count(*) FILTER (WHERE due_at <= %(now)s) AS overdue FROM (
    SELECT due_at FROM messages WHERE status = 'queued' AND workflow_id = %(workflow)s LIMIT %(most)s
) AS queued
"""


class Level(StrEnum):
    """Who is paused, so that this workflow is held."""

    EVERYTHING = "plateforme"
    ORGANIZATION = "organisation"
    SITE = "site"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class Held:
    """What is held. Overdue executions and messages are counted up to MOST; `paused` are held one by one."""

    levels: tuple[Level, ...]
    executions: int
    paused: int
    overdue: int
    messages: int
    messages_overdue: int

    @property
    def is_capped(self) -> bool:
        """Whether there is more than was counted."""
        return MOST in (self.overdue, self.messages)

    @property
    def may_resume(self) -> bool:
        """Whether resuming the workflow itself is enough."""
        return self.levels == (Level.WORKFLOW,)


def levels_of(workflow: Workflow) -> tuple[Level, ...]:
    """Return what is paused above the executions of a workflow, the largest first."""
    held = {
        Level.EVERYTHING: Platform.is_stopped(),
        Level.ORGANIZATION: workflow.organization.is_paused,
        Level.SITE: workflow.site.is_paused,
        Level.WORKFLOW: workflow.status == WorkflowStatus.PAUSED,
    }
    return tuple(level for level, is_held in held.items() if is_held)


def held_by(workflow: Workflow, spots: Iterable[Spot], now: datetime) -> Held | None:
    """Return what a pause holds of a workflow; None while it runs."""
    levels = levels_of(workflow)
    if not levels:
        return None
    counts = by_status(spots)
    given = {"now": now, "workflow": workflow.pk, "most": MOST}
    (messages,) = fetch(MESSAGES, given)
    return Held(
        levels, counts[ExecutionStatus.RUNNING] + counts[ExecutionStatus.WAITING], counts[ExecutionStatus.PAUSED],
        fetch(OVERDUE, given)[0].n, messages.n, messages.overdue,
    )  # fmt: skip
