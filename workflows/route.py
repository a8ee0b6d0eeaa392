"""Route: events start executions and move those that run. One transaction per batch.

Two events of one contact may be routed by two workers at once. Each batch therefore locks its
contacts, and an execution that begins looks back at what this contact did after the event that
starts it: whichever batch comes first, no signal is lost.
"""

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction

from berinia.clock import zone
from berinia.rows import fetch
from communications.notify import Alert, notify
from crm.leads import hear
from crm.models.metric import Counted, count, hour_of
from workflows.conditions import compile_condition
from workflows.entry import History, Refused, refuse
from workflows.program import OPT_OUT, Program, interrupts
from workflows.programs import program_of
from workflows.progress import tell_moved
from workflows.reviews import GOOD, review_of

logger = logging.getLogger(__name__)

CLAIM = """
SELECT id, organization_id, site_id, contact_id, name, data, workflow_id, occurred_at
FROM evenements WHERE routed_at IS NULL AND id > %s
ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
LOCK_CONTACTS = "SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
ROUTED = "UPDATE evenements SET routed_at = %s WHERE id = ANY(%s)"
NOTED = """
UPDATE evenements AS e SET routed_at = %s, moved = string_to_array(n.moved, ' ')::bigint[], refused = n.refused::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n (id, moved, refused) WHERE e.id = n.id
"""
SET_ASIDE = """
UPDATE evenements SET routed_at = %s, error = %s WHERE id = %s AND routed_at IS NULL
RETURNING organization_id, name
"""
LATER_EVENTS = """
SELECT contact_id, id, name, data, occurred_at FROM evenements
WHERE contact_id = ANY(%s) AND id > %s AND routed_at IS NOT NULL ORDER BY id
"""
TRIGGERS = """
SELECT t.site_id, t.event, t.condition, w.id AS workflow_id, w.version_id, s.timezone
FROM declencheurs_workflow t JOIN workflows_automatises w ON w.id = t.workflow_id JOIN sites s ON s.id = w.site_id
WHERE t.site_id = ANY(%s) AND t.event = ANY(%s) AND w.status <> 'arrete' AND w.version_id IS NOT NULL
"""
ASKED = """
SELECT w.id AS workflow_id, w.version_id, w.site_id, s.timezone
FROM workflows_automatises w JOIN sites s ON s.id = w.site_id
WHERE w.id = ANY(%s) AND w.status <> 'arrete' AND w.version_id IS NOT NULL
"""
RUNNING = """
SELECT id, run, contact_id, workflow_id, version_id, entry_key, at, started_at, seen FROM executions_workflow
WHERE contact_id = ANY(%s) AND status IN ('en_attente', 'en_cours', 'en_pause') ORDER BY id
"""
LAST_RUNS = """
SELECT contact_id, workflow_id, entry_key, max(started_at) AS last_started_at FROM executions_workflow
WHERE contact_id = ANY(%s) AND workflow_id = ANY(%s) GROUP BY 1, 2, 3
"""
# Batches that start the same capped workflow count one after the other. After the contacts, and in order: no deadlock.
LOCK_CAPPED = "SELECT id FROM workflows_automatises WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# Ids rise with time: the newest, as many as may start in a day, tell whether the day is full.
# A range of one: ordered by both, only the workflow's own index will do. The newest executions of all are no shortcut
# to those of a workflow that had most of them, long ago.
STARTED_SINCE = """
SELECT count(*) AS n FROM (
    SELECT started_at FROM executions_workflow WHERE workflow_id BETWEEN %(workflow)s AND %(workflow)s
    ORDER BY workflow_id, id DESC LIMIT %(most)s) AS newest
WHERE started_at >= %(since)s
"""
START = """
INSERT INTO executions_workflow (organization_id, site_id, workflow_id, version_id, contact_id, event_id, entry_key,
    at, seen, status, entered_at, due_at, started_at, reason, failures, erreurs)
