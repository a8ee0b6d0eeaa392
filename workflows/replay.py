"""Replay: what a definition would have done with the events of the last days. A dry run: nothing is written or sent.

Events are read in their order, a batch at a time, and go through the same pure code as in production: triggers,
entry rules, signals, `advance`. Kept in memory are the executions that still run, and counters.

What it cannot know: executions that were running before the first day are left out, contacts are taken as they are
today, and what is sent is taken to arrive.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import Site
from berinia.clock import zone
from berinia.rows import fetch
from communications.policy import Refusal
from communications.suppress import closed
from crm.consent import granted
from crm.models.consent import Purpose
from workflows.channels import ADDRESSES, addresses
from workflows.compile import compile_definition
from workflows.definition import Definition
from workflows.entry import History, refuse
from workflows.facts import LEAD, LEAD_COLUMNS, contact_facts
from workflows.life import Assumptions, Life, Turned
from workflows.models import Workflow
from workflows.program import NOTHING, OPT_OUT, Outcome, Program
from workflows.steps.send import SendMessage
from workflows.triggers import fires

BATCH = 1_000
LISTED = 200  # messages that are named one by one

BEFORE = "SELECT id FROM evenements WHERE site_id = %s AND received_at < %s ORDER BY id DESC LIMIT 1"
EVENTS = """
SELECT id, contact_id, name, data, workflow_id, occurred_at, received_at FROM evenements
WHERE site_id = %s AND id > %s AND received_at < %s AND (name = ANY(%s) OR workflow_id = %s)
ORDER BY id LIMIT %s
"""
CONTACTS = f"""
SELECT c.id, c.name, c.email, c.phone, c.tags, c.fields, c.opted_out_at, {LEAD_COLUMNS},
    coalesce(nullif(c.timezone, ''), s.timezone) AS zone
