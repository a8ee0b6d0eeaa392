"""Retention: what is old enough goes, and nothing that an active execution still needs.

Ids rise with time, so each table is walked from its oldest row up to the first that is young, a window at a time:
what may go is found and deleted in one short statement each, so nobody waits for it and memory stays small.
Step runs are the exception: whole months are dropped (berinia/partitions.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from berinia.partitions import STEP_RUNS, Partition, create_ahead, drop, older_than
from berinia.rows import fetch, run

WINDOW = 5_000  # rows looked at in one statement
SPAN = 100_000  # ids looked at in one statement that returns only the active
LARGE = 1_000_000  # from here on a dry run believes the planner's number of rows


@dataclass(frozen=True, slots=True)
class Rule:
    """What may go of a table: rows whose `instant` is older than `setting` days, where `may_go` holds of `t`."""

    table: str
    setting: str
    instant: str
    may_go: str


EXECUTIONS = "t.ended_at < %(cutoff)s AND t.status NOT IN ('en_attente', 'en_cours', 'en_pause')"
# What started an execution stays as long as it does (it may be retried); while it is active, what came since, too.
EVENTS = """
t.received_at < %(cutoff)s AND t.routed_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM executions_workflow x WHERE x.contact_id = t.contact_id
                AND (x.event_id = t.id OR x.event_id < t.id AND x.status IN ('en_attente', 'en_cours', 'en_pause')))
AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.contact_id = t.contact_id AND m.event_id = t.id
                AND m.status IN ('queued', 'held', 'sending', 'unknown'))
AND NOT EXISTS (SELECT 1 FROM appels_http c WHERE c.contact_id = t.contact_id AND c.event_id = t.id
                AND c.status IN ('queued', 'sending'))
"""
SENT = """
t.created_at < %(cutoff)s AND t.status NOT IN ('queued', 'held', 'sending', 'unknown')
AND NOT EXISTS (SELECT 1 FROM executions_workflow x
                WHERE x.id = t.execution_id AND x.status IN ('en_attente', 'en_cours', 'en_pause'))
"""
READ = """
t.last_at < %(cutoff)s AND t.read_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM envois_notification e WHERE e.notification_id = t.id)
"""
TOLD = "t.created_at < %(cutoff)s AND t.due_at IS NULL"
# Executions first: their events may go once they are gone. So do alerts, after those who were told of them.
RULES = (
    Rule("executions_workflow", "RETENTION_EXECUTIONS_DAYS", "started_at", EXECUTIONS),
    Rule("evenements", "RETENTION_EVENTS_DAYS", "received_at", EVENTS),
    Rule("messages", "RETENTION_MESSAGES_DAYS", "created_at", SENT),
    Rule("appels_http", "RETENTION_CALLS_DAYS", "created_at", SENT),
    Rule("envois_notification", "RETENTION_NOTIFICATIONS_DAYS", "created_at", TOLD),
    Rule("notifications_systeme", "RETENTION_NOTIFICATIONS_DAYS", "created_at", READ),
)

FIND = """
SELECT max(t.id) AS last_id, min(t.{instant}) AS first_at,
       coalesce(array_agg(t.id) FILTER (WHERE {may_go}), '{{}}') AS ids
FROM (SELECT * FROM {table} WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) AS t
"""
# Once more with the condition: a retry may have come between the two.
DELETE = "DELETE FROM {table} AS t WHERE t.id = ANY(%(ids)s) AND {may_go}"
# The executions whose steps a month holds have ids between these two; both are read off its key.
RANGE = "SELECT min(execution_id) AS first, max(execution_id) AS last FROM {name}"
ACTIVE_BETWEEN = """
SELECT id FROM executions_workflow
WHERE id BETWEEN %s AND %s AND status IN ('en_attente', 'en_cours', 'en_pause')
"""
REST = """
SELECT s.execution_id, s.id,
       s.at < %(cutoff)s AND (x.id IS NULL OR x.status NOT IN ('en_attente', 'en_cours', 'en_pause')) AS may_go
FROM (SELECT execution_id, id, at FROM etapes_execution_reste WHERE (execution_id, id) > (%(owner)s, %(after)s)
      ORDER BY execution_id, id LIMIT %(limit)s) AS s
LEFT JOIN executions_workflow x ON x.id = s.execution_id ORDER BY s.execution_id, s.id
"""
DELETE_REST = """
DELETE FROM etapes_execution_reste WHERE (execution_id, id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""
COUNT = "SELECT count(*) AS n FROM {name}"


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows of a table went in one statement, or would have gone."""

    table: str
    rows: int


def retain(*, now: datetime, is_dry: bool = False, window: int = WINDOW) -> Iterator[Removed]:
    """Make the coming months' partitions and remove what is old, a bounded piece at each turn of the iterator.

    A caller may stop at any turn: what went is gone, and the next call goes on. With `is_dry` nothing changes.
    """
    if not is_dry:
        create_ahead(STEP_RUNS, now)
    yield from _steps(now, is_dry, window)
    for rule in RULES:
        yield from _rows(rule, _cutoff(rule.setting, now), is_dry, window)


def _cutoff(setting: str, now: datetime) -> datetime:
    return now - timedelta(days=getattr(settings, setting))


def _rows(rule: Rule, cutoff: datetime, is_dry: bool, window: int) -> Iterator[Removed]:
    find = FIND.format(table=rule.table, instant=rule.instant, may_go=rule.may_go)
    delete = DELETE.format(table=rule.table, may_go=rule.may_go)
    after = 0
    while True:
        (found,) = fetch(find, {"after": after, "limit": window, "cutoff": cutoff})
        if found.last_id is None or found.first_at >= cutoff:
            return
        after = found.last_id
        rows = len(found.ids)
        if rows and not is_dry:
            rows = run(delete, {"ids": found.ids, "cutoff": cutoff})
        yield Removed(rule.table, rows)


def _steps(now: datetime, is_dry: bool, window: int) -> Iterator[Removed]:
    """Drop the months that are over long enough, but for the steps of executions that are active."""
    cutoff = _cutoff("RETENTION_STEP_RUNS_DAYS", now)
    yield from _rest(cutoff, is_dry, window)
    for month in older_than(STEP_RUNS, cutoff):
        keep = _active_in(month)
        rows = _size(month)
        kept = 0 if is_dry else drop(STEP_RUNS, month, keep)
        yield Removed(STEP_RUNS.table, max(0, rows - kept))


def _active_in(month: Partition) -> list[int]:
    """Return the active executions that may have steps in a month, looked for a span of ids at a time."""
    (span,) = fetch(RANGE.format(name=month.name))
    found: list[int] = []
    if span.first is not None:
        for first in range(span.first, span.last + 1, SPAN):
            last = min(first + SPAN - 1, span.last)
            found += [row.id for row in fetch(ACTIVE_BETWEEN, [first, last])]
    return found


def _size(month: Partition) -> int:
    rows: int = month.estimate if month.estimate >= LARGE else fetch(COUNT.format(name=month.name))[0].n
    return rows


def _rest(cutoff: datetime, is_dry: bool, window: int) -> Iterator[Removed]:
    """Delete the steps that were kept for executions which have ended since."""
    owner = after = 0
    while rows := fetch(REST, {"cutoff": cutoff, "owner": owner, "after": after, "limit": window}):
        owner, after = rows[-1].execution_id, rows[-1].id
        gone = [row for row in rows if row.may_go]
        if gone and not is_dry:
            run(DELETE_REST, [[row.execution_id for row in gone], [row.id for row in gone]])
        yield Removed(STEP_RUNS.table, len(gone))
