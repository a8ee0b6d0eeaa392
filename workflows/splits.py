"""What each way of a `split` achieved, from the hourly counters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from berinia.rows import fetch
from crm.models.metric import hour_of
from workflows.models import Workflow

COUNTERS = """
SELECT name, sum(value)::bigint AS value FROM metriques_conversion
WHERE workflow_id = %s AND hour >= %s AND hour <= %s AND (name LIKE 'branch/%%' OR name LIKE 'converted/%%')
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of one split: how many executions went it, and how many of these reached their goal."""

    step: str
    name: str
    entered: int
    converted: int

    @property
    def conversion(self) -> float | None:
        """Which part (0 to 1) reached the goal; None when nobody came by."""
        return round(self.converted / self.entered, 4) if self.entered else None


def ways_of(workflow: Workflow, since: datetime, until: datetime) -> list[Way]:
    """Return the ways of a workflow's splits in the hours of a period, by step and name."""
    counters: Mapping[str, int] = {
        row.name: row.value for row in fetch(COUNTERS, [workflow.pk, hour_of(since), hour_of(until)])
    }
    keys = sorted({tuple(name.split("/", 2)[1:]) for name in counters})
    return [
        Way(step, name, counters.get(f"branch/{step}/{name}", 0), counters.get(f"converted/{step}/{name}", 0))
        for step, name in keys
    ]
