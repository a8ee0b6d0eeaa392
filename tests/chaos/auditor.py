"""The auditor: compares what was asked with what happened, and lists what does not agree. Pure.

It believes nobody: not the counters (it counts the rows), not the rows (it replays them), not the outbox (it
asks the providers what they were handed).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from crm.serializers import OUR_KEYS
from tests.chaos.journal import Incident, Journal
from tests.chaos.plan import Kind
from tests.chaos.replay import WINDOW, WINDOW_IN_TROUBLE, Replayed, heard_by, replay
from tests.chaos.village import email, phone
from tests.chaos.world import World, grouped
from workflows.compile import compile_definition
from workflows.definition import Definition, parse
from workflows.program import OPT_OUT

LATE = timedelta(seconds=5)
# For how long after its end a trouble may still be felt, in seconds: processes start again, leases end, recovery.
FELT = {
    Kind.KILL_WORKER: 12, Kind.KILL_DELIVERY: 30, Kind.KILL_BEAT: 12, Kind.KILL_WEB: 12, Kind.FLUSH_REDIS: 5,
    Kind.KILL_REDIS: 10, Kind.CUT_CONNECTIONS: 30, Kind.RESTART_POSTGRESQL: 30, Kind.CRASH_POSTGRESQL: 40,
    Kind.SECOND_BEAT: 2, Kind.SLOW: 5, Kind.BROKEN: 60, Kind.THROTTLED: 40, Kind.DROPPING: 60,
    Kind.CLOCK_AHEAD: 15, Kind.CLOCK_BEHIND: 15,
}  # fmt: skip
SETTLED = frozenset({"sent", "delivered", "opened", "clicked", "failed", "suppressed", "bounced", "complained"})
HANDED_OVER = frozenset({"sent", "delivered", "opened", "clicked"})
BY_POLICY = frozenset({"sans_adresse", "desinscrit", "adresse_bloquee", "trop_tard"})
TELLING = frozenset({"message_parti", "message_echoue", "appel_http_abouti", "appel_http_echoue"})
OUTCOMES = {"terminee": "completed", "convertie": "converted", "arretee": "stopped", "echouee": "failed"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree. `what` is its kind, `facts` are enough to look into it."""

    what: str
    facts: str

    def __str__(self) -> str:
        return f"{self.what}: {self.facts}"


@dataclass(slots=True)
class Report:
    """The findings, and figures of what was looked at. `late`: what came more than 5 s late, explained or not."""

    findings: list[Finding] = field(default_factory=list)
    lateness: dict[str, list[float]] = field(default_factory=dict)
    late: Counter[str] = field(default_factory=Counter)
    unknown: int = 0  # messages that are left to a person, each after its attempts met faults


def audit(journal: Journal, world: World) -> Report:
    """Compare everything. The system is at rest."""
    auditor = _Auditor(journal, world)
    report = auditor.report
    for check in (
        auditor.events, auditor.entries, auditor.lives, auditor.messages, auditor.sms, auditor.emails, auditor.hooks,
        auditor.revoked,
        auditor.outcomes, auditor.counters, auditor.punctuality,
    ):  # fmt: skip
        report.findings += check()
    return report


