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

from berinia.logs import ids_of
from berinia.rows import copy_rows, fetch, update_rows
from berinia.wake import wake
from communications import control as outbox
from communications.models.reach import count_reached
from communications.notify import Alert, notify, written
from communications.pauses import paused
from crm.models.metric import Counted, count, hour_of
from crm.move_stage import Asked, move_by_workflow
from workflows.advance import EndlessProgramError, Transition, UnknownStepError, advance
from workflows.attribution import attributed
from workflows.facts import LEAD, LEAD_COLUMNS, contact_facts
from workflows.labels import reason_label
from workflows.passes import Passes
from workflows.program import NOTHING, Outcome, State, step_of
from workflows.programs import program_of
from workflows.progress import tell_moved

logger = logging.getLogger(__name__)

MAX_FAILURES = 3
FIRST_RETRY = timedelta(seconds=10)

CLAIM = """
SELECT id, run, is_moved, organization_id, site_id, workflow_id, version_id, contact_id, event_id, at, entered_at,
       CASE WHEN planned_at >= entered_at THEN planned_at ELSE due_at END AS due_at,
       started_at, seen, skip_until, failures, erreurs::text AS erreurs
FROM executions_workflow
WHERE status IN ('en_attente', 'en_cours') AND due_at <= %s
  AND workflow_id <> ALL(%s) AND site_id <> ALL(%s) AND organization_id <> ALL(%s) AND id <> ALL(%s)
  AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
CONTACTS = f"""
SELECT c.id, c.name, c.email, c.phone, c.tags, c.fields, {LEAD_COLUMNS},
    coalesce(nullif(c.timezone, ''), s.timezone) AS zone
FROM contacts c JOIN sites s ON s.id = c.site_id {LEAD} WHERE c.id = ANY(%s)
"""  # noqa: S608 - only constants are put in
ZONES = """
SELECT c.id, coalesce(nullif(c.timezone, ''), s.timezone) AS zone
FROM contacts c JOIN sites s ON s.id = c.site_id WHERE c.id = ANY(%s)
"""
MESSAGES = "SELECT execution_id, step, status FROM messages WHERE execution_id = ANY(%s) ORDER BY run"
EVENTS = "SELECT id, data FROM evenements WHERE id = ANY(%s)"
UPDATE_CONTACTS = """
UPDATE contacts SET fields = fields || %s::jsonb, updated_at = %s,
    tags = ARRAY(SELECT DISTINCT unnest(tags || %s::varchar[]) ORDER BY 1)
