"""Deliver: claim due messages, hand them over, settle.

The claim commits *before* the call and the result after it, so a worker that dies in between leaves a
message in `sending` with a lease that ends: `reconcile` then finds out what became of it. What goes
over the wire is written once and stored, so that a repeat sends the same bytes.
"""

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction

from berinia.rows import fetch, update_rows
from communications.backoff import Attempt, Fail, GiveUp, Hold, Reconcile, Retry, next_attempt
from communications.compose import ComposeError, compose
from communications.notify import Alert, notify
from communications.outcomes import Outcome, message_outcomes, report
from communications.pauses import paused
from communications.policy import EXPLANATIONS, Recipient, refusal
from communications.providers import Fault, Outgoing, Provider, Receipt, Refusal, provider_for, provider_named
from communications.suppress import suppress
from crm.models.metric import Counted, count, hour_of

logger = logging.getLogger(__name__)

COLUMNS = """
m.id, m.organization_id, m.site_id, m.contact_id, m.event_id, m.execution_id, m.workflow_id, m.step, m.template,
m.channel, m.category, m.useful_until, m.attempts, m.calls, m.first_attempt_at, m.attempted_at, m.provider,
m.provider_id, m.to, m.payload, m.run, m.reports_outcome, m.created_at
"""
CLAIM = f"""
SELECT {COLUMNS}, CASE m.channel WHEN 'sms' THEN c.phone ELSE c.email END AS address,
    c.opted_out_at IS NOT NULL AS has_opted_out,
    EXISTS (SELECT 1 FROM adresses_bloquees b WHERE b.organization_id = m.organization_id AND b.channel = m.channel
            AND b.address = CASE m.channel WHEN 'sms' THEN c.phone ELSE c.email END) AS is_suppressed
FROM messages m JOIN contacts c ON c.id = m.contact_id
WHERE m.status = 'queued' AND m.due_at <= %s
  AND m.site_id <> ALL(%s) AND m.organization_id <> ALL(%s) AND coalesce(m.workflow_id, 0) <> ALL(%s)
  AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
  AND NOT EXISTS (SELECT 1 FROM freins f WHERE f.workflow_id = m.workflow_id AND f.channel = m.channel)
ORDER BY m.category DESC, m.due_at LIMIT %s FOR UPDATE OF m SKIP LOCKED
"""  # noqa: S608 - only constants are put in
FIRST_OF_EXECUTION = """
SELECT m.id, extract(epoch FROM %s - e.received_at)::float AS seconds
FROM messages m JOIN evenements e ON e.id = m.event_id
WHERE m.id = ANY(%s) AND m.execution_id IS NOT NULL
  AND m.id = (SELECT min(o.id) FROM messages o WHERE o.execution_id = m.execution_id)
"""
CLAIMED = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2", "calls": "int4",
    "first_attempt_at": "timestamptz", "attempted_at": "timestamptz", "provider": "text", "to": "text",
    "payload": "jsonb", "reason": "text", "detail": "text",
}  # fmt: skip
SETTLED = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2", "provider_id": "text",
    "reason": "text", "detail": "text", "sent_at": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker now hands over: nobody else will before the lease ends."""

    row: Any
    provider: Provider
    outgoing: Outgoing
    attempts: int
    calls: int
    first_attempt_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one call."""

    claimed: Claimed
    receipt: Receipt | None = None
    refused: Refusal | None = None


def deliver_batch(*, now: datetime, limit: int) -> int:
    """Claim up to `limit` due messages, hand them over side by side, settle each when it is done.

    Returns how many messages were claimed, also those that policy held back.
    """
    begun = time.monotonic()
    with transaction.atomic():
        claimed, seen = _claim(now, limit)
    pending: set[Future[Result]] = {_pool().submit(_hand_over, message) for message in claimed}
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        settled_at = now + timedelta(seconds=time.monotonic() - begun)
        with transaction.atomic():
            _settle([future.result() for future in done], settled_at)
    return seen


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DELIVERY_CALLS, thread_name_prefix="deliver")