FROM contacts c JOIN sites s ON s.id = c.site_id {LEAD} WHERE c.id = ANY(%s)
"""  # noqa: S608 - only constants are put in
EARLIER_RUNS = """
SELECT contact_id, entry_key, max(started_at) AS last_started_at FROM executions_workflow
WHERE workflow_id = %s AND contact_id = ANY(%s) AND started_at < %s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message that would have gone to someone; `refused` when it would not have left."""

    at: datetime
    contact_id: int
    contact: str
    channel: str
    template: str
    refused: Refusal | None


@dataclass(slots=True)
class Tally:
    """What would have happened. `sent` counts by (day of the site, channel, template)."""

    since: datetime
    until: datetime
    events: int = 0
    started: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    running: int = 0
    sent: Counter[tuple[date, str, str]] = field(default_factory=Counter)
    kept_back: Counter[str] = field(default_factory=Counter)
    listed: list[Listed] = field(default_factory=list)
    is_cut: bool = False  # there were more events than were asked for

    @property
    def conversion(self) -> float | None:
        """Which part (0 to 1) of those that ended reached the goal."""
        ended = self.outcomes.total()
        return self.outcomes[Outcome.CONVERTED] / ended if ended else None


@dataclass(slots=True)
class Run:
    """An execution that would run, and for whom."""

    life: Life
    contact_id: int
    name: str


@dataclass(slots=True)
class Replay:
    """A dry run of one definition on the events of one site."""

    site: Site
    definition: Definition
    program: Program
    workflow_id: int
    tally: Tally
    runs: defaultdict[int, list[Run]] = field(default_factory=lambda: defaultdict(list))
    last: dict[tuple[int, str], datetime] = field(default_factory=dict)  # earlier starts, where the rules ask
    agreed: dict[int, frozenset[str]] = field(default_factory=dict)  # on which channels to commercial messages
    asked: set[int] = field(default_factory=set)  # contacts whose earlier runs were read
    today: Counter[date] = field(default_factory=Counter)
    closed: set[tuple[str, str]] = field(default_factory=set)  # channels and addresses, of the contacts of a batch

    def batch(self, events: Sequence[Any]) -> None:
        """Take in events, in their order."""
        starters = sorted({event.contact_id for event in events if self._starts(event)})
        contacts = {row.id: row for row in fetch(CONTACTS, [starters])} if starters else {}
        known = [place for row in contacts.values() for place in addresses(contact_facts(row))]
        self.closed = closed(self.site.organization_id, known)
        self.agreed = granted(contacts, Purpose.MARKETING)
        self._read_earlier(starters)
        for event in events:
            now = max(self.tally.until, event.received_at)
            self.tally.until = now
            self._event(event, now, contacts)
        self.sweep(self.tally.until)

    def _starts(self, event: Any) -> bool:
        if event.name == OPT_OUT:
            return False
        if event.workflow_id:
            return bool(event.workflow_id == self.workflow_id)
        return fires(self.definition.trigger, event.name, event.data, event.occurred_at)

    def _read_earlier(self, contact_ids: Sequence[int]) -> None:
        """Read when these contacts started this workflow before the first day."""
        new = [pk for pk in contact_ids if pk not in self.asked]
        if self._forgets or not new:
            return
        self.asked.update(new)
        for row in fetch(EARLIER_RUNS, [self.workflow_id, new, self.tally.since]):
            self.last[row.contact_id, row.entry_key] = row.last_started_at

    @property
    def _forgets(self) -> bool:
        """Whether the rules never ask when a contact last started."""
        return self.program.entry.again_after == timedelta(0)

    def _event(self, event: Any, now: datetime, contacts: Mapping[int, Any]) -> None:
        self.tally.events += 1
        runs = self.runs[event.contact_id]
        for run in runs:
            self._pass(run, now)
            if not run.life.is_over:
                run.life.hear(event.name, event.data, now, event.occurred_at)
        if self._starts(event) and event.contact_id in contacts:
            self._start(event, now, contacts[event.contact_id], runs)
        if not runs:
            del self.runs[event.contact_id]

    def _start(self, event: Any, now: datetime, contact: Any, runs: list[Run]) -> None:
        rules = self.program.entry
        key, day = rules.key_of(event.data), self._day(now)
        is_running = any(run.life.entry_key == key and not run.life.is_over for run in runs)
        history = History(is_running, self.last.get((contact.id, key)), self.today[day])
        if refused := refuse(rules, history, now):
            self.tally.refused[refused] += 1
            return
        self.tally.started += 1
        self.today[day] += 1
        if not self._forgets:
            self.last[contact.id, key] = now
        agreed = self.agreed[contact.id]
        assume = Assumptions(
            blocked=self._blocked(contact, now),
            unsolicited={c: Refusal.NO_CONSENT for c in ADDRESSES if c not in agreed},
        )
        life = Life.begin(
            self.program, now, contact=contact_facts(contact), event=event.data or NOTHING, zone=contact.zone,
            contact_id=contact.id, workflow_id=self.workflow_id, assume=assume,
        )  # fmt: skip
        runs.append(Run(life, contact.id, contact.name or contact.email or contact.phone or ""))

    def _blocked(self, contact: Any, now: datetime) -> Mapping[str, Refusal]:
        if contact.opted_out_at and contact.opted_out_at <= now:
            return dict.fromkeys(ADDRESSES, Refusal.OPTED_OUT)
        return {place[0]: Refusal.SUPPRESSED for place in addresses(contact_facts(contact)) if place in self.closed}

    def _pass(self, run: Run, until: datetime) -> None:
        """Let an execution go on, and count what it sends and how it ends."""
        if run.life.is_over:
            return
        for happening in run.life.until(until):
            if isinstance(happening, Turned):
                for effect in happening.turn.effects:
                    if isinstance(effect, SendMessage):
                        self._sent(run, effect, happening.at)
        if run.life.state.outcome is not None:
            self.tally.outcomes[run.life.state.outcome] += 1

    def _sent(self, run: Run, message: SendMessage, at: datetime) -> None:
        refused = run.life.refusal(message)
        if refused:
            self.tally.kept_back[refused] += 1
        else:
            self.tally.sent[self._day(at), message.channel, message.template] += 1
        if len(self.tally.listed) < LISTED:
            self.tally.listed.append(Listed(at, run.contact_id, run.name, message.channel, message.template, refused))

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(zone(self.site.timezone)).date()

    def sweep(self, until: datetime) -> None:
        """Let time pass for everybody, and forget those that are over."""
        for contact_id, runs in list(self.runs.items()):
            for run in runs:
                self._pass(run, until)
            if left := [run for run in runs if not run.life.is_over]:
                self.runs[contact_id] = left
            else:
                del self.runs[contact_id]


def replay(workflow: Workflow, definition: Definition, days: int, now: datetime, *, limit: int | None = None) -> Tally:
    """Replay the events that a workflow's site received in the last days into a definition in its place.

    `limit`: how many events at the most, the oldest first. Raises what `advance` raises.
    """
    program = compile_definition(definition, workflow.sector)
    since = now - timedelta(days=days)
    run = Replay(workflow.site, definition, program, workflow.pk, Tally(since, since))
    for events in _batches(workflow, _heard(definition, program), since, now):
        left = None if limit is None else limit - run.tally.events
        if left is not None and len(events) > left:
            run.tally.is_cut = True
            run.batch(events[:left])
            break
        run.batch(events)
    if not run.tally.is_cut:
        run.tally.until = now
    run.sweep(run.tally.until)
    run.tally.running = sum(len(runs) for runs in run.runs.values())
    run.tally.listed.sort(key=lambda listed: (listed.at, listed.contact_id))
    return run.tally


def _heard(definition: Definition, program: Program) -> list[str]:
    """Return the names of the events that mean anything."""
    rows = [form.row() for form in definition.trigger]
    return sorted({row.event for row in rows if row and row.event} | set(program.signals))


def _batches(workflow: Workflow, names: Sequence[str], since: datetime, now: datetime) -> Iterator[list[Any]]:
    """Yield the events, by their id: as they were routed."""
    last = next((row.id for row in fetch(BEFORE, [workflow.site_id, since])), 0)
    while events := fetch(EVENTS, [workflow.site_id, last, now, list(names), workflow.pk, BATCH]):
        yield events
        last = events[-1].id
