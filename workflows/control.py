"""Control: pause, resume, stop, retry and skip; of chosen executions, a workflow, a site, an organization, everything.

What is paused above executions is a flag that claims of executions and of messages look at: it holds at once, however
much hangs on it, and events are remembered meanwhile. What is in the outbox and not yet handed over is taken back when
its execution stops. Resuming is told what to do with what is overdue; what has become too late is passed over in any
case. Every act is in the audit log. Much is done in rounds, each a transaction: one that is cut off is given again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from berinia.rows import copy_rows, fetch, run, update_rows
from berinia.wake import wake
from communications import control as outbox
from communications.control import Restart
from crm.models.metric import Counted, count, hour_of
from workflows.compile import LAST
from workflows.execute import STEP_RUN
from workflows.passes import Passes
from workflows.program import Outcome, step_of
from workflows.programs import program_of
from workflows.progress import tell_changed
from workflows.scope import Level, Scope

ROUND = 5_000
MOVING = ("en_attente", "en_cours")
ACTIVE = (*MOVING, "en_pause")
FAILED = "echouee"

PAUSE = {
    Level.EVERYTHING: """
        INSERT INTO plateforme AS p (id, is_paused) VALUES (1, %(paused)s)
        ON CONFLICT (id) DO UPDATE SET is_paused = excluded.is_paused WHERE p.is_paused <> excluded.is_paused
    """,
    Level.ORGANIZATION: (
        "UPDATE organisations SET is_paused = %(paused)s WHERE id = %(id)s AND is_paused <> %(paused)s"
    ),
    Level.SITE: "UPDATE sites SET is_paused = %(paused)s WHERE id = %(id)s AND is_paused <> %(paused)s",
    Level.WORKFLOW: """
        UPDATE workflows_automatises SET status = CASE WHEN %(paused)s THEN 'en_pause' ELSE 'actif' END
        WHERE id = %(id)s AND status = CASE WHEN %(paused)s THEN 'actif' ELSE 'en_pause' END
    """,
}
IS_PAUSED = {
    Level.EVERYTHING: "SELECT 1 AS yes FROM plateforme WHERE is_paused",
    Level.ORGANIZATION: "SELECT 1 AS yes FROM organisations WHERE id = %(id)s AND is_paused",
    Level.SITE: "SELECT 1 AS yes FROM sites WHERE id = %(id)s AND is_paused",
    Level.WORKFLOW: "SELECT 1 AS yes FROM workflows_automatises WHERE id = %(id)s AND status = 'en_pause'",
}
STOP_WORKFLOWS = "UPDATE workflows_automatises SET status = 'arrete' WHERE status <> 'arrete' AND {which}"
WORKFLOWS = {
    Level.EVERYTHING: "TRUE",
    Level.ORGANIZATION: "organization_id = %(id)s",
    Level.SITE: "site_id = %(id)s",
    Level.WORKFLOW: "id = %(id)s",
}
LOCK = """
SELECT e.id, e.organization_id, e.site_id, e.workflow_id, e.contact_id, e.version_id, e.entry_key, e.at, e.status,
    e.due_at, e.ended_at
FROM executions_workflow e WHERE {where} AND e.status = ANY(%(statuses)s) AND e.id > %(after)s
ORDER BY e.id LIMIT %(limit)s FOR UPDATE
"""
LOCK_OVERDUE = LOCK.replace("ORDER BY", "AND e.due_at <= %(now)s ORDER BY")
SET_STATUS = "UPDATE executions_workflow SET status = %s WHERE id = ANY(%s)"
RESUME = """
UPDATE executions_workflow AS e SET status = CASE
    WHEN EXISTS (SELECT 1 FROM etapes_execution s WHERE s.execution_id = e.id) THEN 'en_cours' ELSE 'en_attente' END
WHERE id = ANY(%s)
"""
SKIP_LATE = "UPDATE executions_workflow SET skip_until = %s WHERE id = ANY(%s) AND due_at <= %s"
PUT_OFF = """
UPDATE executions_workflow AS e SET due_at = late.until,
    planned_at = CASE WHEN e.planned_at >= e.entered_at THEN e.planned_at ELSE e.due_at END
FROM unnest(%s::bigint[], %s::timestamptz[]) AS late (id, until) WHERE e.id = late.id
"""
STOP = "UPDATE executions_workflow SET status = 'arretee', reason = %s, ended_at = %s, due_at = NULL WHERE id = ANY(%s)"
# Of one contact only one may run: not if a newer one does, and of several failed ones the last.
FREE = """
NOT EXISTS (SELECT 1 FROM executions_workflow o WHERE o.contact_id = e.contact_id AND o.workflow_id = e.workflow_id
    AND o.entry_key = e.entry_key AND o.id <> e.id
    AND (o.status IN ('en_attente', 'en_cours', 'en_pause') OR o.id = ANY(%(ids)s) AND o.id > e.id))