SELECT o, s, w, v, c, e, k, a, coalesce(string_to_array(nullif(signals, ''), ' '), '{}'),
    'en_attente', %s, %s, %s, '', 0, '[]'
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::text[], %s::text[], %s::text[]) AS rows (o, s, w, v, c, e, k, a, signals)
ON CONFLICT (contact_id, workflow_id, entry_key) WHERE status IN ('en_attente', 'en_cours', 'en_pause') DO NOTHING
RETURNING id, organization_id, workflow_id, status, at
"""
# An execution is woken only by a signal that matters where it stands: `at` is read from the row as it
# is now, not as it was when the batch began.
SIGNAL = """
UPDATE executions_workflow AS e
SET seen = e.seen || string_to_array(s.signals, ' '),
    due_at = CASE WHEN s.wakes OR e.at = ANY(string_to_array(s.signals, ' ')) THEN least(e.due_at, %s) ELSE e.due_at END
FROM unnest(%s::bigint[], %s::text[], %s::boolean[]) AS s (id, signals, wakes)
WHERE e.id = s.id AND e.status IN ('en_attente', 'en_cours', 'en_pause')
"""


@dataclass(frozen=True, slots=True)
class Routed:
    """What a batch did. `last_id` is where the next batch of this drain goes on."""

    events: int = 0
    started: int = 0
    signalled: int = 0
    last_id: int = 0


@dataclass(slots=True)
class Notes:
    """What is written down beside events: whom each moved, and why a workflow that it might have started did not."""

    moved: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: defaultdict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def write(self, events: Sequence[Any], now: datetime) -> None:
        """Mark all events as routed, and write the notes of those that have some."""
        noted = [event.id for event in events if event.id in self.moved or event.id in self.refused]
        plain = [event.id for event in events if event.id not in self.moved and event.id not in self.refused]
        with connection.cursor() as cursor:
            if plain:
                cursor.execute(ROUTED, [now, plain])
            if noted:
                moved = [" ".join(map(str, self.moved.get(pk, ()))) for pk in noted]
                refused = [json.dumps(self.refused[pk]) if pk in self.refused else None for pk in noted]
                cursor.execute(NOTED, [now, noted, moved, refused])


@dataclass(slots=True)
class Run:
    """An execution, running or about to begin, as far as routing looks at it."""

    contact_id: int
    workflow_id: int
    entry_key: str
    program: Program
    started_at: datetime
    seen: set[str]
    event: Any = None  # the event that starts it, for a new one
    version_id: int = 0
    id: int | None = None
    run: int = 1
    fresh: list[str] = field(default_factory=list)

    def hear(self, event: Any) -> bool:
        """Take in the signals of an event; tell whether it said anything new."""
        keys = self.program.signals_of(
            event.name, event.data, occurred_at=event.occurred_at, started_at=self.started_at,
            entry_key=self.entry_key, execution=f"{self.id}/{self.run}",
        )  # fmt: skip
        new = [key for key in keys if key not in self.seen]
        self.seen.update(new)
        self.fresh += new
        return bool(new)


def route_batch(*, now: datetime, limit: int, after: int = 0) -> Routed:
    """Route up to `limit` new events with an id above `after`.

    If one of them cannot be routed, the others are, one by one; the bad one is set aside with its error.
    """
    try:
        with transaction.atomic():
            return _route(now, fetch(CLAIM, [after, limit]))
    except OperationalError:
        raise  # a lost connection or a deadlock: nothing is wrong with the events
    except (DatabaseError, ValueError, KeyError, TypeError):
        logger.exception("a batch of events could not be routed: one by one now")
        return _one_by_one(now, limit, after)


def _one_by_one(now: datetime, limit: int, after: int) -> Routed:
    done, last = 0, after
    for _ in range(limit):
        try:
            with transaction.atomic():
                if not (events := fetch(CLAIM, [last, 1])):
                    break
                last = events[0].id
                done += _route(now, events).events
        except OperationalError:
            raise
        except (DatabaseError, ValueError, KeyError, TypeError) as error:
            logger.exception("event %s could not be routed", last, extra={"event": last})
            _set_aside(last, error, now)
            done += 1
    return Routed(events=done, last_id=last)


def _set_aside(event_id: int, error: Exception, now: datetime) -> None:
    """Mark an event that cannot be routed and tell the operators; the admin routes it again."""
    said = f"{type(error).__name__}: {error}"[:200]
    with transaction.atomic():
        for row in fetch(SET_ASIDE, [now, said, event_id]):
            link = f"/admin/crm/event/{event_id}/change/"
            title = "Un événement n'a pas pu être traité"
            notify([Alert(row.organization_id, f"event/{row.name}", "error", title, said, link)], now)


def _route(now: datetime, events: Sequence[Any]) -> Routed:
    if not events:
        return Routed()
    contact_ids = sorted({event.contact_id for event in events})
    fetch(LOCK_CONTACTS, [contact_ids])
    runs: defaultdict[int, list[Run]] = defaultdict(list)
    for row in fetch(RUNNING, [contact_ids]):
        runs[row.contact_id].append(
            Run(
                row.contact_id,
                row.workflow_id,
                row.entry_key,
                program_of(row.version_id),
                row.started_at,
                set(row.seen),
                id=row.id,
                run=row.run,
            )
        )
    notes = Notes()
    candidates = _candidates(events, notes)
    begun = _begin(now, events, candidates, runs, notes)
    _look_back(begun, events)
    started = _write_started(begun, now)
    signalled = _write_signals([r for rs in runs.values() for r in rs if r.id is not None and r.fresh], now)
    notes.write(events, now)
    hear([event.id for event in events], now)
    count(started + _reviews(events, runs, notes, now))
    return Routed(len(events), started.total(), signalled, events[-1].id)


def _candidates(events: Sequence[Any], notes: Notes) -> dict[int, list[Any]]:
    """Return, by event id, the workflows that the event may start."""
    sites, names = list({e.site_id for e in events}), list({e.name for e in events})
    by_event: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
    for trigger in fetch(TRIGGERS, [sites, names]):
        by_event[trigger.site_id, trigger.event].append(trigger)
    asked_ids = list({e.workflow_id for e in events if e.workflow_id})
    asked = {w.workflow_id: w for w in fetch(ASKED, [asked_ids])} if asked_ids else {}
    found: dict[int, list[Any]] = {}
    for event in events:
        if event.workflow_id:
            workflow = asked.get(event.workflow_id)
            found[event.id] = [workflow] if workflow and workflow.site_id == event.site_id else []
            if not found[event.id]:
                notes.refused[event.id][event.workflow_id] = Refused.STOPPED
            continue
        triggers = by_event[event.site_id, event.name]
        fired = {t.workflow_id: t for t in triggers if _fires(t.condition, event)}
        for trigger in triggers:
            if trigger.workflow_id not in fired:
                notes.refused[event.id][trigger.workflow_id] = Refused.CONDITION
        found[event.id] = list(fired.values())
    return found


def _fires(condition: str, event: Any) -> bool:
    if not condition:
        return True
    return compile_condition(condition).holds({"event": event.data, "now": event.occurred_at})


def _begin(
    now: datetime,
    events: Sequence[Any],
    candidates: dict[int, list[Any]],
    runs: defaultdict[int, list[Run]],
    notes: Notes,
) -> list[Run]:
    """Go through the events in their order: each is heard by what runs, then may start more.

    `notes` gets the executions that were running and heard something new, and the refusals.
    """
    workflow_ids = list({w.workflow_id for ws in candidates.values() for w in ws})
    contact_ids = list({e.contact_id for e in events if candidates[e.id]})
    last = {
        (r.contact_id, r.workflow_id, r.entry_key): r.last_started_at
        for r in (fetch(LAST_RUNS, [contact_ids, workflow_ids]) if workflow_ids else ())
    }
    capped = {
        w.workflow_id
        for event in events
        for w in candidates[event.id]
        if event.name != OPT_OUT and program_of(w.version_id).entry.per_day is not None
    }
    if capped:
        fetch(LOCK_CAPPED, [sorted(capped)])
    today: dict[int, int] = {}
    begun: list[Run] = []
    for event in events:
        for run in runs[event.contact_id]:
            if run.hear(event) and run.id is not None:
                notes.moved[event.id].append(run.id)
        for workflow in candidates[event.id]:
            if event.name == OPT_OUT:
                notes.refused[event.id][workflow.workflow_id] = Refused.OPTED_OUT
                continue
            rules = program_of(workflow.version_id).entry
            key = rules.key_of(event.data)
            if rules.per_day is not None and workflow.workflow_id not in today:
                today[workflow.workflow_id] = _started_today(workflow, rules.per_day, now)
            history = History(
                is_running=any(
                    r.workflow_id == workflow.workflow_id and r.entry_key == key for r in runs[event.contact_id]
                ),
                last_started_at=last.get((event.contact_id, workflow.workflow_id, key)),
                started_today=today.get(workflow.workflow_id, 0),
            )
            if refusal := refuse(rules, history, now):
                notes.refused[event.id][workflow.workflow_id] = refusal
                continue
            run = Run(
                event.contact_id,
                workflow.workflow_id,
                key,
                program_of(workflow.version_id),
                now,
                set(),
                event=event,
                version_id=workflow.version_id,
            )
            runs[event.contact_id].append(run)
            begun.append(run)
            today[workflow.workflow_id] = today.get(workflow.workflow_id, 0) + 1
    return begun


def _started_today(workflow: Any, most: int, now: datetime) -> int:
    """Return how many began since the site's midnight, up to `most`."""
    midnight = now.astimezone(zone(workflow.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    found = fetch(STARTED_SINCE, {"workflow": workflow.workflow_id, "most": most, "since": midnight})
    started: int = found[0].n
    return started


def _look_back(begun: Iterable[Run], events: Sequence[Any]) -> None:
    """Hear what these contacts did after the starting event, where another batch was faster."""
    by_contact: defaultdict[int, list[Run]] = defaultdict(list)
    for run in begun:
        by_contact[run.contact_id].append(run)
    if not by_contact:
        return
    first = min(run.event.id for runs in by_contact.values() for run in runs)
    for event in fetch(LATER_EVENTS, [list(by_contact), first]):
        for run in by_contact[event.contact_id]:
            if event.id > run.event.id:
                run.hear(event)


def _write_started(begun: Sequence[Run], now: datetime) -> Counter[Counted]:
    """Write what begins; return how many did, as they are counted."""
    if not begun:
        return Counter()
    columns = [
        [r.event.organization_id for r in begun],
        [r.event.site_id for r in begun],
        [r.workflow_id for r in begun],
        [r.version_id for r in begun],
        [r.contact_id for r in begun],
        [r.event.id for r in begun],
        [r.entry_key for r in begun],
        [r.program.first for r in begun],
        [" ".join(r.fresh) for r in begun],
    ]
    rows = fetch(START, [now, now, now, *columns])
    tell_moved(rows, [(row.id, row.status, row.at) for row in rows])
    started = Counter(row.workflow_id for row in rows)
    owner = {r.workflow_id: r.event for r in begun}
    return Counter(
        {Counted(owner[w].organization_id, owner[w].site_id, w, hour_of(now), "started"): n for w, n in started.items()}
    )


def _reviews(events: Sequence[Any], runs: defaultdict[int, list[Run]], notes: Notes, now: datetime) -> Counter[Counted]:
    """Return what the reviews among these events count for: the latest workflow that heard it, or none (0)."""
    counts: Counter[Counted] = Counter()
    for event in events:
        if (note := review_of(event.name, event.data)) is None:
            continue
        heard = notes.moved.get(event.id, ())
        workflow = next((r.workflow_id for r in reversed(runs[event.contact_id]) if r.id in heard), 0)
        owner = event.organization_id, event.site_id, workflow, hour_of(now)
        counts[Counted(*owner, "reviews")] += 1
        if note >= GOOD:
            counts[Counted(*owner, "reviews_good")] += 1
    return counts


def _write_signals(runs: Sequence[Run], now: datetime) -> int:
    if not runs:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(SIGNAL, [
            now, [r.id for r in runs], [" ".join(r.fresh) for r in runs],
            [any(interrupts(key) for key in r.fresh) for r in runs],
        ])  # fmt: skip
        signalled: int = cursor.rowcount
    return signalled
