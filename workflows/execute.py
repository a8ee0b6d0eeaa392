"""Execute: due executions are claimed in batches, advanced, and written set-wise.

There is no network in here, so no lease and no heartbeat: if the worker dies, the transaction rolls
back and the rows are due again.
"""

import json
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction

from berinia.rows import copy_rows, fetch, update_rows
from berinia.wake import wake
from communications.notify import Alert, notify
from crm.models.metric import Counted, count, hour_of
from workflows.advance import EndlessProgramError, Transition, UnknownStepError, advance
from workflows.program import NOTHING, NotifyOperators, RevokeMessages, SendMessage, State, UpdateContact
from workflows.programs import program_of

logger = logging.getLogger(__name__)

MAX_FAILURES = 3
FIRST_RETRY = timedelta(seconds=10)

CLAIM = """
SELECT id, organization_id, site_id, workflow_id, version_id, contact_id, event_id, at, entered_at, due_at,
       started_at, seen, failures, erreurs
FROM executions_workflow
WHERE status IN ('en_attente', 'en_cours') AND due_at <= %s
  AND workflow_id <> ALL(%s) AND site_id <> ALL(%s) AND organization_id <> ALL(%s) AND id <> ALL(%s)
ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
PAUSED = {
    "workflow": "SELECT id FROM workflows_automatises WHERE status <> 'actif'",
    "site": "SELECT id FROM sites WHERE is_paused",
    "organization": "SELECT id FROM organisations WHERE is_paused",
}
CONTACTS = "SELECT id, name, email, phone, tags, fields FROM contacts WHERE id = ANY(%s)"
EVENTS = "SELECT id, data FROM evenements WHERE id = ANY(%s)"
REVOKE = """
UPDATE messages SET status = 'suppressed', reason = %s, due_at = NULL
WHERE execution_id = ANY(%s) AND status = 'queued'
"""
UPDATE_CONTACTS = """
UPDATE contacts SET fields = fields || %s::jsonb, updated_at = %s,
    tags = ARRAY(SELECT DISTINCT unnest(tags || %s::varchar[]) ORDER BY 1)