def _claim(now: datetime, limit: int) -> tuple[list[Claimed], int]:
    held = paused()
    rows = fetch(CLAIM, [now, held.sites, held.organizations, held.workflows, limit])
    claimed: list[Claimed] = []
    written: list[tuple[Any, ...]] = []
    alerts: list[Alert] = []
    counts: Counter[Counted] = Counter()
    outcomes: list[Outcome] = []
    lease = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    for row in rows:
        recipient = Recipient(row.address or "", row.has_opted_out, row.is_suppressed, row.useful_until)
        if refused := refusal(recipient, now):
            if _may_be_out(row):
                written.append(_left(row, "unknown", str(Fault.UNKNOWN), EXPLANATIONS[refused].why))
                alerts.append(_alert(row, f"unknown/{row.id}", "Un message a une issue inconnue"))
                continue
            written.append(_left(row, "suppressed", str(refused), ""))
            counts[_metric(row, now, "messages_suppressed")] += 1
            outcomes += message_outcomes([row], is_sent=False, reason=str(refused))
            continue
        try:
            message = _prepared(row, now)
        except (ComposeError, LookupError, TypeError, ValueError) as error:  # the batch survives its worst row
            if not isinstance(error, ComposeError):
                logger.exception("message %s could not be written out", row.id)
            written.append(_left(row, "failed", "modele", str(error)))
            counts[_metric(row, now, "messages_failed")] += 1
            outcomes += message_outcomes([row], is_sent=False, reason="modele")
            alerts.append(_alert(row, f"template/{row.template}", f"Message impossible à écrire : {error}"))
            continue
        claimed.append(message)
        written.append((
            row.id, "sending", lease, message.attempts, message.calls, message.first_attempt_at, now,
            message.provider.name, row.address, json.dumps(message.outgoing.payload), "", "",
        ))  # fmt: skip
    update_rows("messages", CLAIMED, written)
    report(outcomes, now)
    notify(alerts, now)
    count(counts)
    return claimed, len(rows)


def _may_be_out(row: Any) -> bool:
    """Tell whether an earlier call ended without an answer: then nobody may say that the message did not go out."""
    return row.attempts > 0 and provider_named(row.provider).repeat_safe  # the others were looked for, and not found


def _prepared(row: Any, now: datetime) -> Claimed:
    """Write the message out, unless that was done before an earlier attempt."""
    if row.payload is None:
        provider = provider_for(row.channel)
        payload = compose(row, provider, now)
    else:
        provider, payload = provider_named(row.provider), row.payload
    return Claimed(
        row, provider, Outgoing(key_of(row), row.id, in_order(payload), now), row.attempts + 1, row.calls + 1,
        row.first_attempt_at or now,
    )  # fmt: skip


def key_of(row: Any) -> str:
    """Return the idempotency key: the same for each attempt, another in each database."""
    return f"message/{row.id}/{row.created_at.timestamp():.6f}"


def in_order(value: Any) -> Any:
    """Put the keys of a payload in order: PostgreSQL keeps its own, and a repeat has to be the same bytes."""
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def _left(row: Any, status: str, reason: str, detail: str) -> tuple[Any, ...]:
    payload = json.dumps(row.payload) if row.payload is not None else None
    return (
        row.id, status, None, row.attempts, row.calls, row.first_attempt_at, row.attempted_at, row.provider,
        row.address or "", payload, reason, detail[:500],
    )  # fmt: skip


def _hand_over(claimed: Claimed) -> Result:
    """Make the call, in a thread of its own. No database in here."""
    try:
        return Result(claimed, receipt=claimed.provider.send(claimed.outgoing))
    except Refusal as refused:
        return Result(claimed, refused=refused)
    except Exception as error:
        logger.exception("message %s: the provider's file failed", claimed.row.id)
        return Result(claimed, refused=Refusal(Fault.UNKNOWN, code=type(error).__name__, detail=str(error)[:200]))


