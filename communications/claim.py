"""Claim: take due messages, ask policy about each, write out those that may go.

Nothing is called in here: it all happens in the caller's transaction, which commits *before* the calls. What a
message is held back by is written beside it, with the instant at which it is asked again.
"""

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from berinia.logs import ids_of
from berinia.rows import fetch, update_rows
from communications.alerts import message_alert
from communications.backoff import KEY_LIFETIME
from communications.compose import ComposeError, Written, compose
from communications.models.batch import SendBatch
from communications.models.reach import Moment, Reached, count_reached, reached
from communications.notify import Alert, notify
from communications.outcomes import Outcome, message_outcomes, report
from communications.pauses import paused
from communications.policy import EXPLANATIONS, Answer, Defer, Hold, Refuse, Send
from communications.providers import Fault, Outgoing, Provider, provider_named
from communications.questions import Questions
from crm.models.metric import Counted, count, hour_of

logger = logging.getLogger(__name__)

COLUMNS = """
m.id, m.organization_id, m.site_id, m.contact_id, m.event_id, m.execution_id, m.workflow_id, m.step, m.template,
m.channel, m.category, m.useful_until, m.attempts, m.calls, m.first_attempt_at, m.attempted_at, m.provider,
m.provider_id, m.to, m.payload, m.run, m.reports_outcome, m.created_at, m.status, m.reason, m.batch_id,
m.template_version, m.segments
"""
RECIPIENT = """
CASE WHEN m.channel = 'email' THEN c.email ELSE c.phone END AS address, c.phone, c.opted_out_at, c.whatsapp_at,
c.timezone AS contact_zone, s.timezone AS site_zone,
m.channel = 'whatsapp' AND EXISTS (
    SELECT 1 FROM templates_communication t WHERE t.organization_id = m.organization_id AND t.name = m.template
    AND t.channel = m.channel AND t.content_sid <> '') AS has_content
"""
FREE = """
NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
AND m.site_id <> ALL(%(sites)s) AND m.organization_id <> ALL(%(organizations)s)
AND coalesce(m.workflow_id, 0) <> ALL(%(workflows)s)
AND NOT EXISTS (SELECT 1 FROM freins f WHERE f.workflow_id = m.workflow_id AND f.channel = m.channel)
"""
# What is part of a batch has no `due_at` of its own.
CLAIM = f"""
SELECT {COLUMNS}, {RECIPIENT}, true AS is_free
FROM unnest(%(channels)s::text[], %(limits)s::int[]) AS w (channel, most)
CROSS JOIN LATERAL (
    SELECT m.* FROM messages m
    WHERE m.channel = w.channel AND m.status = 'queued' AND m.due_at <= %(now)s AND {FREE}
    ORDER BY m.category DESC, m.due_at LIMIT w.most FOR UPDATE SKIP LOCKED
) AS m JOIN contacts c ON c.id = m.contact_id JOIN sites s ON s.id = m.site_id
"""  # noqa: S608 - only constants are put in
CLAIM_BATCHES = """
SELECT id FROM lots_envoi WHERE due_at <= %s AND provider = ANY(%s) ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
MEMBERS = f"""
SELECT {COLUMNS}, {RECIPIENT}, {FREE} AS is_free
FROM messages m JOIN contacts c ON c.id = m.contact_id JOIN sites s ON s.id = m.site_id
WHERE m.batch_id = ANY(%(batches)s) ORDER BY m.batch_id, m.id FOR UPDATE OF m
"""  # noqa: S608 - only constants are put in
CLAIMED = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2", "calls": "int4",
    "first_attempt_at": "timestamptz", "attempted_at": "timestamptz", "provider": "text", "to": "text",
    "payload": "jsonb", "reason": "text", "detail": "text", "batch_id": "bigint", "template_version": "int4",
    "segments": "int2",
}  # fmt: skip
# Why a message goes out by itself: a batch was refused because of one of its members.
ALONE = "seul"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker now hands over: nobody else will before the lease ends."""

    row: Any
    provider: Provider
    outgoing: Outgoing
    attempts: int
    calls: int
    first_attempt_at: datetime
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a provider: a message, or the members of a batch in their order."""

    provider: Provider
    key: str
    members: tuple[Claimed, ...]
    batch_id: int | None = None


@dataclass(slots=True)
class Claim:
    """What a claim writes, gathered, and the calls that follow from it."""

    now: datetime
    calls: list[Call] = field(default_factory=list)
    postponed: dict[int, datetime] = field(default_factory=dict)  # batches that wait for an hour, and which
    _written: list[tuple[Any, ...]] = field(default_factory=list)
    _alerts: list[Alert] = field(default_factory=list)
    _counts: Counter[Counted] = field(default_factory=Counter)
    _reached: Counter[Reached] = field(default_factory=Counter)
    _outcomes: list[Outcome] = field(default_factory=list)

    # --- which rows ---

    def take(self, provider: Provider, rows: Sequence[Any], questions: Questions, most_calls: int) -> None:
        """Put rows of one channel into so many calls, as far as policy lets them go, and write them out.

        They share requests only where there are more of them than calls: a request of its own shares no doubt.
        What finds no room stays as it is, for the next claim: policy is not asked, and nothing is counted.
        """
        alone, together = _parted(provider, rows) if len(rows) > most_calls else (list(rows), [])
        room = most_calls - (1 if together and most_calls > 1 else 0)
        singles = self._allowed(alone[:room], questions)
        shared = self._allowed(together, questions) if len(alone) < most_calls else []
        for row, carrier, text in self._texts(singles, provider):
            self._alone(carrier, row, text)
        self._in_batches(provider, [(row, text) for row, _carrier, text in self._texts(shared, provider)])

    def _allowed(self, rows: Sequence[Any], questions: Questions) -> list[Any]:
        """Return those that may go now, and write down why others may not."""
        allowed = []
        for row in rows:
            match questions.answer(row):
                case None | Hold():  # its contact is in another worker's hands, or it was paused just now
                    continue
                case Send():
                    allowed.append(row)
                case held:
                    self.leave(row, held)
        return allowed

    def _texts(self, rows: Sequence[Any], provider: Provider) -> Iterator[tuple[Any, Provider, Written]]:
        """Yield what goes over the wire: what was written once stays, and goes by whom it was written for."""
        fresh = self._compose([row for row in rows if row.payload is None], provider)
        for row in rows:
            if row.payload is not None:
                yield row, provider_named(row.provider), Written(row.payload, row.template_version, row.segments)
            elif row.id in fresh:
                yield row, provider, fresh[row.id]

    def repeat(self, batch_id: int, rows: Sequence[Any], questions: Questions) -> bool:
        """Repeat a batch with the very same members, or leave them to a person; tell whether it was touched.

        One of them that its provider has reported shows that all were taken: a repeat then only asks for their ids.
        """
        is_known = any(row.provider_id for row in rows)
        waiting = [row for row in rows if row.status == "queued"]
        answers = {row.id: questions.answer(row) for row in waiting}
        is_held = any(row.status == "held" or (row.status == "queued" and not row.is_free) for row in rows)
        if (is_held or None in answers.values()) and not is_known:
            return False
        if any(_key_is_forgotten(row, self.now) for row in rows):
            self._leave_all(waiting, answers)
        elif is_known or all(isinstance(answers.get(row.id), Send) for row in rows):
            self._repeat(batch_id, rows)
        elif later := _postponed(rows, answers):
            self.postponed[batch_id] = later
        else:
            self._leave_all(waiting, answers)
        return True

    def _repeat(self, batch_id: int, rows: Sequence[Any]) -> None:
        provider = provider_named(rows[0].provider)
        members = tuple(
            self._claimed(provider, row, Written(row.payload, row.template_version, row.segments), batch_id)
            for row in rows
        )
        self.calls.append(Call(provider, key_of_batch(batch_id, rows), members, batch_id))

    def _leave_all(self, rows: Sequence[Any], answers: Mapping[int, Answer | None]) -> None:
        for row in rows:
            answer = answers[row.id]
            self.leave(row, answer if isinstance(answer, Refuse | Defer) else None)

    # --- what becomes of them ---

    def leave(self, row: Any, answer: Refuse | Defer | None) -> None:
        """Write down why a message does not go out now; one that may be out already is left to a person.

        None: it might go, but not without the others of its batch.
        """
        is_doubtful = row.attempts > 0 and provider_named(row.provider).repeat_safe  # the others were looked for
        if isinstance(answer, Defer) and row.batch_id is None and not _key_is_forgotten(row, answer.until):
            self._write(row, "queued", answer.until, str(answer.why), "")
        elif answer is None or is_doubtful:
            self._write(row, "unknown", None, str(Fault.UNKNOWN), EXPLANATIONS[answer.why].why if answer else "")
            self._alerts.append(message_alert(row, f"unknown/{row.id}", "Un message a une issue inconnue"))
        else:
            self._write(row, "suppressed", None, str(answer.why), "")
            self._count(row, "messages_suppressed", Moment.SUPPRESSED)
            self._outcomes += message_outcomes([row], is_sent=False, reason=str(answer.why))

    def _compose(self, rows: Sequence[Any], provider: Provider) -> dict[int, Written]:
        try:
            texts = compose(rows, provider, self.now) if rows else {}
        except (LookupError, TypeError, ValueError):  # the batch survives its worst row
            logger.exception("messages could not be written out: one by one now")
            texts = {row.id: self._compose_one(row, provider) for row in rows}
        for row in rows:
            if isinstance(error := texts[row.id], ComposeError):
                self._fail(row, error)
        return {pk: text for pk, text in texts.items() if isinstance(text, Written)}

    def _compose_one(self, row: Any, provider: Provider) -> Written | ComposeError:
        try:
            return compose([row], provider, self.now)[row.id]
        except (LookupError, TypeError, ValueError) as error:
            logger.exception("message %s could not be written out", row.id, extra=ids_of("message", row))
            return ComposeError(str(error))

    def _fail(self, row: Any, error: ComposeError) -> None:
        self._write(row, "failed", None, error.reason, str(error))
        self._count(row, "messages_failed", Moment.FAILED)
        self._outcomes += message_outcomes([row], is_sent=False, reason=error.reason)
        self._alerts.append(message_alert(row, f"template/{row.template}", f"Message impossible à écrire : {error}"))

    def _alone(self, provider: Provider, row: Any, text: Written) -> None:
        if _key_is_forgotten(row, self.now):
            self._write(row, "unknown", None, "cle_expiree", "")
            return
        self.calls.append(Call(provider, key_of(row), (self._claimed(provider, row, text, None),)))

    @property
    def seen(self) -> int:
        """How many messages were dealt with: handed on, or held back with a reason."""
        return len(self._written) + len(self.postponed)

    def _in_batches(self, provider: Provider, texts: Sequence[tuple[Any, Written]]) -> None:
        if len(texts) == 1:
            self._alone(provider, *texts[0])
            return
        in_order_of_ids = sorted(texts, key=lambda pair: pair[0].id)
        for first in range(0, len(in_order_of_ids), provider.batch_size):
            part = in_order_of_ids[first : first + provider.batch_size]
            batch = SendBatch.objects.create(provider=provider.name, created_at=self.now)
            members = tuple(self._claimed(provider, row, text, batch.pk) for row, text in part)
            key = key_of_batch(batch.pk, [row for row, _text in part])
            self.calls.append(Call(provider, key, members, batch.pk))

    def _claimed(self, provider: Provider, row: Any, text: Written, batch_id: int | None) -> Claimed:
        """Mark a message as being handed over; one that was reported meanwhile keeps its state."""
        first = row.first_attempt_at or self.now
        outgoing = Outgoing(key_of(row), row.id, in_order(text.payload), self.now)
        if row.status == "queued":
            lease = self.now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
            self._written.append((
                row.id, "sending", lease, row.attempts + 1, row.calls + 1, first, self.now, provider.name, row.address,
                json.dumps(outgoing.payload), "", "", batch_id, text.template_version, text.segments,
            ))  # fmt: skip
        return Claimed(row, provider, outgoing, row.attempts + 1, row.calls + 1, first, batch_id)

    def _write(self, row: Any, status: str, due_at: datetime | None, reason: str, detail: str) -> None:
        payload = json.dumps(row.payload) if row.payload is not None else None
        self._written.append((
            row.id, status, due_at, row.attempts, row.calls, row.first_attempt_at, row.attempted_at, row.provider,
            row.address or "", payload, reason, detail[:500], row.batch_id, row.template_version, row.segments,
        ))  # fmt: skip

    def _count(self, row: Any, name: str, moment: Moment) -> None:
        self._counts[metric(row, self.now, name)] += 1
        self._reached[reached(row, moment, self.now)] += 1

    def write(self) -> None:
        """Write everything; counters last, for they are shared."""
        update_rows("messages", CLAIMED, self._written)
        report(self._outcomes, self.now)
        notify(self._alerts, self.now)
        count(self._counts)
        count_reached(self._reached)


@dataclass(frozen=True, slots=True)
class Room:
    """How much may go out on a channel now: by whom, so many requests, so many messages."""

    provider: Provider
    calls: int
    messages: int


def claim_due(rooms: Mapping[str, Room], now: datetime) -> Claim:
    """Claim due messages, by channel as far as there is room. In the caller's transaction."""
    rows = fetch(CLAIM, {
        "channels": list(rooms), "limits": [room.messages for room in rooms.values()], "now": now,
        **paused()._asdict(),
    })  # fmt: skip
    by_channel: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_channel[row.channel].append(row)
    claim = Claim(now)
    questions = Questions(rows, now)
    for channel, mine in by_channel.items():
        claim.take(rooms[channel].provider, mine, questions, rooms[channel].calls)
    questions.count([member.row for call in claim.calls for member in call.members])
    claim.write()
    return claim


