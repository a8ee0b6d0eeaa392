"""Control: pause, resume, stop and retry, of one execution, of several, or of a whole workflow.

What is in the outbox and not yet handed over is held with its execution, and taken back when it stops.
Resuming starts no burst of old messages: a step that has become too late is passed over, with a record.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from berinia.rows import fetch
from berinia.wake import wake
from crm.models.metric import Counted, count, hour_of
from workflows.models import Workflow, WorkflowStatus

LOCK = """
SELECT id, organization_id, site_id, workflow_id FROM executions_workflow
WHERE id = ANY(%s) AND status = ANY(%s) ORDER BY id FOR UPDATE
"""
SET_STATUS = "UPDATE executions_workflow SET status = %s WHERE id = ANY(%s)"
RESUME = """
UPDATE executions_workflow AS e SET status = CASE
    WHEN EXISTS (SELECT 1 FROM etapes_execution s WHERE s.execution_id = e.id) THEN 'en_cours' ELSE 'en_attente' END
WHERE id = ANY(%s)
"""
STOP = "UPDATE executions_workflow SET status = 'arretee', reason = %s, ended_at = %s, due_at = NULL WHERE id = ANY(%s)"
# A retried step answers anew: what became of its last try is forgotten, and its message or call is another run's.
RETRY = """
UPDATE executions_workflow AS e
SET status = 'en_cours', reason = '', failures = 0, ended_at = NULL, due_at = %s, entered_at = %s, run = run + 1,
    seen = array_remove(array_remove(seen, at || '.issue'), at || '.issue!')
WHERE id = ANY(%s) AND NOT EXISTS (
    SELECT 1 FROM executions_workflow o WHERE o.contact_id = e.contact_id AND o.workflow_id = e.workflow_id
    AND o.entry_key = e.entry_key AND o.status IN ('en_attente', 'en_cours', 'en_pause'))
"""
HOLD = "UPDATE messages SET status = 'held' WHERE execution_id = ANY(%s) AND status = 'queued'"
RELEASE = "UPDATE messages SET status = 'queued' WHERE execution_id = ANY(%s) AND status = 'held'"
# What an earlier call may have handed over (it ended without an answer) is not said to have stayed here.
REVOKE = """
UPDATE messages SET due_at = NULL,
    status = CASE WHEN attempts > 0 AND reason <> 'introuvable' THEN 'unknown' ELSE 'suppressed' END,
    reason = CASE WHEN attempts > 0 AND reason <> 'introuvable' THEN 'unknown' ELSE 'arretee' END
WHERE execution_id = ANY(%s) AND status IN ('queued', 'held')
"""
# What is in a provider's hands, or in doubt, may come back into the outbox: it is then too late for it.
# Locked in the order in which delivery locks them.
TOO_LATE = """
UPDATE messages SET useful_until = least(useful_until, %s) WHERE id IN (
    SELECT id FROM messages WHERE execution_id = ANY(%s) AND status IN ('sending', 'unknown') ORDER BY id FOR UPDATE)
"""
ACTIVE = "SELECT id FROM executions_workflow WHERE workflow_id = %s AND status = ANY(%s)"
MOVING = ["en_attente", "en_cours"]


class ConflictError(Exception):
    """The workflow is not in a state that allows this; the text says why, in French."""


@transaction.atomic
def pause(execution_ids: Collection[int], now: datetime) -> int:
    """Pause running executions and hold their messages; return how many."""
    ids = [row.id for row in fetch(LOCK, [list(execution_ids), MOVING])]
    _run(SET_STATUS, ["en_pause", ids])
    _run(HOLD, [ids])
    return len(ids)


@transaction.atomic
def resume(execution_ids: Collection[int], now: datetime) -> int:
    """Resume paused executions and release their messages; return how many."""
    ids = [row.id for row in fetch(LOCK, [list(execution_ids), ["en_pause"]])]
    _run(RESUME, [ids])
    _run(RELEASE, [ids])
    wake("engine")
    wake("delivery")
    return len(ids)


@transaction.atomic
def stop(execution_ids: Collection[int], reason: str, now: datetime) -> int:
    """Stop executions for good and take back their messages; return how many."""
    rows = fetch(LOCK, [list(execution_ids), [*MOVING, "en_pause"]])
    ids = [row.id for row in rows]
    _run(STOP, [reason[:200], now, ids])
    _run(REVOKE, [ids])
    _run(TOO_LATE, [now, ids])
    counts: dict[Counted, int] = {}
    for row in rows:
        key = Counted(row.organization_id, row.site_id, row.workflow_id, hour_of(now), "stopped")
        counts[key] = counts.get(key, 0) + 1
    count(counts)
    return len(ids)


@transaction.atomic
def retry(execution_ids: Collection[int], now: datetime) -> int:
    """Take failed executions up again at the step that failed; return how many.

    One whose contact has meanwhile begun the same workflow anew stays as it is.
    """
    ids = [row.id for row in fetch(LOCK, [list(execution_ids), ["echouee"]])]
    retried = _run(RETRY, [now, now, ids])
    wake("engine")
    return retried


def pause_workflow(workflow: Workflow, now: datetime) -> int:
    """Pause a workflow: nothing starts, nothing moves, what happens meanwhile is remembered.

    Returns how many executions are held. Raises ConflictError unless it is active.
    """
    with transaction.atomic():
        _change(
            workflow, WorkflowStatus.ACTIVE, WorkflowStatus.PAUSED, _("Seul un workflow actif peut être mis en pause.")
        )
        ids = _active(workflow)
        _run(HOLD, [ids])
    return len(ids)


def resume_workflow(workflow: Workflow, now: datetime) -> int:
    """Resume a paused workflow. Returns how many executions go on. Raises ConflictError unless it is paused."""
    with transaction.atomic():
        _change(
            workflow, WorkflowStatus.PAUSED, WorkflowStatus.ACTIVE, _("Seul un workflow en pause peut être repris.")
        )
        ids = _active(workflow)
        _run(RELEASE, [ids])
        wake("engine")
        wake("delivery")
    return len(ids)


def stop_workflow(workflow: Workflow, reason: str, now: datetime) -> int:
    """Stop a workflow and all of its executions. Returns how many. Raises ConflictError if it is stopped already."""
    with transaction.atomic():
        allowed = (WorkflowStatus.ACTIVE, WorkflowStatus.PAUSED)
        _change(workflow, allowed, WorkflowStatus.STOPPED, _("Ce workflow est déjà arrêté."))
        return stop([row.id for row in fetch(ACTIVE, [workflow.pk, [*MOVING, "en_pause"]])], reason, now)


def _change(
    workflow: Workflow, allowed: WorkflowStatus | tuple[WorkflowStatus, ...], new: WorkflowStatus, refusal: str
) -> None:
    states = allowed if isinstance(allowed, tuple) else (allowed,)
    if not Workflow.objects.filter(pk=workflow.pk, status__in=states).update(status=new):
        raise ConflictError(refusal)
    workflow.status = new


def _active(workflow: Workflow) -> list[int]:
    return [row.id for row in fetch(ACTIVE, [workflow.pk, MOVING])]


def _run(statement: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        changed: int = cursor.rowcount
    return changed