def _settle(results: Sequence[Result], now: datetime) -> None:
    """Write what came of calls, unless somebody else has settled the message meanwhile."""
    ids = [result.claimed.row.id for result in results]
    still = {
        row.id: row.calls
        for row in fetch(
            "SELECT id, calls FROM messages WHERE id = ANY(%s) AND status = 'sending' ORDER BY id FOR UPDATE", [ids]
        )
    }
    ours = [r for r in results if still.get(r.claimed.row.id) == r.claimed.calls]
    sent = [r for r in ours if r.receipt]
    written = [_sent(r, now) for r in sent]
    counts: Counter[Counted] = Counter(
        _metric(r.claimed.row, now, f"messages_sent_{r.claimed.row.channel}") for r in sent
    )
    alerts: list[Alert] = []
    written += [_refused(r.claimed, r.refused, now, alerts, counts) for r in ours if r.refused]
    update_rows("messages", SETTLED, written)
    failed = {row[0] for row in written if row[1] == "failed"}
    gone = [r.claimed.row for r in ours if r.claimed.row.id in failed]
    report(message_outcomes([r.claimed.row for r in sent], is_sent=True) + message_outcomes(gone, is_sent=False), now)
    _count_responses(sent, now, counts)
    notify(alerts, now)
    count(counts)


def _sent(result: Result, now: datetime) -> tuple[Any, ...]:
    assert result.receipt is not None
    return (result.claimed.row.id, "sent", None, result.claimed.attempts, result.receipt.id, "", "", now)


def _refused(
    claimed: Claimed, refused: Refusal, now: datetime, alerts: list[Alert], counts: Counter[Counted]
) -> tuple[Any, ...]:
    row, fault = claimed.row, refused.fault
    attempt = Attempt(
        claimed.attempts,
        claimed.calls,
        claimed.first_attempt_at,
        claimed.provider.repeat_safe,
        random.random(),  # noqa: S311
    )
    answer = next_attempt(
        fault,
        attempt,
        now,
        reconcile_after=timedelta(seconds=settings.RECONCILE_AFTER_SECONDS),
        retry_after=refused.retry_after,
    )
    said = f"{refused.http_status or ''} {refused.code} {refused.detail}".strip()[:500]
    costs = fault is Fault.UNKNOWN
    attempts = claimed.attempts if costs else claimed.attempts - 1
    match answer:
        case Retry(at):
            return (row.id, "queued", at, attempts, "", str(fault), said, None)
        case Hold(at):
            alerts.append(
                _alert(
                    row,
                    f"account/{claimed.provider.name}",
                    f"{claimed.provider.name} refuse notre compte : les messages attendent",
                    said,
                )
            )
            return (row.id, "queued", at, attempts, "", str(fault), said, None)
        case Reconcile(at):
            return (row.id, "unknown", at, attempts, "", str(fault), said, None)
        case GiveUp():
            alerts.append(_alert(row, f"unknown/{row.id}", "Un message a une issue inconnue", said))
            return (row.id, "unknown", None, attempts, "", str(fault), said, None)
        case Fail():
            if fault is Fault.ADDRESS:
                suppress(row.organization_id, row.channel, row.address, "unreachable", now)
            counts[_metric(row, now, "messages_failed")] += 1
            alerts.append(_alert(row, f"message-failed/{row.template}", "Un message a échoué", said))
            return (row.id, "failed", None, attempts, "", str(fault), said, None)
    raise AssertionError(answer)


def _count_responses(sent: Iterable[Result], now: datetime, counts: Counter[Counted]) -> None:
    """Count how long contacts waited for the first message of their execution."""
    rows = {r.claimed.row.id: r.claimed.row for r in sent if r.claimed.row.workflow_id}
    for first in fetch(FIRST_OF_EXECUTION, [now, list(rows)]) if rows else ():
        row = rows[first.id]
        counts[_metric(row, now, "responses")] += 1
        counts[_metric(row, now, "response_seconds")] += round(max(0.0, first.seconds))


def _metric(row: Any, now: datetime, name: str) -> Counted:
    return Counted(row.organization_id, row.site_id, row.workflow_id or 0, hour_of(now), name)


def _alert(row: Any, key: str, title: str, body: str = "") -> Alert:
    link = f"/admin/communications/message/{row.id}/change/"
    return Alert(row.organization_id, key, "error", title, body, link)