WHERE id IN (SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR UPDATE)
"""
MESSAGE = (
    "organization_id", "site_id", "contact_id", "event_id", "execution_id", "workflow_id", "step", "template",
    "channel", "category", "status", "reason", "detail", "due_at", "useful_until", "provider", "provider_id",
    "to", "created_at",
)  # fmt: skip
STEP_RUN = ("organization_id", "execution_id", "step", "kind", "at", "detail")
EXECUTION = {
    "id": "bigint", "status": "text", "at": "text", "entered_at": "timestamptz", "due_at": "timestamptz",
    "ended_at": "timestamptz", "reason": "text", "failures": "int2", "erreurs": "jsonb",
}  # fmt: skip


@dataclass(slots=True)
class Turn:
    """One claimed execution and what became of it."""

    row: Any
    transition: Transition | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Executed:
    """What a batch did: executions claimed, steps passed."""

    executions: int = 0
    steps: int = 0


def execute_batch(*, now: datetime, limit: int, skip: Sequence[int] = ()) -> Executed:
    """Advance up to `limit` due executions, but those in `skip`.

    A batch survives its worst row: what `advance` cannot move is retried later and then marked as failed;
    what the database refuses is found by taking the batch's executions one by one.
    """
    try:
        with transaction.atomic():
            return _execute(now, limit, skip)
    except OperationalError:
        raise  # a lost connection or a deadlock: nothing is wrong with the executions
    except (DatabaseError, ValueError):
        logger.exception("a batch could not be written: one by one now")
        return _one_by_one(now, limit, skip)


def _one_by_one(now: datetime, limit: int, skip: Sequence[int]) -> Executed:
    total, tried = Executed(), list(skip)
    for _ in range(limit):
        claimed: list[int] = []
        try:
            with transaction.atomic():
                done = _execute(now, 1, tried, claimed=claimed.extend)
            if not done.executions:
                break
            total = Executed(total.executions + 1, total.steps + done.steps)
        except OperationalError:
            raise
        except (DatabaseError, ValueError) as error:
            logger.exception("execution %s could not be written", claimed)
            with transaction.atomic():
                rows = [row for row in _claim(now, 1, tried) if row.id in claimed]
                _write([Turn(row, error=error) for row in rows], now)
            tried += claimed
    return total


def _execute(
    now: datetime, limit: int, skip: Sequence[int], claimed: Callable[[list[int]], None] = lambda ids: None
) -> Executed:
    rows = _claim(now, limit, skip)
    if not rows:
        return Executed()
    claimed([row.id for row in rows])
    turns = _advance(rows, now)
    _write(turns, now)
    steps = sum(len(turn.transition.passed) for turn in turns if turn.transition)
    return Executed(len(turns), steps)


def _claim(now: datetime, limit: int, skip: Sequence[int]) -> list[Any]:
    paused = [[row.id for row in fetch(query)] for query in PAUSED.values()]
    return fetch(CLAIM, [now, *paused, list(skip), limit])


def _advance(rows: Sequence[Any], now: datetime) -> list[Turn]:
    programs: dict[int, Any] = {}
    turns = [Turn(row) for row in rows]
    for version_id in {row.version_id for row in rows}:
        try:
            programs[version_id] = program_of(version_id)
        except ValueError as error:  # a definition of an older release that is not one any more
            programs[version_id] = error
    contacts, events = _read(rows, programs)
    for turn in turns:
        program = programs[turn.row.version_id]
        if isinstance(program, Exception):
            turn.error = program
            continue
        row = turn.row
        state = State(
            row.at, row.entered_at, row.started_at, row.due_at, frozenset(row.seen),
            contacts.get(row.contact_id, NOTHING), events.get(row.event_id, NOTHING),
        )  # fmt: skip
        try:
            turn.transition = advance(program, state, now)
        except (EndlessProgramError, UnknownStepError, ValueError, KeyError, TypeError) as error:
            turn.error = error
    return turns


def _read(rows: Sequence[Any], programs: Mapping[int, Any]) -> tuple[dict[int, Any], dict[int, Any]]:
    """Read the contacts and events that the programs look at, and no others."""

    def wanted(name: str, attribute: str) -> list[int]:
        return list({getattr(r, attribute) for r in rows if name in getattr(programs[r.version_id], "reads", ())})

    contact_ids, event_ids = wanted("contact", "contact_id"), wanted("event", "event_id")
    contacts = {
        c.id: {
            "nom": c.name, "email": c.email or "", "telephone": c.phone or "", "etiquettes": list(c.tags),
            "champs": c.fields,
        }
        for c in (fetch(CONTACTS, [contact_ids]) if contact_ids else ())
    }  # fmt: skip
    events = {e.id: e.data for e in (fetch(EVENTS, [event_ids]) if event_ids else ())}
    return contacts, events


@dataclass(slots=True)
class Batch:
    """The rows that a batch of turns writes, gathered by table."""

    now: datetime
    executions: list[tuple[Any, ...]] = field(default_factory=list)
    step_runs: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    revoked: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    updates: defaultdict[UpdateContact, list[int]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[Counted] = field(default_factory=Counter)

    def add(self, turn: Turn) -> None:
        """Take in one turn."""
        row, transition = turn.row, turn.transition
        if transition is None:
            self._failed(row, turn.error)
            return
        state, outcome = transition.state, transition.state.outcome
        ended_at = self.now if outcome else None
        status = str(outcome or "en_cours")
        self.executions.append(
            (row.id, status, state.at, state.entered_at, state.due_at, ended_at, state.reason[:200], 0,
             json.dumps(row.erreurs))
        )  # fmt: skip
        for step in transition.passed:
            self.step_runs.append((row.organization_id, row.id, step.step, step.kind, self.now, step.detail))
        for effect in transition.effects:
            WRITERS[type(effect)](self, row, effect)
        if outcome:
            self._count(row, OUTCOME_METRICS[status])

    def _failed(self, row: Any, error: Exception | None) -> None:
        failures = row.failures + 1
        said = {"etape": row.at, "le": self.now.isoformat(), "erreur": f"{type(error).__name__}: {error}"[:300]}
        erreurs = json.dumps([*row.erreurs, said][-10:])
        over = failures >= MAX_FAILURES
        due_at = None if over else self.now + FIRST_RETRY * 4 ** (failures - 1) * random.uniform(0.8, 1.2)  # noqa: S311
        status = "echouee" if over else "en_cours"
        reason = "erreur" if over else ""
        self.executions.append(
            (row.id, status, row.at, row.entered_at, due_at, self.now if over else None, reason, failures, erreurs)
        )
        if over:
            self._count(row, "failed")
            self.alerts.append(Alert(
                row.organization_id, f"execution-failed/{row.workflow_id}", "error",
                f"Une exécution a échoué à l'étape « {row.at} »", said["erreur"], link_of(row.id),
            ))  # fmt: skip

    def _count(self, row: Any, name: str) -> None:
        self.counts[Counted(row.organization_id, row.site_id, row.workflow_id, hour_of(self.now), name)] += 1

    def _send(self, row: Any, effect: SendMessage) -> None:
        self.messages.append(
            (row.organization_id, row.site_id, row.contact_id, row.event_id, row.id, row.workflow_id, effect.step,
             effect.template, effect.channel, effect.category, "queued", "", "", self.now, effect.useful_until,
             "", "", "", self.now)
        )  # fmt: skip

    def _notify(self, row: Any, effect: NotifyOperators) -> None:
        self.alerts.append(Alert(
            row.organization_id, f"step/{row.id}/{effect.step}", effect.severity, effect.text, "", link_of(row.id),
            contact_id=row.contact_id, event_id=row.event_id, site_id=row.site_id,
        ))  # fmt: skip

    def _revoke(self, row: Any, effect: RevokeMessages) -> None:
        self.revoked[effect.reason].append(row.id)

    def _update(self, row: Any, effect: UpdateContact) -> None:
        self.updates[effect].append(row.contact_id)

    def write(self) -> None:
        """Write everything; counters last, for they are shared."""
        update_rows("executions_workflow", EXECUTION, self.executions)
        if self.step_runs:
            copy_rows("etapes_execution", STEP_RUN, self.step_runs)
        if self.messages:
            copy_rows("messages", MESSAGE, self.messages)
        with connection.cursor() as cursor:
            for reason, ids in self.revoked.items():
                cursor.execute(REVOKE, [reason[:60], ids])
            for update, ids in self.updates.items():
                cursor.execute(
                    UPDATE_CONTACTS, [json.dumps(dict(update.fields)), self.now, list(update.tags), sorted(set(ids))]
                )
        notify(self.alerts, self.now)
        count(self.counts)
        if self.messages:
            wake("delivery")


WRITERS: Mapping[type, Callable[[Batch, Any, Any], None]] = {
    SendMessage: Batch._send,
    NotifyOperators: Batch._notify,
    RevokeMessages: Batch._revoke,
    UpdateContact: Batch._update,
}
OUTCOME_METRICS = {"terminee": "completed", "convertie": "converted", "arretee": "stopped"}


def link_of(execution_id: int) -> str:
    """Return the admin's page of an execution."""
    return f"/admin/workflows/execution/{execution_id}/change/"


def _write(turns: Sequence[Turn], now: datetime) -> None:
    batch = Batch(now)
    for turn in turns:
        batch.add(turn)
    batch.write()