class _Auditor:
    def __init__(self, journal: Journal, world: World) -> None:
        self.journal, self.world, self.report = journal, world, Report()
        self.definitions: dict[int, Definition] = {v.id: parse(v.document) for v in world.versions}
        self.programs = {v.id: compile_definition(self.definitions[v.id], v.sector) for v in world.versions}
        self.slugs = {v.workflow_id: v.slug for v in world.versions}
        self.event = {e.id: e for e in world.events}
        self.contact = {c.id: c for c in world.contacts}
        self.message = {m.id: m for m in world.messages}
        self.events_of = grouped(world.events, "contact_id")
        self.replayed: dict[int, Replayed] = {}
        self.spans = sorted((i.began_at, i.ended_at + timedelta(seconds=FELT[Kind(i.kind)])) for i in journal.incidents)
        self.skew = timedelta(seconds=10 if any("clock" in i.kind for i in journal.incidents) else 0)

    # --- what was asked is stored, once ---

    def events(self) -> Iterator[Finding]:
        by_key = grouped([e for e in self.world.events if e.idempotency_key], "idempotency_key")
        asked = {a.key: a for a in self.journal.asked}
        for key in by_key.keys() - asked.keys():
            if key.startswith(OUR_KEYS):
                continue
            yield Finding("an event that nobody reported", f"{key} {by_key[key]}")
        for ask in asked.values():
            rows = by_key.get(ask.key, [])
            if ask.accepted_at is None and not rows:
                continue
            if len(rows) != 1:
                yield Finding("an event stored not once", f"{len(rows)} rows for {ask}")
                continue
            contact = self.contact[rows[0].contact_id]
            stored = (rows[0].name, rows[0].data, contact.email, contact.phone)
            if stored != (ask.name, ask.data, email(ask.person), phone(ask.person)):
                yield Finding("an event stored otherwise than reported", f"{ask} is {stored}")
            if set(ask.ids) - {rows[0].id}:
                yield Finding("an answer with another id", f"{ask} is {rows[0].id}")
        for event in self.world.events:
            if event.routed_at is None or event.error:
                yield Finding("an event not routed", str(event))

    # --- what was to begin has begun, once ---

    def entries(self) -> Iterator[Finding]:
        by_event = grouped(self.world.executions, "event_id")
        for event_id, executions in by_event.items():
            for slug, n in Counter(self.slugs[e.workflow_id] for e in executions).items():
                if n > 1:
                    yield Finding("an event began a workflow more than once", f"{n} × {slug} by event {event_id}")
        for version in self.world.versions:
            definition = self.definitions[version.id]
            names = {form.row().event for form in definition.trigger if form.row()}
            if version.is_current:
                fitting = [e for e in self.world.events if e.name in names and not e.workflow_id]
                yield from self._entries_of(version, definition, fitting, by_event)

    def _entries_of(self, version: Any, definition: Definition, fitting: Any, by_event: Any) -> Iterator[Finding]:
        rules = definition.entry.rules()
        mine = [e for e in self.world.executions if e.workflow_id == version.workflow_id]
        fitting_ids = {e.id for e in fitting}
        for execution in mine:
            if execution.event_id not in fitting_ids:
                yield Finding("an execution that no event was to begin", str(execution))
        runs = defaultdict(list)
        for execution in mine:
            runs[execution.contact_id, execution.entry_key].append(execution)
        yield from self._overlaps(version, rules, runs)
        if rules.per_day is not None:
            if len(mine) != min(len(fitting), rules.per_day):
                yield Finding(
                    "the daily cap", f"{version.slug}: {len(mine)} begun by {len(fitting)} events, cap {rules.per_day}"
                )
            return
        for event in fitting:
            if any(e.workflow_id == version.workflow_id for e in by_event.get(event.id, ())):
                continue
            others = runs[event.contact_id, rules.key_of(event.data)]
            if not any(self._refuses(other, rules.again_after, event.routed_at) for other in others):
                yield Finding("an event that began nothing", f"{version.slug} by {event}; runs {others}")

    def _refuses(self, other: Any, again_after: timedelta | None, at: datetime) -> bool:
        """Tell whether a run may have kept an event out that was routed then."""
        about = self._window(at)
        if other.started_at > at + about:
            return False
        is_running = other.ended_at is None or at <= other.ended_at + about
        return is_running or again_after is None or at < other.started_at + again_after + about

    def _overlaps(self, version: Any, rules: Any, runs: Any) -> Iterator[Finding]:
        for (contact, key), executions in runs.items():
            if rules.again_after is None and len(executions) > 1:
                yield Finding("begun again where it never may", f"{version.slug}, contact {contact}, key {key!r}")
            for one, following in pairwise(executions):
                about = self._window(following.started_at)
                if one.ended_at is None or one.ended_at > following.started_at + about:
                    yield Finding("two runs at once", f"{one} and {following}")
                elif rules.again_after and following.started_at < one.started_at + rules.again_after - self.skew:
                    yield Finding("begun again too soon", f"{one} and {following}")

    # --- each lived as its program says ---

    def lives(self) -> Iterator[Finding]:
        steps = grouped(self.world.steps, "execution_id")
        for execution in self.world.executions:
            program, contact = self.programs[execution.version_id], self.contact[execution.contact_id]
            facts = {
                "nom": contact.name, "email": contact.email, "telephone": contact.phone,
                "etiquettes": list(contact.tags), "champs": contact.fields,
            }  # fmt: skip
            if execution.ended_at is None:
                yield Finding("an execution that is stuck", f"{execution} at {self.world.now}")
            if execution.erreurs:
                yield Finding("an execution met an error", f"{execution}")
            heard = list(heard_by(execution, program, self.events_of[execution.contact_id]))
            data = self.event[execution.event_id].data if execution.event_id in self.event else {}
            found = replay(execution, program, facts, data, heard, steps[execution.id], self._window)
            self.replayed[execution.id] = found
            if found.wrong:
                yield Finding("an execution lived otherwise than its program", f"{execution} {found.wrong}")

    # --- each message is there once and settled ---

    def messages(self) -> Iterator[Finding]:
        by_execution, calls = grouped(self.world.messages, "execution_id"), grouped(self.world.calls, "execution_id")
        for execution in self.world.executions:
            found = self.replayed[execution.id]
            if found.wrong:
                continue
            stored = Counter((m.step, m.channel, m.template) for m in by_execution[execution.id])
            if stored != Counter(found.messages):
                yield Finding("other messages than its program wrote", f"{execution} {stored} {found.messages}")
            made = Counter(c.step for c in calls[execution.id])
            if made != Counter(found.calls):
                yield Finding("other calls than its program made", f"{execution} {made} {found.calls}")
        for message in self.world.messages:
            if message.status == "unknown" and message.due_at is None and message.attempts:
                self.report.unknown += 1
            elif message.status not in SETTLED:
                yield Finding("a message that is not settled", _told(message))
            has_opted_out = self.contact[message.contact_id].opted_out_at is not None
            if message.status == "suppressed" and message.reason == "desinscrit" and not has_opted_out:
                yield Finding("a message held back for nothing", _told(message))

    def sms(self) -> Iterator[Finding]:
        by_sid = grouped([m for m in self.world.messages if m.channel == "sms" and m.provider_id], "provider_id")
        yield from self._handed_over("sms", self.world.sms, "sid", by_sid)
        for body, n in Counter((m["to"], m["body"]) for m in self.world.sms).items():
            if n > 1:
                rows = [_told(m) for m in self.world.messages if m.payload and m.payload.get("body") == body[1]]
                yield Finding("an SMS handed over more than once", f"{n} × {body}: {rows}")

    def emails(self) -> Iterator[Finding]:
        by_id = grouped([m for m in self.world.messages if m.channel == "email" and m.provider_id], "provider_id")
        yield from self._handed_over("email", self.world.emails, "id", by_id)
        for message_id, n in Counter(_tagged(m) for m in self.world.emails).items():
            if n > 1:
                yield Finding("an email handed over more than once", f"{n} × {message_id}")

    def _handed_over(self, channel: str, taken: Sequence[Any], id_: str, rows: Any) -> Iterator[Finding]:
        """Everything taken has its row, which says so; everything that a row says was taken."""
        doubtful = {
            m.payload["body"] if channel == "sms" else str(m.id)
            for m in self.world.messages if m.channel == channel and m.status == "unknown" and m.payload
        }  # fmt: skip
        for message in taken:
            mine = rows.get(message[id_], [])
            told = message["body"] if channel == "sms" else _tagged(message)
            if not mine and told not in doubtful:
                row = next((m for m in self.world.messages if str(m.id) == told), None) or next(
                    (m for m in self.world.messages if m.payload and m.payload.get("body") == told), None
                )
                yield Finding(f"an {channel} handed over that no row owns", f"{told} {row and _told(row)}")
            for row in mine:
                if row.status not in HANDED_OVER:
                    yield Finding(f"an {channel} handed over whose row denies it", _told(row))
            if len(mine) > 1:
                yield Finding(f"an {channel} that several rows own", f"{told} {[_told(m) for m in mine]}")
        known = {message[id_] for message in taken}
        for row in self.world.messages:
            if row.channel == channel and row.status in HANDED_OVER and row.provider_id not in known:
                yield Finding(f"an {channel} that its provider never took", _told(row))

    def hooks(self) -> Iterator[Finding]:
        taken = Counter(m["id"] for m in self.world.hooks)
        bodies = defaultdict(set)
        for call_id, body in self.world.requests:
            bodies[call_id].add(body)
        for call in self.world.calls:
            call_id = f"msg_{call.id}"
            if call.status not in ("done", "failed", "revoked"):
                yield Finding("a call that is not settled", str(call))
            if call.status == "done" and not taken[call_id]:
                yield Finding("a call that nobody received", str(call))
            if len(bodies[call_id]) > 1:
                yield Finding("a call repeated with other bytes", f"{call} {bodies[call_id]}")
        for call_id in bodies.keys() - {f"msg_{call.id}" for call in self.world.calls}:
            yield Finding("a call that no row made", call_id)

    # --- what an exit or the goal has taken back does not go out later ---

    def revoked(self) -> Iterator[Finding]:
        ended = {}
        for execution in self.world.executions:
            exits = {"goal", OPT_OUT, *self.definitions[execution.version_id].exits}
            if execution.ended_at is not None and execution.reason in exits:
                ended[execution.id] = execution
        taken = [(m.execution_id, m.attempted_at, _told(m)) for m in self.world.messages if m.status in HANDED_OVER]
        taken += [(c.execution_id, c.settled_at, str(c)) for c in self.world.calls if c.status == "done"]
        for execution_id, at, facts in taken:
            execution = ended.get(execution_id)
            if execution is not None and at > execution.ended_at + LATE + self.skew:
                yield Finding("handed over after the end", f"{facts} of {execution}")

    # --- whoever waits for an outcome heard of it once ---

    def outcomes(self) -> Iterator[Finding]:
        told = Counter(
            (e.data.get("execution"), e.data.get("etape"))
            for e in self.world.events if e.name in TELLING
        )  # fmt: skip
        for message in self.world.messages:
            if message.reports_outcome:
                least = int(
                    message.status in HANDED_OVER or (message.status == "suppressed" and message.reason in BY_POLICY)
                )
                yield from self._told_once(message, told, least, _told(message))
        for call in self.world.calls:
            yield from self._told_once(call, told, int(call.status in ("done", "failed")), str(call))

    def _told_once(self, row: Any, told: Counter[Any], least: int, facts: str) -> Iterator[Finding]:
        n = told[f"{row.execution_id}/{row.run}", row.step]
        if not least <= n <= 1:
            yield Finding("an outcome not told once", f"{n} times: {facts}")

    # --- the counters agree with the rows ---

    def counters(self) -> Iterator[Finding]:
        world, counted = self.world, {(m.workflow_id, m.name): m.value for m in self.world.metrics}
        rows: Counter[tuple[int, str]] = Counter()
        workflow_of = {e.id: e.workflow_id for e in world.executions}
        for execution in world.executions:
            rows[execution.workflow_id, "started"] += 1
            if execution.status in OUTCOMES:
                rows[execution.workflow_id, OUTCOMES[execution.status]] += 1
        converted = {e.id for e in world.executions if e.status == "convertie"}
        for step in world.steps:
            if step.kind == "split" and step.execution_id in workflow_of:
                rows[workflow_of[step.execution_id], f"branch/{step.step}/{step.detail}"] += 1
                if step.execution_id in converted:
                    rows[workflow_of[step.execution_id], f"converted/{step.step}/{step.detail}"] += 1
        for message in world.messages:
            if message.sent_at is not None:
                rows[message.workflow_id, f"messages_sent_{message.channel}"] += 1
            if message.status == "suppressed" and message.reason in BY_POLICY:
                rows[message.workflow_id, "messages_suppressed"] += 1
            if message.status == "failed":
                rows[message.workflow_id, "messages_failed"] += 1
        looked_at = {name for _w, name in rows} | set(OUTCOMES.values())
        for key in sorted({k for k in counted if k[1] in looked_at} | set(rows)):
            if counted.get(key, 0) != rows[key]:
                slug = self.slugs.get(key[0], key[0])
                yield Finding("a counter", f"{slug} {key[1]}: counted {counted.get(key, 0)}, rows {rows[key]}")

    # --- what was late has its reason ---

    def punctuality(self) -> Iterator[Finding]:
        spans: dict[str, list[tuple[datetime, datetime, str]]] = {
            "events routed": [
                (e.occurred_at, e.routed_at, f"event {e.id}") for e in self.world.events if e.routed_at
            ],
            "steps taken": [
                (due, at, f"execution {id_}") for id_, found in self.replayed.items() for due, at in found.turns
            ],
            "messages tried": [
                (m.created_at, m.first_attempt_at, f"message {m.id}")
                for m in self.world.messages if m.first_attempt_at
            ],
            "calls settled": [
                (c.created_at, c.settled_at, f"call {c.id}")
                for c in self.world.calls if c.settled_at and c.status == "done"
            ],
        }  # fmt: skip
        for what, found in spans.items():
            self.report.lateness[what] = [max(0.0, (at - due).total_seconds()) for due, at, _f in found]
            for due, at, facts in found:
                if at - due <= LATE:
                    continue
                is_explained = self._is_troubled(due, at)
                self.report.late[f"{what}, {'explained' if is_explained else 'unexplained'}"] += 1
                if not is_explained:
                    yield Finding("late without a reason", f"{what}: {facts}, due {due}, done {at}")

    def _is_troubled(self, begin: datetime, end: datetime) -> bool:
        return any(b - self.skew <= end and begin <= e + self.skew for b, e in self.spans)

    def _window(self, at: datetime) -> timedelta:
        """Return how far the instants of two batches about then may lie from the order of their commits."""
        return WINDOW_IN_TROUBLE if self._is_troubled(at - WINDOW, at + WINDOW) else WINDOW


def _tagged(email: Any) -> str:
    """Return which of our messages an email is, as its tag says."""
    tags: dict[str, str] = {tag["name"]: tag["value"] for tag in email["tags"]}
    return tags["message_id"]


def _told(message: Any) -> str:
    return str({
        "id": message.id, "execution": message.execution_id, "step": message.step, "status": message.status,
        "reason": message.reason, "attempts": message.attempts, "calls": message.calls, "sid": message.provider_id,
        "body": (message.payload or {}).get("body", ""), "first": str(message.first_attempt_at),
        "last": str(message.attempted_at), "sent": str(message.sent_at),
    })  # fmt: skip


def incidents_of(incidents: Sequence[Incident]) -> Counter[str]:
    """Count incidents by kind."""
    return Counter(i.kind for i in incidents)