WHERE id IN (SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR UPDATE)
"""
EMIT = """
INSERT INTO evenements (organization_id, site_id, contact_id, name, data, workflow_id, occurred_at, error)
SELECT w.organization_id, w.site_id, e.contact, e.name, e.data::jsonb, w.id, %s, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[]) AS e (site, contact, name, data, slug)
JOIN workflows_automatises w ON w.site_id = e.site AND w.slug = e.slug
"""
WAYS = """
SELECT execution_id, step, detail FROM etapes_execution
WHERE execution_id = ANY(%s) AND step = ANY(%s) AND detail <> 'ignoree'
"""
STEP_RUN = ("organization_id", "execution_id", "step", "kind", "at", "detail")
EXECUTION = {
    "id": "bigint", "status": "text", "at": "text", "entered_at": "timestamptz", "due_at": "timestamptz",
    "ended_at": "timestamptz", "reason": "text", "failures": "int2", "erreurs": "jsonb",
}  # fmt: skip


@dataclass(slots=True)
class Turn:
    """One claimed execution and what became of it."""

    row: Any
    program: Any = None
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
            one = next(iter(claimed), None)
            logger.exception("execution %s could not be written", one, extra={"execution": one})
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
    held = paused()
    return fetch(CLAIM, [now, held.workflows, held.sites, held.organizations, list(skip), limit])


def _advance(rows: Sequence[Any], now: datetime) -> list[Turn]:
    programs: dict[int, Any] = {}
    turns = [Turn(row) for row in rows]
    for version_id in {row.version_id for row in rows}:
        try:
            programs[version_id] = program_of(version_id)
        except ValueError as error:  # a definition of an older release that is not one any more
            programs[version_id] = error
    facts = read_facts(rows, programs)
    for turn in turns:
        turn.program = programs[turn.row.version_id]
        if isinstance(turn.program, Exception):
            turn.error = turn.program
            continue
        try:
            turn.transition = advance(turn.program, facts.state(turn.row), now)
        except (EndlessProgramError, UnknownStepError, ValueError, KeyError, TypeError) as error:
            name = type(error).__name__  # its text may quote what a contact said
            logger.warning("execution %s cannot go on: %s", turn.row.id, name, extra=ids_of("execution", turn.row))
            turn.error = error
    return turns


@dataclass(slots=True)
class Facts:
    """What the programs of a batch look at."""

    contacts: Mapping[int, Any]
    zones: Mapping[int, str]
    events: Mapping[int, Any]
    messages: Mapping[int, dict[str, str]]

    def state(self, row: Any) -> State:
        """Return an execution as `advance` takes it."""
        return State(
            row.at, row.entered_at, row.started_at, row.due_at, frozenset(row.seen),
            self.contacts.get(row.contact_id, NOTHING), self.events.get(row.event_id, NOTHING), None, "",
            row.contact_id, row.workflow_id, self.zones.get(row.contact_id, "UTC"), self.messages.get(row.id, NOTHING),
            row.skip_until,
        )  # fmt: skip


def read_facts(rows: Sequence[Any], programs: Mapping[int, Any]) -> Facts:
    """Read the contacts, events and messages that the programs (by version) look at, and no others."""

    def wanted(names: frozenset[str], attribute: str) -> list[int]:
        return list({getattr(r, attribute) for r in rows if names & getattr(programs[r.version_id], "reads", NO_READS)})

    contact_ids = wanted(frozenset({"contact"}), "contact_id")
    contacts = fetch(CONTACTS, [contact_ids]) if contact_ids else []
    elsewhere = list({*wanted(frozenset({"zone"}), "contact_id")}.difference(contact_ids))
    zones = fetch(ZONES, [elsewhere]) if elsewhere else []
    event_ids = wanted(frozenset({"event"}), "event_id")
    messages: defaultdict[int, dict[str, str]] = defaultdict(dict)
    if execution_ids := wanted(frozenset({"messages"}), "id"):
        for message in fetch(MESSAGES, [execution_ids]):
            messages[message.execution_id][message.step] = message.status
    return Facts(
        {c.id: contact_facts(c) for c in contacts},
        {row.id: row.zone for row in (*contacts, *zones)},
        {e.id: e.data for e in fetch(EVENTS, [event_ids])} if event_ids else {},
        messages,
    )


NO_READS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Batch:
    """The rows that a batch of turns writes, gathered by table: the Writer that effects write to."""

    now: datetime
    stamp: str = field(init=False)
    executions: list[tuple[Any, ...]] = field(default_factory=list)
    step_runs: list[tuple[Any, ...]] = field(default_factory=list)
    inserts: defaultdict[tuple[str, Sequence[str]], list[Sequence[Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    alerts: list[Alert] = field(default_factory=list)
    revoked: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    updates: defaultdict[Any, list[int]] = field(default_factory=lambda: defaultdict(list))
    moves: list[Asked] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    counts: Counter[Counted] = field(default_factory=Counter)
    converted: list[Any] = field(default_factory=list)
    split: list[tuple[Any, frozenset[str]]] = field(default_factory=list)  # converted, with ways to report
    queues: set[Any] = field(default_factory=set)
    passes: Passes = field(init=False)

    def __post_init__(self) -> None:
        self.stamp, self.passes = self.now.isoformat(), Passes(self.now)

    # --- what effects call ---

    def insert(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> None:
        """Add a row to a table."""
        self.inserts[table, columns].append(row)

    def text(self, run: Any, template: str) -> str:
        """Write out a line of text for this contact; as it stands when it cannot be."""
        return written(template, run.contact_id, run.site_id, run.event_id, self.now)

    def alert(self, run: Any, key: str, severity: str, title: str) -> None:
        """Alert the operators."""
        self.alerts.append(Alert(
            run.organization_id, key, severity, title, "", link_of(run.id),
            contact_id=run.contact_id, event_id=run.event_id, site_id=run.site_id,
        ))  # fmt: skip

    def revoke(self, run: Any, reason: str) -> None:
        """Take back what is not yet handed over."""
        self.revoked[reason].append(run.id)

    def update_contact(self, run: Any, tags: tuple[str, ...], fields: tuple[tuple[str, Any], ...]) -> None:
        """Add tags to the contact and set its fields."""
        self.updates[tags, fields].append(run.contact_id)

    def move_lead(self, run: Any, stage: str, depth: int) -> None:
        """Move the contact's lead to a stage, as far as the pipeline lets a workflow."""
        self.moves.append(Asked(run.contact_id, stage, depth))

    def emit(self, run: Any, name: str, data: Mapping[str, Any], workflow: str) -> None:
        """Report an event that starts the workflow of this slug."""
        self.events.append((run.site_id, run.contact_id, name, json.dumps(data), workflow))

    def wake(self, queue: Any) -> None:
        """Wake the drainer of a queue."""
        self.queues.add(queue)

    # --- turns ---

    def add(self, turn: Turn) -> None:
        """Take in one turn."""
        row, transition = turn.row, turn.transition
        if transition is None:
            self._failed(row, turn.error)
            return
        state, outcome = transition.state, transition.state.outcome
        for step in transition.passed:
            self.step_runs.append((row.organization_id, row.id, step.step, step.kind, self.stamp, step.detail))
            self.passes.passed(row, step.step)
            if step.kind == "split" and step.detail != "ignoree":
                self._count(row, f"branch/{step.step}/{step.detail}")
        for effect in transition.effects:
            effect.write(self, row)
        if outcome is Outcome.FAILED:
            self._over(row, state.at, state.reason, reason_label(state.reason))
            return
        ended_at = self.now if outcome else None
        self.executions.append(
            (row.id, str(outcome or "en_cours"), state.at, state.entered_at, state.due_at, ended_at,
             state.reason[:200], 0, row.erreurs)
        )  # fmt: skip
        if outcome:
            self._count(row, OUTCOME_METRICS[outcome])
            self.passes.ended(row, state.at, outcome)
            if outcome is Outcome.CONVERTED:
                self._count(row, "conversions_timed")
                self._count(row, "conversion_seconds", max(0, round((self.now - row.started_at).total_seconds())))
                self.converted.append(row)
                if turn.program.splits:
                    self.split.append((row, turn.program.splits))

    def _failed(self, row: Any, error: Exception | None) -> None:
        said = f"{type(error).__name__}: {error}"[:300]
        if row.failures + 1 >= MAX_FAILURES:
            self._over(row, row.at, "erreur", said)
            return
        due_at = self.now + FIRST_RETRY * 4**row.failures * random.uniform(0.8, 1.2)  # noqa: S311
        self.executions.append(
            (row.id, "en_cours", row.at, row.entered_at, due_at, None, "", row.failures + 1,
             self._erreurs(row, row.at, said))
        )  # fmt: skip

    def _over(self, row: Any, at: str, reason: str, said: str) -> None:
        """Mark an execution as failed, and tell the operators."""
        self.executions.append(
            (row.id, "echouee", at, row.entered_at, None, self.now, reason[:200], row.failures + 1,
             self._erreurs(row, at, said))
        )  # fmt: skip
        self._count(row, "failed")
        self.passes.ended(row, at, Outcome.FAILED)
        self.alerts.append(Alert(
            row.organization_id, f"execution-failed/{row.workflow_id}", "error",
            f"Une exécution a échoué à l'étape « {step_of(at)} »", said, link_of(row.id),
        ))  # fmt: skip

    def _erreurs(self, row: Any, at: str, said: str) -> str:
        mark = {"etape": step_of(at), "le": self.now.isoformat(), "erreur": said}
        return json.dumps([*json.loads(row.erreurs), mark][-10:])

    def _count(self, row: Any, name: str, more: int = 1) -> None:
        self.counts[Counted(row.organization_id, row.site_id, row.workflow_id, hour_of(self.now), name)] += more

    def write(self) -> None:
        """Write everything; counters last, for they are shared."""
        self.passes.look()
        update_rows("executions_workflow", EXECUTION, self.executions)
        if self.step_runs:
            copy_rows("etapes_execution", STEP_RUN, self.step_runs)
        for (table, columns), rows in self.inserts.items():
            copy_rows(table, columns, rows)
        for reason, ids in self.revoked.items():
            outbox.revoke(ids, self.now, reason)
        with connection.cursor() as cursor:
            for (tags, fields), ids in self.updates.items():
                cursor.execute(UPDATE_CONTACTS, [json.dumps(dict(fields)), self.now, list(tags), sorted(set(ids))])
            if self.events:
                cursor.execute(EMIT, [self.now, *(list(column) for column in zip(*self.events, strict=True))])
        move_by_workflow(self.moves, self.now)
        notify(self.alerts, self.now)
        self._count_ways()
        count(self.counts)
        count_reached(attributed(self.converted, self.now))
        self.passes.write()
        for queue in self.queues:
            wake(queue)

    def _count_ways(self) -> None:
        """Count which ways of a split the converted came."""
        rows = {row.id: row for row, _splits in self.split}
        steps = {step for _row, splits in self.split for step in splits}
        for way in fetch(WAYS, [list(rows), list(steps)]) if rows else ():
            self._count(rows[way.execution_id], f"converted/{way.step}/{way.detail}")


OUTCOME_METRICS = {
    Outcome.COMPLETED: "completed", Outcome.CONVERTED: "converted", Outcome.STOPPED: "stopped",
}  # fmt: skip


def link_of(execution_id: int) -> str:
    """Return the admin's page of an execution."""
    return f"/admin/workflows/execution/{execution_id}/change/"


def _write(turns: Sequence[Turn], now: datetime) -> None:
    batch = Batch(now)
    for turn in turns:
        batch.add(turn)
    batch.write()
    tell_moved([turn.row for turn in turns], batch.executions)
