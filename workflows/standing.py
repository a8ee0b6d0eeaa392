"""Where executions stand now, by workflow, status and step: read from counters, never from the executions.

Triggers write what each statement changes as rows of `executions_par_etape`; the sum of the rows is exact at each
instant, as the reader's own snapshot has it, whether they were folded or not.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from berinia.rows import fetch
from workflows.models import ACTIVE, Workflow
from workflows.program import OUTCOME, step_of

OF_SITES = """
SELECT organization_id, site_id, workflow_id, status, sum(n)::bigint AS n FROM executions_par_etape
WHERE site_id = ANY(%s) GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
"""
OF_WORKFLOW = """
SELECT version_id, status, at, sum(n)::bigint AS n FROM executions_par_etape
WHERE site_id = %s AND workflow_id = %s GROUP BY 1, 2, 3 HAVING sum(n) <> 0
"""
# One statement, so a reader sees the rows or their sum and never both. What another fold has in its hands is skipped.
FOLD = """
WITH several AS MATERIALIZED (
    SELECT organization_id, site_id, workflow_id, version_id, status, at FROM executions_par_etape
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1
), taken AS (
    DELETE FROM executions_par_etape WHERE id IN (
        SELECT id FROM executions_par_etape
        WHERE (organization_id, site_id, workflow_id, version_id, status, at) IN (SELECT * FROM several)
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING organization_id, site_id, workflow_id, version_id, status, at, n
), folded AS (
    INSERT INTO executions_par_etape (organization_id, site_id, workflow_id, version_id, status, at, n)
    SELECT organization_id, site_id, workflow_id, version_id, status, at, sum(n) FROM taken
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0
)
SELECT count(*) AS n FROM taken
"""
MOST = 100_000  # rows folded in one statement


@dataclass(frozen=True, slots=True)
class Standing:
    """So many executions of a workflow have this status now (a value of ExecutionStatus)."""

    organization_id: int
    site_id: int
    workflow_id: int
    status: str
    n: int


@dataclass(frozen=True, slots=True)
class Spot:
    """So many executions of one workflow, of this version and with this status, stand at an instruction, or ended."""

    version_id: int
    status: str
    at: str
    n: int

    @property
    def step(self) -> str:
        """The step that the instruction belongs to; `workflows.compile.LAST` behind the last."""
        return step_of(self.at)

    @property
    def has_passed(self) -> bool:
        """Whether the step has done its part, and what comes of it is awaited."""
        return self.at.endswith(OUTCOME)

    @property
    def is_active(self) -> bool:
        """Whether they have not ended."""
        return self.status in ACTIVE


def standing(site_ids: Sequence[int]) -> list[Standing]:
    """Return how many executions of each workflow of these sites have each status now, ended ones included."""
    return [Standing(*row) for row in fetch(OF_SITES, [list(site_ids)])]


def by_status(found: Iterable[Standing | Spot]) -> Counter[str]:
    """Sum executions by status: 0 for one that none has."""
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.status] += one.n
    return counts


def standing_of(workflow: Workflow) -> list[Spot]:
    """Return where the executions of a workflow stand now, and where those that ended did."""
    return [Spot(*row) for row in fetch(OF_WORKFLOW, [workflow.site_id, workflow.pk])]


def people_at(found: Iterable[Spot]) -> Counter[str]:
    """Return how many active executions stand at each step."""
    counts: Counter[str] = Counter()
    for spot in found:
        if spot.is_active:
            counts[spot.step] += spot.n
    return counts


def fold() -> int:
    """Add up the rows of counters that have several; return how many were taken. May run twice at once."""
    taken: int = fetch(FOLD, [MOST])[0].n
    return taken