"""
# A retried step answers anew: what became of its last try is forgotten, and its message or call is another run's.
RETRY = f"""
UPDATE executions_workflow AS e
SET status = 'en_cours', reason = '', failures = 0, ended_at = NULL, due_at = %(now)s, entered_at = %(now)s,
    run = run + 1, seen = array_remove(array_remove(seen, at || '.issue'), at || '.issue!')
WHERE id = ANY(%(ids)s) AND {FREE} RETURNING e.id
"""  # noqa: S608 - only constants are put in
BEGIN_ANEW = f"""
UPDATE executions_workflow AS e
SET status = 'en_attente', reason = '', failures = 0, ended_at = NULL, due_at = %(now)s, entered_at = %(now)s,
    started_at = %(now)s, run = run + 1, seen = '{{}}', planned_at = NULL, skip_until = NULL, at = v.first
FROM unnest(%(ids)s::bigint[], %(firsts)s::text[]) AS v (id, first)
WHERE e.id = v.id AND {FREE} RETURNING e.id
"""  # noqa: S608
MAY_RUN = f"SELECT e.id FROM executions_workflow e WHERE e.id = ANY(%(ids)s) AND {FREE}"  # noqa: S608
SKIPPED = {
    "id": "bigint", "status": "text", "at": "text", "entered_at": "timestamptz", "due_at": "timestamptz",
    "ended_at": "timestamptz", "reason": "text", "failures": "int2",
}  # fmt: skip
LEFT_OVER = """
SELECT e.id FROM executions_workflow e
WHERE e.status IN ('en_attente', 'en_cours') AND e.due_at <= %s
  AND e.workflow_id = ANY(SELECT id FROM workflows_automatises WHERE status = 'arrete') LIMIT %s
"""
STOPPED_MESSAGES = "m.workflow_id IN (SELECT id FROM workflows_automatises WHERE status = 'arrete')"


class ConflictError(Exception):
    """The state does not allow this; the text says why, in French."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who gives it (a user's name, a key's prefix, the system), when, and why."""

    actor: str
    now: datetime
    reason: str = ""


def pause(scope: Scope, order: Order) -> int:
    """Pause: nothing starts, nothing moves, no message leaves; what happens meanwhile is remembered.

    Returns how many executions are held. Raises ConflictError if that level is not running.
    """

    def each(rows: Sequence[Any]) -> int:
        ids = _ids(rows)
        run(SET_STATUS, ["en_pause", ids])
        outbox.hold(ids)
        return len(ids)

    if scope.level is Level.EXECUTIONS:
        return _each(scope, MOVING, order, "pause", each)
    with transaction.atomic():
        if not run(PAUSE[scope.level], {"id": scope.id, "paused": True}):
            raise ConflictError(REFUSALS["pause"][scope.level]())
        held = _count(scope, MOVING)
        _record(scope, order, "pause", {"executions": held})
    return held


def resume(scope: Scope, order: Order, restart: Restart = Restart.SEND, over: timedelta = timedelta(0)) -> int:
    """Resume what is paused; `over` is the time that SPREAD takes. Returns how many executions go on.

    What is overdue is treated first, while nothing moves: an interrupted resume is given again.
    Raises ConflictError if that level is not paused.
    """
    details = {"reprise": str(restart)} | ({"duree_s": over.total_seconds()} if restart is Restart.SPREAD else {})

    def each(rows: Sequence[Any]) -> int:
        ids = _ids(rows)
        run(RESUME, [ids])
        _treat([row for row in rows if row.due_at and row.due_at <= order.now], restart, over, order.now)
        outbox.release(ids)
        outbox.treat_overdue("m.execution_id = ANY(%(ids)s)", {"ids": ids}, restart, over, order.now)
        return len(ids)

    if scope.level is Level.EXECUTIONS:
        resumed = _each(scope, ("en_pause",), order, "reprise", each, details)
    else:
        if not fetch(IS_PAUSED[scope.level], {"id": scope.id}):
            raise ConflictError(REFUSALS["reprise"][scope.level]())
        _treat_level(scope, restart, over, order.now)
        with transaction.atomic():
            if not run(PAUSE[scope.level], {"id": scope.id, "paused": False}):
                raise ConflictError(REFUSALS["reprise"][scope.level]())
            resumed = _count(scope, MOVING)
            _record(scope, order, "reprise", {"executions": resumed, **details})
    wake("engine")
    wake("delivery")
    wake("calls")
    wake("agents")
    return resumed


