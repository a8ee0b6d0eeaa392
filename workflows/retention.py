"""Retention: what is old enough goes, and nothing that an active execution still needs.

Ids rise with time, so each table is walked from its oldest row up to the first that is young, a window at a time:
what may go is found and deleted in one short statement each, so nobody waits for it and memory stays small.
Step runs are the exception: whole months are dropped (berinia/partitions.py). Contacts are not deleted but erased, as
a person would (workflows/prospects.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.sessions import remove_expired
from berinia.partitions import STEP_RUNS, Partition, create_ahead, drop, older_than
from berinia.rows import fetch, run
from workflows.erase import GROUP
from workflows.prospects import IS_THEIRS, cutoffs, erase_silent, silent

WINDOW = 5_000  # rows looked at in one statement
SPAN = 100_000  # ids looked at in one statement that returns only the active
LARGE = 1_000_000  # from here on a dry run believes the planner's number of rows


@dataclass(frozen=True, slots=True)
class Rule:
    """What may go of a table: rows whose `instant` is older than `setting` days, where `may_go` holds of `t`.

    `clear` is what goes of rows that stay. Where more than age decides, all rows are looked at (`rises` is
    false, and any column will do for `instant`).
    """

    table: str
    setting: str
    instant: str
    may_go: str
    title: str = ""
    clear: str = ""
    rises: bool = True

    @property
    def name(self) -> str:
        """How it is called where it is counted."""
        return self.title or self.table


# The last conversion says that its contact is a customer: it stays as long as the contact.
EXECUTIONS = """
t.ended_at < %(cutoff)s AND t.status NOT IN ('en_attente', 'en_cours', 'en_pause')
AND (t.status <> 'convertie' OR EXISTS (SELECT 1 FROM executions_workflow l
                                        WHERE l.contact_id = t.contact_id AND l.status = 'convertie' AND l.id > t.id))
"""
# What started an execution stays as long as it does (it may be retried); while it is active, what came since, too. The
# last thing that a person did says when they are to be erased: it stays until then.
EVENTS = f"""
t.received_at < %(cutoff)s AND t.routed_at IS NOT NULL
AND (t.received_at < least(%(prospects)s, %(customers)s) OR EXISTS (
    SELECT 1 FROM evenements e WHERE e.contact_id = t.contact_id AND e.id > t.id AND {IS_THEIRS}))
AND NOT EXISTS (SELECT 1 FROM executions_workflow x WHERE x.contact_id = t.contact_id
                AND (x.event_id = t.id OR x.event_id < t.id AND x.status IN ('en_attente', 'en_cours', 'en_pause')))
AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.contact_id = t.contact_id AND m.event_id = t.id
                AND m.status IN ('queued', 'held', 'sending', 'unknown'))
AND NOT EXISTS (SELECT 1 FROM appels_http c WHERE c.contact_id = t.contact_id AND c.event_id = t.id
                AND c.status IN ('queued', 'sending'))
"""  # noqa: S608 - only a constant is put in
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
BODIES = """
t.created_at < %(cutoff)s AND t.payload IS NOT NULL AND t.status NOT IN ('queued', 'held', 'sending', 'unknown')
"""
# What a provider reports of a message that is gone is about somebody who was erased.
RAW = """
(t.received_at < %(cutoff)s OR t.processed_at IS NOT NULL AND t.message_id IS NOT NULL
 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = t.message_id))
"""
# What an agent wrote goes with the texts of messages, once its own has gone out.
DRAFTS = """
t.created_at < %(cutoff)s
AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.execution_id = t.execution_id
                AND m.status IN ('queued', 'held', 'sending', 'unknown'))
AND NOT EXISTS (SELECT 1 FROM executions_workflow x
                WHERE x.id = t.execution_id AND x.status IN ('en_attente', 'en_cours', 'en_pause'))
