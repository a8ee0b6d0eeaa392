"""Passes: who passed which step and where executions ended, counted in the transaction that writes it.

A person counts once a step, however often the step is passed. Whose steps cannot repeat is known without a look: a
definition is a tree. Only one that was begun anew, taken up again or moved to another version may pass a step twice.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from berinia.rows import fetch
from crm.models.metric import hour_of
from workflows.models.step_metric import PASSED, StepKey, count_steps
from workflows.program import OUTCOME, step_of

KNOWN = "SELECT DISTINCT execution_id, step FROM etapes_execution WHERE execution_id = ANY(%s)"


@dataclass(slots=True)
class Passes:
    """What is counted of one transaction. Rows are executions, with their `run` and `is_moved`."""

    now: datetime
    hour: datetime = field(init=False)
    counts: Counter[StepKey] = field(default_factory=Counter)
    doubtful: list[tuple[Any, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hour = hour_of(self.now)

    def passed(self, row: Any, at: str) -> None:
        """Take in that an execution passed an instruction; what comes of a step belongs to the step."""
        if at.endswith(OUTCOME):
            return
        if row.run > 1 or row.is_moved:
            self.doubtful.append((row, at))
        else:
            self.counts[row.organization_id, row.site_id, row.workflow_id, at, PASSED, self.hour] += 1

    def skipped(self, row: Any) -> None:
        """Take in that a person let an execution pass over its step, at which it may already be half way."""
        self.doubtful.append((row, step_of(row.at)))

    def ended(self, row: Any, at: str, status: str) -> None:
        """Take in that an execution ended at an instruction."""
        self.counts[row.organization_id, row.site_id, row.workflow_id, at, status, self.hour] += 1

    def taken_up(self, rows: Iterable[Any]) -> None:
        """Take in that executions which had ended go on: they did not end after all."""
        for row in rows:
            if row.ended_at is not None:
                hour = hour_of(row.ended_at)
                self.counts[row.organization_id, row.site_id, row.workflow_id, row.at, row.status, hour] -= 1

    def look(self) -> None:
        """Find out who passed a step for the first time; call it before the step runs are written."""
        if not self.doubtful:
            return
        known = {(row.execution_id, row.step) for row in fetch(KNOWN, [[row.id for row, _step in self.doubtful]])}
        for row, step in self.doubtful:
            if (row.id, step) not in known:
                known.add((row.id, step))
                self.counts[row.organization_id, row.site_id, row.workflow_id, step, PASSED, self.hour] += 1

    def write(self) -> None:
        """Write the counters; call it last in a transaction."""
        count_steps(self.counts)
