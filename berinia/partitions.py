"""Tables that only grow, cut into one partition a month: made ahead, dropped when they are old.

Rows of a month that has no partition go to the one named `…_reste`, so nothing is ever lost. Making a month
takes over what lies there of it. Each act is one short transaction; two at once wait for each other.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from psycopg import sql

from berinia.rows import fetch, run

logger = logging.getLogger(__name__)

REST = "reste"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('partitions'), hashtext(%s))"
# Bounds as PostgreSQL writes them: FOR VALUES FROM ('2026-11-01 …') TO ('2026-12-01 …'), MINVALUE, or DEFAULT.
PARTITIONS = """
SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound, c.reltuples::bigint AS estimate
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass ORDER BY c.relname
"""
UPPER = re.compile(r" TO \('([^']+)'\)")
LOWER = re.compile(r" FROM \('([^']+)'\)")


@dataclass(frozen=True, slots=True)
class Grown:
    """A table in partitions: the column with the instant that it is cut by, and that of whose rows they are."""

    table: str
    instant: str
    owner: str

    @property
    def rest(self) -> str:
        """The partition of rows whose month has none."""
        return f"{self.table}_{REST}"


@dataclass(frozen=True, slots=True)
class Partition:
    """Rows from `since` (None: from the beginning) until, not including, `until`; both None for the rest.

    `estimate` is how many rows the planner thinks there are, -1 when it does not know.
    """

    name: str
    since: datetime | None
    until: datetime | None
    estimate: int

    def holds(self, instant: datetime) -> bool:
        """Tell whether a row of this instant belongs here by its bounds."""
        return self.until is not None and instant < self.until and (self.since is None or instant >= self.since)


STEP_RUNS = Grown("etapes_execution", "at", "execution_id")


def month_of(instant: datetime) -> datetime:
    """Return the beginning (UTC) of the month that an instant lies in."""
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime, count: int = 1) -> datetime:
    """Return the beginning of the month so many after that of `month`."""
    months = month.year * 12 + month.month - 1 + count
    return month_of(month).replace(year=months // 12, month=months % 12 + 1)


def name_of(table: str, month: datetime) -> str:
    """Return the name of a month's partition: `etapes_execution_2026_11`."""
    return f"{table}_{month:%Y_%m}"


def partitions(grown: Grown) -> list[Partition]:
    """Return the partitions of a table by name, the rest among them; none when it has none."""
    return [_read(row) for row in fetch(PARTITIONS, [grown.table])]


def _read(row: Any) -> Partition:
    def instant(pattern: re.Pattern[str]) -> datetime | None:
        found = pattern.search(row.bound)
        return datetime.fromisoformat(found.group(1)).astimezone(UTC) if found else None

    return Partition(row.name, instant(LOWER), instant(UPPER), row.estimate)


def create_ahead(grown: Grown, now: datetime, *, months: int = 3) -> list[str]:
    """Make the partitions of this month and the `months` after it; return the names of those that were missing."""
    wanted = [month_after(month_of(now), n) for n in range(months + 1)]
    return [name_of(grown.table, month) for month in wanted if _create(grown, month)]


def _create(grown: Grown, month: datetime) -> bool:
    """Make a month's partition unless its rows have a place; take over those that lie in the rest.

    A table is attached, not made in place: others go on reading and writing meanwhile.
    """
    if _has_place(grown, month):
        return False
    with transaction.atomic():
        run(LOCK, [grown.table])
        if _has_place(grown, month):
            return False
        names = _names(grown, name_of(grown.table, month))
        bounds = {"since": sql.Literal(month.isoformat()), "until": sql.Literal(month_after(month).isoformat())}
        run(sql.SQL("CREATE TABLE {part} (LIKE {table} INCLUDING CONSTRAINTS)").format(**names))
        moved = _take_over(names | bounds)
        attach = "ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({since}) TO ({until})"
        run(sql.SQL(attach).format(**names, **bounds))
    if moved:
        logger.warning("a partition was made late: %s rows moved from %s to %s", moved, grown.rest, month)
    return True


def _has_place(grown: Grown, month: datetime) -> bool:
    return any(part.holds(month) for part in partitions(grown))


def _take_over(names: Mapping[str, sql.Composable]) -> int:
    """Move a month's rows from the rest to its table; nobody adds to the rest until the transaction ends."""
    run(sql.SQL("LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE").format(**names))
    move = (
        "WITH taken AS (DELETE FROM {rest} WHERE {instant} >= {since} AND {instant} < {until} RETURNING *) "
        "INSERT INTO {part} SELECT * FROM taken"
    )
    return run(sql.SQL(move).format(**names))


def older_than(grown: Grown, cutoff: datetime) -> list[Partition]:
    """Return the partitions whose rows are all older than an instant, the oldest first."""
    old = [part for part in partitions(grown) if part.until is not None and part.until <= cutoff]
    return sorted(old, key=lambda part: part.until or cutoff)


def drop(grown: Grown, partition: Partition, keep: Sequence[int] = ()) -> int:
    """Drop a partition; return how many of its rows were kept: those of the owners in `keep` go to the rest.

    A partition that is gone already is no error.
    """
    with transaction.atomic():
        run(LOCK, [grown.table])
        if partition.name not in {part.name for part in partitions(grown)}:
            return 0
        names = _names(grown, partition.name)
        run(sql.SQL("ALTER TABLE {table} DETACH PARTITION {part}").format(**names))
        kept = 0
        if keep:
            copy = sql.SQL("INSERT INTO {table} SELECT * FROM {part} WHERE {owner} = ANY(%s)")
            kept = run(copy.format(**names), [list(keep)])
        run(sql.SQL("DROP TABLE {part}").format(**names))
    return kept


def _names(grown: Grown, part: str) -> dict[str, sql.Composable]:
    names = {"table": grown.table, "rest": grown.rest, "part": part, "instant": grown.instant, "owner": grown.owner}
    return {word: sql.Identifier(name) for word, name in names.items()}