def stop(scope: Scope, order: Order) -> int:
    """Stop for good: executions end and what is not handed over is taken back; above executions, workflows stop too.

    Returns how many executions ended. Raises ConflictError when there is nothing to stop.
    """

    def each(rows: Sequence[Any]) -> int:
        return _stop(rows, order.reason, order.now)

    if scope.level is Level.EXECUTIONS:
        return _each(scope, ACTIVE, order, "arret", each)
    with transaction.atomic():
        stopped = run(STOP_WORKFLOWS.format(which=WORKFLOWS[scope.level]), {"id": scope.id})
        active = _count(scope, ACTIVE)
        if not stopped and not active:
            raise ConflictError(REFUSALS["arret"][scope.level]())
        _record(scope, order, "arret", {"executions": active, "workflows": stopped})
    ended = sum(_rounds(scope, ACTIVE, each))
    with transaction.atomic():
        outbox.revoke_queued(*scope.messages(), order.now)  # of executions that ended before, too
    return ended


def finish_stops(now: datetime) -> int:
    """End what was left when a stop was cut off half way; return how many executions."""
    ids = [row.id for row in fetch(LEFT_OVER, [now, ROUND])]
    ended = sum(_rounds(Scope.executions(ids), MOVING, lambda rows: _stop(rows, "arretee", now))) if ids else 0
    with transaction.atomic():
        outbox.revoke_queued(STOPPED_MESSAGES, {}, now)
    return ended


def retry(scope: Scope, order: Order, *, from_start: bool = False) -> int:
    """Take failed executions up again at the step that failed, or from their first step; return how many.

    One whose contact has meanwhile begun the same workflow anew stays as it is.
    """

    def each(rows: Sequence[Any]) -> int:
        params: dict[str, Any] = {"ids": _ids(rows), "now": order.now}
        if from_start:
            outbox.revoke(_ids(rows), order.now)
            params["firsts"] = [program_of(row.version_id).first for row in rows]
        again = {row.id for row in fetch(BEGIN_ANEW if from_start else RETRY, params)}
        passes = Passes(order.now)
        passes.taken_up(row for row in rows if row.id in again)
        passes.write()
        return len(again)

    details = {"depuis": "debut" if from_start else "etape"}
    retried = _each(scope, (FAILED,), order, "reessai", each, details)
    wake("engine")
    return retried


def skip_step(scope: Scope, order: Order) -> int:
    """Pass over the step at which executions stand or failed, with a record; return how many.

    Those that only wait for their goal have no step to pass over and stay as they are.
    """
    skipped = _each(scope, (*ACTIVE, FAILED), order, "etape_sautee", lambda rows: _skip(rows, order.now))
    wake("engine")
    return skipped


def _skip(rows: Sequence[Any], now: datetime) -> int:
    ids = [row.id for row in rows if row.status == FAILED]
    free = {row.id for row in fetch(MAY_RUN, {"ids": ids})} if ids else set()
    updates, runs, passes = [], [], Passes(now)
    for row in rows:
        program = program_of(row.version_id)
        after = program.followers.get(step_of(row.at)) if row.at != LAST else None
        if after is None or (row.status == FAILED and row.id not in free):
            continue
        status = "en_pause" if row.status == "en_pause" else "en_cours"
        updates.append((row.id, status, after, now, now, None, "", 0))
        kind = program.instructions[row.at].kind
        runs.append((row.organization_id, row.id, step_of(row.at), kind, now, "saute_par_operateur"))
        passes.skipped(row)
        passes.taken_up([row])
    passes.look()
    update_rows("executions_workflow", SKIPPED, updates)
    if runs:
        copy_rows("etapes_execution", STEP_RUN, runs)
    passes.write()
    return len(updates)


def _stop(rows: Sequence[Any], reason: str, now: datetime) -> int:
    ids, hour = _ids(rows), hour_of(now)
    run(STOP, [(reason or "arretee")[:200], now, ids])
    outbox.revoke(ids, now)
    count(Counter(Counted(row.organization_id, row.site_id, row.workflow_id, hour, "stopped") for row in rows))
    passes = Passes(now)
    for row in rows:
        passes.ended(row, row.at, Outcome.STOPPED)
    passes.write()
    return len(ids)


def _treat_level(scope: Scope, restart: Restart, over: timedelta, now: datetime) -> None:
    """Treat what is overdue in a level that is still paused. What a person paused by itself is not concerned."""
    if restart is Restart.SEND:
        return
    total, done = _count(scope, MOVING, now), 0

    def each(rows: Sequence[Any]) -> int:
        return _treat(rows, restart, over, now, done, total)

    for treated in _rounds(scope, MOVING, each, statement=LOCK_OVERDUE, now=now):
        done += treated
    with transaction.atomic():
        outbox.treat_overdue(*scope.messages(), restart, over, now)


