"""Move running executions to another version of their workflow, where the step they stand at is still there.

What they have heard is worked out anew for the new version, from the contact's events; their due time becomes now,
so that `advance` decides again how long they rest, from the moment they reached their step. Each batch is a
transaction of its own: a migration that was interrupted is simply begun again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from berinia.rows import fetch
from berinia.wake import wake
from workflows.compile import LAST
from workflows.models import DefinitionVersion, Workflow
from workflows.program import Program, step_of
from workflows.programs import program_of

BATCH = 500

STANDING = """
SELECT s.version_id, v.number, s.at, sum(s.n)::bigint AS n
FROM executions_par_etape s JOIN versions_workflow v ON v.id = s.version_id
WHERE s.site_id = %s AND s.workflow_id = %s AND s.version_id <> %s
  AND s.status IN ('en_attente', 'en_cours', 'en_pause')
GROUP BY 1, 2, 3 HAVING sum(s.n) <> 0 ORDER BY v.number, s.at
"""
# Routing locks the contacts before it looks at their executions: who holds both sees every event that was heard.
# Nothing here waits for a lock: what another worker holds is left for the next pass.
CANDIDATES = """
SELECT e.id, e.contact_id FROM executions_workflow e
JOIN unnest(%s::bigint[], %s::text[]) AS m (version_id, at) ON e.version_id = m.version_id AND e.at = m.at
WHERE e.workflow_id = %s AND e.status IN ('en_attente', 'en_cours', 'en_pause') AND e.id > %s
ORDER BY e.id LIMIT %s
"""
LOCK_CONTACTS = "SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
CLAIM = """
SELECT e.id, e.run, e.version_id, e.contact_id, e.event_id, e.entry_key, e.at, e.started_at, e.seen
FROM executions_workflow e
JOIN unnest(%s::bigint[], %s::text[]) AS m (version_id, at) ON e.version_id = m.version_id AND e.at = m.at
WHERE e.id = ANY(%s) AND e.contact_id = ANY(%s) AND e.status IN ('en_attente', 'en_cours', 'en_pause')
ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
"""
# What an execution has heard: events that were routed after its own. One that was begun anew hears only what came
# since (its starting event was routed before its start).
HEARD = """
SELECT e.id AS execution_id, v.name, v.data, v.occurred_at
FROM executions_workflow e
LEFT JOIN evenements s ON s.id = e.event_id
JOIN evenements v ON v.contact_id = e.contact_id AND v.id <> e.event_id AND v.routed_at IS NOT NULL
WHERE e.id = ANY(%s) AND v.error = '' AND v.name = ANY(%s)
  AND (v.routed_at > e.started_at OR (v.id > e.event_id AND s.routed_at >= e.started_at))
ORDER BY v.id
"""
# A due time in the past is when the step was planned: it stays, so that what is late is not sent as if it were not.
MOVE = """
UPDATE executions_workflow AS e
SET version_id = %s, is_moved = TRUE, due_at = least(e.due_at, %s),
    seen = coalesce(string_to_array(nullif(m.seen, ''), ' '), '{}')
FROM unnest(%s::bigint[], %s::text[]) AS m (id, seen) WHERE e.id = m.id
"""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Executions that cannot move: where they stand, on which version, why, and how many."""

    step: str
    version: int
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How many executions can move to a version, and which cannot."""

    movable: int
    stuck: tuple[Stuck, ...]

    @property
    def stuck_count(self) -> int:
        """How many cannot."""
        return sum(group.count for group in self.stuck)


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did. `left`: how many more can move, because the limit was reached or others held them."""

    moved: int
    left: int
    stuck: tuple[Stuck, ...]


class ForeignVersionError(ValueError):
    """The version belongs to another workflow."""


def obstacle(old: Program | None, new: Program, at: str) -> str:
    """Return why an execution at `at` cannot move from one program to another, in French; "" when it can.

    `old` is None when its definition cannot be read any more.
    """
    if old is None:
        return _("sa version ne se lit plus")
    if old.entry.key != new.entry.key:
        return _("la clé d'entrée change")
    if at == LAST:
        return ""
    step = step_of(at)
    if step not in new.instructions:
        return _("l'étape n'existe plus")
    if step not in old.instructions or old.instructions[step].kind != new.instructions[step].kind:
        return _("l'étape est d'un autre type")
    if at not in new.instructions:
        return _("l'étape n'attend plus de réponse")
    return ""