def claim_batches(provider: Provider, most: int, now: datetime) -> Claim:
    """Claim batches whose outcome is not known, to repeat them as they were. In the caller's transaction."""
    batch_ids = [row.id for row in fetch(CLAIM_BATCHES, [now, [provider.name], most])]
    claim = Claim(now)
    if not batch_ids:
        return claim
    rows = fetch(MEMBERS, {"batches": batch_ids, **paused()._asdict()})
    questions = Questions([row for row in rows if row.status == "queued"], now)
    touched = [
        batch_id for batch_id in batch_ids
        if claim.repeat(batch_id, [row for row in rows if row.batch_id == batch_id], questions)
    ]  # fmt: skip
    SendBatch.objects.filter(pk__in=touched).update(due_at=None)
    for batch_id, at in claim.postponed.items():
        SendBatch.objects.filter(pk=batch_id).update(due_at=at)
    claim.write()
    return claim


def _parted(provider: Provider, rows: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Part rows into those that go alone and those that may share a request.

    What is in doubt is repeated as it was, and what spoiled a batch spoils no other.
    """
    if provider.batch_size < 2:
        return list(rows), []
    together = [
        r for r in rows if r.attempts == 0 and r.reason != ALONE and r.provider in ("", provider.name)
    ]  # fmt: skip
    ids = {row.id for row in together}
    return [row for row in rows if row.id not in ids], together


def _postponed(rows: Sequence[Any], answers: Mapping[int, Answer | None]) -> datetime | None:
    """Return when a batch may be repeated whose members only have to wait; None: some may never go, or not in time."""
    if not all(isinstance(answers.get(row.id), Send | Defer) for row in rows):
        return None
    latest = max(answer.until for answer in answers.values() if isinstance(answer, Defer))
    return None if any(_key_is_forgotten(row, latest) for row in rows) else latest


def _key_is_forgotten(row: Any, at: datetime) -> bool:
    """Tell whether a repeat at that instant could be a second message: the provider no longer knows the key."""
    if row.attempts < 1 or not provider_named(row.provider).repeat_safe:
        return False
    return row.first_attempt_at is not None and bool(at > row.first_attempt_at + KEY_LIFETIME)


def key_of(row: Any) -> str:
    """Return the idempotency key: the same for each attempt, another in each database."""
    return f"message/{row.id}/{row.created_at.timestamp():.6f}"


def key_of_batch(batch_id: int, rows: Sequence[Any]) -> str:
    """Return the idempotency key of a batch: it says who is in it, first and last."""
    return f"batch/{batch_id}/{rows[0].id}-{rows[-1].id}/{rows[0].created_at.timestamp():.6f}"


def in_order(value: Any) -> Any:
    """Put the keys of a payload in order: PostgreSQL keeps its own, and a repeat has to be the same bytes."""
    if isinstance(value, Mapping):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def metric(row: Any, now: datetime, name: str) -> Counted:
    """Return the hourly counter of a message's workflow."""
    return Counted(row.organization_id, row.site_id, row.workflow_id or 0, hour_of(now), name)