def _treat(
    rows: Sequence[Any], restart: Restart, over: timedelta, now: datetime, done: int = 0, total: int | None = None
) -> int:
    """Pass over what overdue executions would send, or put them off: evenly, those of earlier rounds first."""
    ids = _ids(rows)
    if restart is Restart.SKIP:
        run(SKIP_LATE, [now, ids, now])
    elif restart is Restart.SPREAD:
        whole = max(total or 0, done + len(ids), 1)
        run(PUT_OFF, [ids, [now + over * ((done + n) / whole) for n in range(1, len(ids) + 1)]])
    return len(ids)


def _each(
    scope: Scope,
    statuses: Sequence[str],
    order: Order,
    action: str,
    act: Callable[[Sequence[Any]], int],
    details: Mapping[str, Any] | None = None,
) -> int:
    """Do something to the executions of a scope, in rounds, and write down each round, organization by organization."""

    def noted(rows: Sequence[Any]) -> int:
        done = act(rows)
        by_organization: dict[int, list[int]] = {}
        for row in rows:
            by_organization.setdefault(row.organization_id, []).append(row.id)
        for organization_id, ids in by_organization.items() if done else ():
            one = ids[0] if len(rows) == 1 else None
            facts = {"executions": len(ids), "premieres": ids[:100], **(details or {})}
            record(order.actor, action, str(scope.level), one, organization_id=organization_id, reason=order.reason,
                   details=facts, now=order.now)  # fmt: skip
        return done

    return sum(_rounds(scope, statuses, noted))


def _rounds(
    scope: Scope,
    statuses: Sequence[str],
    act: Callable[[Sequence[Any]], int],
    *,
    statement: str = LOCK,
    now: datetime | None = None,
) -> Iterator[int]:
    """Lock the executions of a scope by rounds, in the order of their ids; act on each round in its transaction."""
    where, params = scope.where()
    given = params | {"statuses": list(statuses), "limit": ROUND, "now": now}
    after, is_more = 0, True
    while is_more:
        with transaction.atomic():
            rows = fetch(statement.format(where=where), given | {"after": after})
            done = act(rows) if rows else 0
            tell_changed(rows)
        yield done
        is_more, after = len(rows) == ROUND, rows[-1].id if rows else 0


def _count(scope: Scope, statuses: Sequence[str], overdue_at: datetime | None = None) -> int:
    where, params = scope.where()
    overdue = "AND e.due_at <= %(now)s" if overdue_at else ""
    query = f"SELECT count(*) AS n FROM executions_workflow e WHERE {where} AND e.status = ANY(%(statuses)s) {overdue}"  # noqa: S608
    (row,) = fetch(query, params | {"statuses": list(statuses), "now": overdue_at})
    return int(row.n)


def _record(scope: Scope, order: Order, action: str, details: Mapping[str, Any]) -> None:
    record(
        order.actor, action, str(scope.level), scope.id, now=order.now, organization_id=scope.organization_id,
        target=scope.name, reason=order.reason, details=details,
    )  # fmt: skip


def _ids(rows: Sequence[Any]) -> list[int]:
    return [row.id for row in rows]


REFUSALS: Mapping[str, Mapping[Level, Callable[[], str]]] = {
    "pause": {
        Level.EVERYTHING: lambda: _("L'arrêt d'urgence est déjà donné."),
        Level.ORGANIZATION: lambda: _("Cette organisation est déjà en pause."),
        Level.SITE: lambda: _("Ce site est déjà en pause."),
        Level.WORKFLOW: lambda: _("Seul un workflow actif peut être mis en pause."),
    },
    "reprise": {
        Level.EVERYTHING: lambda: _("Il n'y a pas d'arrêt d'urgence à lever."),
        Level.ORGANIZATION: lambda: _("Cette organisation n'est pas en pause."),
        Level.SITE: lambda: _("Ce site n'est pas en pause."),
        Level.WORKFLOW: lambda: _("Seul un workflow en pause peut être repris."),
    },
    "arret": {
        Level.EVERYTHING: lambda: _("Tout est déjà arrêté."),
        Level.ORGANIZATION: lambda: _("Tout est déjà arrêté dans cette organisation."),
        Level.SITE: lambda: _("Tout est déjà arrêté sur ce site."),
        Level.WORKFLOW: lambda: _("Ce workflow est déjà arrêté."),
    },
}