def preview(workflow: Workflow, version: DefinitionVersion) -> Preview:
    """Count which running executions can move to a version. Raises ForeignVersionError and DefinitionError."""
    movable, stuck, _ways = _sorted(workflow, version)
    return Preview(movable, stuck)


def migrate(
    workflow: Workflow, version: DefinitionVersion, *, by: str, now: datetime, limit: int | None = None
) -> Migrated:
    """Move all running executions that can, or `limit` of them; a second call goes on where the first ended.

    Raises ForeignVersionError and DefinitionError.
    """
    _movable, _stuck, ways = _sorted(workflow, version)
    moved, after = 0, 0
    while limit is None or moved < limit:
        size = BATCH if limit is None else min(BATCH, limit - moved)
        done, after = _batch(workflow, version, ways, after, size, by, now)
        moved += done
        if not after:
            break
    left = preview(workflow, version)
    return Migrated(moved, left.movable, left.stuck)


Ways = Sequence[tuple[int, str]]  # (version, instruction) of executions that can move


def _sorted(workflow: Workflow, version: DefinitionVersion) -> tuple[int, tuple[Stuck, ...], Ways]:
    """Return how many can move, which cannot, and from where one can."""
    if version.workflow_id != workflow.pk:
        raise ForeignVersionError(version.pk)
    new = program_of(version.pk)
    movable, ways = 0, []
    stuck: dict[tuple[str, int, str], int] = {}
    for group in fetch(STANDING, [workflow.site_id, workflow.pk, version.pk]):
        reason = obstacle(_program(group.version_id), new, group.at)
        if reason:
            key = (step_of(group.at), group.number, reason)
            stuck[key] = stuck.get(key, 0) + group.n
        else:
            movable += group.n
            ways.append((group.version_id, group.at))
    return movable, tuple(Stuck(*key, count) for key, count in stuck.items()), ways


def _program(version_id: int) -> Program | None:
    try:
        return program_of(version_id)
    except ValueError:  # a definition of an older release that is not one any more
        return None


@transaction.atomic
def _batch(
    workflow: Workflow, version: DefinitionVersion, ways: Ways, after: int, size: int, by: str, now: datetime
) -> tuple[int, int]:
    """Move the next executions; return how many were, and the id after which to go on (0: that was all)."""
    versions, places = [way[0] for way in ways], [way[1] for way in ways]
    found = fetch(CANDIDATES, [versions, places, workflow.pk, after, size]) if ways else []
    if not found:
        return 0, 0
    contacts = [row.id for row in fetch(LOCK_CONTACTS, [[row.contact_id for row in found]])]
    rows = fetch(CLAIM, [versions, places, [row.id for row in found], contacts])
    if rows:
        seen = _seen(rows, program_of(version.pk))
        with connection.cursor() as cursor:
            cursor.execute(MOVE, [version.pk, now, list(seen), [" ".join(keys) for keys in seen.values()]])
        record(
            by, "workflow.migration", "workflow", workflow.pk, now=now, organization_id=workflow.organization_id,
            target=workflow.name, details={"version": version.number, "executions": len(rows)},
        )  # fmt: skip
        wake("engine")
    return len(rows), found[-1].id


def _seen(rows: Sequence[Any], new: Program) -> Mapping[int, Sequence[str]]:
    """Return what each execution has seen as the new program understands it."""
    found: dict[int, Sequence[str]] = {row.id: row.seen for row in rows}
    changed = {row.id: row for row in rows if program_of(row.version_id).signals != new.signals}
    if not changed:
        return found
    heard: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for event in fetch(HEARD, [list(changed), list(new.signals)]):
        row = changed[event.execution_id]
        keys = new.signals_of(
            event.name, event.data, occurred_at=event.occurred_at, started_at=row.started_at,
            entry_key=row.entry_key, execution=f"{row.id}/{row.run}",
        )  # fmt: skip
        heard[row.id].update(dict.fromkeys(keys))
    return found | {execution_id: list(heard[execution_id]) for execution_id in changed}