"""
ANSWERED = "t.created_at < %(cutoff)s AND t.status NOT IN ('en_file', 'en_cours')"
# Without its rows an import cannot be undone any more; that it took place, and how much it brought, stays.
ROWS = """
EXISTS (SELECT 1 FROM imports i WHERE i.id = t.imported_id AND coalesce(i.done_at, i.created_at) < %(cutoff)s)
"""
FILES = "t.created_at < %(cutoff)s AND t.content IS NOT NULL"
# Of those who were erased; an address that is still somebody's stays closed as long as they are known.
FINGERPRINTS = "t.created_at < %(cutoff)s AND t.address = ''"
# Who signed in from where stays in the audit log, but for the where.
SIGN_INS = "t.at < %(cutoff)s AND t.target_kind = 'utilisateur' AND t.details->'ip' IS NOT NULL"
ATTEMPTS = "t.attempt_time < %(cutoff)s"
# Executions first: their events may go once they are gone. So do alerts, after those who were told of them.
RULES = (
    Rule("executions_workflow", "RETENTION_EXECUTIONS_DAYS", "started_at", EXECUTIONS),
    Rule("evenements", "RETENTION_EVENTS_DAYS", "received_at", EVENTS),
    Rule("messages", "RETENTION_MESSAGES_DAYS", "created_at", SENT),
    Rule("messages", "RETENTION_BODIES_DAYS", "created_at", BODIES, title="contenus de messages",
         clear="payload = NULL"),
    Rule("brouillons_agents", "RETENTION_BODIES_DAYS", "created_at", DRAFTS),
    Rule("executions_agents", "RETENTION_AGENT_RUNS_DAYS", "created_at", ANSWERED),
    Rule("lignes_import", "RETENTION_IMPORTS_DAYS", "line", ROWS, rises=False),
    Rule("imports", "RETENTION_IMPORTS_DAYS", "created_at", FILES, title="fichiers importés", clear="content = NULL"),
    Rule("appels_http", "RETENTION_CALLS_DAYS", "created_at", SENT),
    Rule("webhooks_recus", "RETENTION_WEBHOOKS_DAYS", "received_at", RAW, rises=False),
    Rule("envois_notification", "RETENTION_NOTIFICATIONS_DAYS", "created_at", TOLD),
    Rule("notifications_systeme", "RETENTION_NOTIFICATIONS_DAYS", "created_at", READ),
    Rule("envois_rapport", "RETENTION_NOTIFICATIONS_DAYS", "created_at", TOLD),
    Rule("adresses_bloquees", "RETENTION_OPPOSITIONS_DAYS", "created_at", FINGERPRINTS, rises=False),
    Rule("axes_accessattempt", "RETENTION_ATTEMPTS_DAYS", "attempt_time", ATTEMPTS, rises=False),
    Rule("journal_audit", "RETENTION_ADDRESSES_DAYS", "at", SIGN_INS, title="adresses de connexion",
         clear="details = t.details - 'ip'"),
    Rule("effacements", "RETENTION_WEBHOOKS_DAYS", "created_at", "t.done_at < %(cutoff)s"),
)  # fmt: skip
PEOPLE = "contacts"

FIND = """
SELECT max(t.id) AS last_id, min(t.{instant}) AS first_at,
       coalesce(array_agg(t.id) FILTER (WHERE {may_go}), '{{}}') AS ids
FROM (SELECT * FROM {table} WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) AS t
"""
# Once more with the condition: a retry may have come between the two.
DELETE = "DELETE FROM {table} AS t WHERE t.id = ANY(%(ids)s) AND {may_go}"
CLEAR = "UPDATE {table} AS t SET {clear} WHERE t.id = ANY(%(ids)s) AND {may_go}"
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
    yield from _people(now, is_dry, window)
    yield from _steps(now, is_dry, window)
    for rule in RULES:
        yield from _rows(rule, now, is_dry, window)
    if not is_dry:
        yield Removed("django_session", remove_expired(now))


def _cutoff(setting: str, now: datetime) -> datetime:
    return now - timedelta(days=getattr(settings, setting))


def _people(now: datetime, is_dry: bool, window: int) -> Iterator[Removed]:
    """Erase those of whom nothing was heard for so long, some at each turn."""
    for ids in silent(now, window):
        groups = [ids] if is_dry else [ids[first : first + GROUP] for first in range(0, len(ids), GROUP)]
        for group in groups:
            yield Removed(PEOPLE, len(group) if is_dry else erase_silent(group, now))


def _rows(rule: Rule, now: datetime, is_dry: bool, window: int) -> Iterator[Removed]:
    cutoff = _cutoff(rule.setting, now)
    given = cutoffs(now) | {"cutoff": cutoff, "limit": window}
    find = FIND.format(table=rule.table, instant=rule.instant, may_go=rule.may_go)
    after = 0
    while True:
        (found,) = fetch(find, given | {"after": after})
        if found.last_id is None or (rule.rises and found.first_at >= cutoff):
            return
        after = found.last_id
        rows = len(found.ids)
        if rows and not is_dry:
            rows = _remove(rule, given | {"ids": found.ids})
        yield Removed(rule.name, rows)


def _remove(rule: Rule, given: Mapping[str, Any]) -> int:
    """Remove what was found, in one statement; return how many rows."""
    words = {"table": rule.table, "may_go": rule.may_go, "clear": rule.clear}
    return run((CLEAR if rule.clear else DELETE).format(**words), given)


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
