"""Recount: where executions stand, what they passed and where they ended, against the counters of it.

Where executions stand is exact at each instant, so any difference is an error. What was passed is counted in hours and
stays when its people are erased or its step runs have become old: see `explained`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from accounts.models import AuditEntry
from berinia.rows import fetch
from crm.models.metric import hour_of
from workflows.erase import ACTION as ERASURE
from workflows.models.step_metric import PASSED

STANDING = """
WITH there AS (
    SELECT organization_id, site_id, workflow_id, version_id, status, at, count(*) AS n FROM executions_workflow
    GROUP BY 1, 2, 3, 4, 5, 6
), counted AS (
    SELECT organization_id, site_id, workflow_id, version_id, status, at, sum(n)::bigint AS n FROM executions_par_etape
    GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT site_id, workflow_id, at AS step, status AS name, NULL::timestamptz AS hour,
       coalesce(there.n, 0) AS there, coalesce(counted.n, 0) AS counted
FROM there FULL JOIN counted USING (organization_id, site_id, workflow_id, version_id, status, at)
WHERE coalesce(there.n, 0) <> coalesce(counted.n, 0) ORDER BY 1, 2, 3, 4
"""
# The second half of a step (`devis.issue`) is the same person at the same step.
STEPS = """
WITH passes AS (
    SELECT execution_id, step, date_trunc('hour', min(at), 'UTC') AS hour FROM etapes_execution
    WHERE right(step, 6) <> '.issue' GROUP BY 1, 2
), there AS (
    SELECT x.site_id, x.workflow_id, p.step, 'passed' AS name, p.hour, count(*) AS n
    FROM passes p JOIN executions_workflow x ON x.id = p.execution_id WHERE p.hour >= %(since)s GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT site_id, workflow_id, at, status, date_trunc('hour', ended_at, 'UTC'), count(*) FROM executions_workflow
    WHERE ended_at >= %(since)s GROUP BY 1, 2, 3, 4, 5
), counted AS (
    SELECT site_id, workflow_id, step, name, hour, sum(value)::bigint AS n FROM metriques_etapes
    WHERE hour >= %(since)s GROUP BY 1, 2, 3, 4, 5
)
SELECT site_id, workflow_id, step, name, hour, coalesce(there.n, 0) AS there, coalesce(counted.n, 0) AS counted
FROM there FULL JOIN counted USING (site_id, workflow_id, step, name, hour)
WHERE coalesce(there.n, 0) <> coalesce(counted.n, 0) ORDER BY hour, 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class StepDifference:
    """A counter that does not say what the executions say. `hour` None: it is about now."""

    site_id: int
    workflow_id: int
    step: str
    name: str
    hour: datetime | None
    there: int
    counted: int


def standing_differences() -> list[StepDifference]:
    """Return where the counters of where executions stand are wrong. One statement: may be asked for at any time."""
    return [StepDifference(*row) for row in fetch(STANDING)]


def step_differences(since: datetime) -> list[StepDifference]:
    """Return the hourly counters of steps, from the hour of `since` on, that differ from the step runs and executions.

    One statement, so that it may be asked for while the engine works.
    """
    return [StepDifference(*row) for row in fetch(STEPS, {"since": hour_of(since)})]


def explained(found: Sequence[StepDifference], now: datetime) -> list[StepDifference]:
    """Return the differences that are as they should be: counters hold no person, so they stay.

    People were erased since then, or what is counted is older than step runs or executions are kept.
    """
    last = AuditEntry.objects.filter(action=ERASURE).aggregate(last=Max("at"))["last"]

    def until(name: str) -> datetime:
        days = settings.RETENTION_EXECUTIONS_DAYS
        if name == PASSED:
            days = min(days, settings.RETENTION_STEP_RUNS_DAYS)
        kept = now - timedelta(days=days)
        return max(last, kept) if last else kept

    return [one for one in found if one.counted > one.there and one.hour and one.hour <= until(one.name)]
