"""Days: what agents did, summed by day in the transaction that ends a run, so that a page never reads the runs.

The sums are made from the runs' own rows: what is counted is what is written, whoever wrote it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.conf import settings

from berinia.rows import fetch, run

SLOTS = 4
NAMES = "runs, failed, by_rules, by_model, corrected, cached, cost_micros, unpriced, timed, latency_ms"
# What one that nobody had to be asked about notes is no correction: it has no input.
SUMS = """
SELECT organization_id, agent, (finished_at AT TIME ZONE %(zone)s)::date AS day, {slot} AS slot,
    count(*) AS runs, count(*) FILTER (WHERE status = 'echouee') AS failed,
    count(*) FILTER (WHERE status = 'terminee' AND decided_by = 'rules') AS by_rules,
    count(*) FILTER (WHERE status = 'terminee' AND decided_by = 'model') AS by_model,
    count(*) FILTER (WHERE guarded <> '[]' AND input IS NOT NULL) AS corrected,
    count(*) FILTER (WHERE is_cached) AS cached,
    coalesce(sum(cost_micros), 0) AS cost_micros,
    count(*) FILTER (WHERE cost_micros IS NULL AND requests > 0) AS unpriced,
    count(*) FILTER (WHERE latency_ms IS NOT NULL AND NOT is_cached) AS timed,
    coalesce(sum(latency_ms) FILTER (WHERE NOT is_cached), 0) AS latency_ms
FROM executions_agents WHERE status IN ('terminee', 'echouee') AND finished_at IS NOT NULL AND {which}
GROUP BY 1, 2, 3, 4
"""
ADDED = ", ".join(f"{name} = d.{name} + excluded.{name}" for name in NAMES.split(", "))
COUNT = f"""
INSERT INTO agents_par_jour AS d (organization_id, agent, day, slot, {NAMES})
{SUMS.format(slot=f"pg_backend_pid() %% {SLOTS}", which="id = ANY(%(ids)s)")} ORDER BY 1, 2, 3
ON CONFLICT (organization_id, day, agent, slot) DO UPDATE SET {ADDED}
"""
DIFFERENT = f"""
WITH there AS ({SUMS.format(slot="0", which="finished_at >= %(since)s")}), counted AS (
    SELECT organization_id, agent, day, {", ".join(f"sum({name})::bigint AS {name}" for name in NAMES.split(", "))}
    FROM agents_par_jour WHERE day >= (%(since)s AT TIME ZONE %(zone)s)::date GROUP BY 1, 2, 3)
SELECT coalesce(t.organization_id, c.organization_id) AS organization_id, coalesce(t.agent, c.agent) AS agent,
    coalesce(t.day, c.day) AS day, t.runs AS there, c.runs AS counted
FROM there t FULL JOIN counted c USING (organization_id, agent, day)
WHERE ({", ".join(f"t.{name}" for name in NAMES.split(", "))})
    IS DISTINCT FROM ({", ".join(f"c.{name}" for name in NAMES.split(", "))}) ORDER BY 3, 1, 2
"""  # noqa: S608
READ = f"""
SELECT {{by}} AS label, {", ".join(f"sum({name})::bigint AS {name}" for name in NAMES.split(", "))}
FROM agents_par_jour
WHERE day >= %(since)s AND (%(organizations)s::bigint[] IS NULL OR organization_id = ANY(%(organizations)s))
GROUP BY 1 ORDER BY 1
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sums:
    """What agents did, in a day or altogether."""

    runs: int = 0
    failed: int = 0
    by_rules: int = 0
    by_model: int = 0
    corrected: int = 0
    cached: int = 0
    cost_micros: int = 0
    unpriced: int = 0
    timed: int = 0
    latency_ms: int = 0

    def share(self, count: int) -> float | None:
        """Return which part of the runs that is; None of nothing."""
        return count / self.runs if self.runs else None

    @property
    def seconds(self) -> float | None:
        """How long one took, in the mean; what was remembered took no time and is left out."""
        return self.latency_ms / self.timed / 1_000 if self.timed else None

    @property
    def dollars(self) -> float:
        """What they cost, as far as that is known."""
        return self.cost_micros / 1_000_000


def count_ended(run_ids: Collection[int]) -> None:
    """Add runs that have just ended to their days; call it last in the transaction, and once for each run."""
    if run_ids:
        run(COUNT, {"ids": list(run_ids), "zone": settings.TIME_ZONE})


def differences(since: Any) -> list[Any]:
    """Return the days since an instant (midnight, where a day begins) whose sums are not those of their runs."""
    return fetch(DIFFERENT, {"since": since, "zone": settings.TIME_ZONE})


def by_day(organizations: Sequence[int] | None, since: date) -> dict[date, Sums]:
    """Return what the agents of some organizations did, by day; None: of all."""
    return _read("day", organizations, since)


def by_agent(organizations: Sequence[int] | None, since: date) -> dict[str, Sums]:
    """Return what they did, by agent."""
    return _read("agent", organizations, since)


def _read(by: str, organizations: Sequence[int] | None, since: date) -> dict[Any, Sums]:
    given = {"since": since, "organizations": None if organizations is None else list(organizations)}
    names = [field.name for field in fields(Sums)]
    return {row.label: Sums(*(getattr(row, name) for name in names)) for row in fetch(READ.format(by=by), given)}
