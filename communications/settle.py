"""Settle: write what came of calls to providers. In the caller's transaction, which holds no call."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from berinia import tally
from berinia.rows import fetch, run, update_rows
from communications import gate
from communications.alerts import message_alert
from communications.backoff import ACCOUNT_HOLD, Answer, Attempt, Fail, GiveUp, Hold, Reconcile, Retry, next_attempt
from communications.claim import ALONE, Call, Claimed, metric
from communications.models.batch import SendBatch
from communications.models.reach import Moment, Reached, count_reached, reached
from communications.notify import Alert, notify
from communications.outages import provider_down, provider_up
from communications.outcomes import message_outcomes, report
from communications.providers import Fault, Provider, Receipt, Refusal
from communications.suppress import Closing, suppress_all
from communications.told import tell_messages
from crm.models.metric import Counted, count

SETTLED = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2", "provider_id": "text",
    "reason": "text", "detail": "text", "sent_at": "timestamptz", "batch_id": "bigint",
}  # fmt: skip
KEPT_REFUSALS = 20  # of one message: a provider that is down for a day refuses it a hundred times
REFUSED = f"""
UPDATE messages AS t SET refusals =
    CASE WHEN jsonb_array_length(t.refusals) >= {KEPT_REFUSALS} THEN t.refusals - 0 ELSE coalesce(t.refusals, '[]') END
    || jsonb_build_object('at', %s::timestamptz, 'said', v.said)
FROM unnest(%s::bigint[], %s::text[]) AS v (id, said) WHERE t.id = v.id
"""  # noqa: S608 - only a constant is put in
LOCK = "SELECT id, calls FROM messages WHERE id = ANY(%s) AND status = 'sending' ORDER BY id FOR UPDATE"
FIRST_OF_EXECUTION = """
SELECT m.id, extract(epoch FROM %s - e.received_at)::float AS seconds
FROM messages m JOIN evenements e ON e.id = m.event_id
WHERE m.id = ANY(%s) AND m.execution_id IS NOT NULL
  AND m.id = (SELECT min(o.id) FROM messages o WHERE o.execution_id = m.execution_id)
"""
_answered: dict[str, float] = {}  # when each account last answered this process
PACE_PAUSE = timedelta(seconds=1)  # for a provider that says "too many" but not for how long
SUPPRESSED_AS = {Fault.ADDRESS: "unreachable", Fault.OPT_OUT: "opt_out"}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one call: a receipt for each of its members, or why there is none. Neither: it was not made."""

    call: Call
    receipts: Sequence[Receipt] | None = None
    refused: Refusal | None = None
    began: float = 0.0  # of this process's monotonic clock, in seconds
    ended: float = 0.0


@dataclass(slots=True)
class Settlement:
    """The rows that results write, gathered."""

    now: datetime
    written: list[tuple[Any, ...]] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    failed: list[Any] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)  # messages, and what was said instead of taking them
    again: dict[int, datetime] = field(default_factory=dict)  # batches that are repeated, and when
    alerts: list[Alert] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)

    def add(self, result: Result, ours: set[int]) -> None:
        """Take in what came of a call; members that somebody else has settled meanwhile stay as they are."""
        call, mine = result.call, [member for member in result.call.members if member.row.id in ours]
        if result.receipts is not None:
            receipts = {m.row.id: receipt for m, receipt in zip(call.members, result.receipts, strict=True)}
            for member in mine:
                self.sent.append(member.row)
                self._write(member, "sent", None, provider_id=receipts[member.row.id].id, sent_at=self.now)
        elif result.refused is None:
            self._give_back(call, mine)
        elif call.batch_id is not None and _is_dissolved(call, result.refused):
            self._dissolve(mine, result.refused)
        else:
            self._refused(call, mine, result.refused)
        if result.refused is not None:
            self.refused |= dict.fromkeys((member.row.id for member in mine), _said(result.refused))

    def _give_back(self, call: Call, members: Sequence[Claimed]) -> None:
        """The call was not made: its messages are as they were, and free of a batch that was never tried."""
        batch_id = call.batch_id if any(member.attempts > 1 for member in call.members) else None
        for member in members:
            due_at = self.now if batch_id is None else None
            self._write(member, "queued", due_at, attempts=member.attempts - 1, batch_id=batch_id)
        if batch_id is not None:
            self.again[batch_id] = self.now

    def _dissolve(self, members: Sequence[Claimed], refused: Refusal) -> None:
        """Nothing of a batch was taken, and nothing is in doubt: its members are free again."""
        is_pace = refused.fault in (Fault.PACE, Fault.ACCOUNT)
        for member in members:
            at = _next(member, refused, self.now) if is_pace else Retry(self.now)
            assert isinstance(at, Retry | Hold)
            reason = str(refused.fault) if is_pace else ALONE
            self._write(member, "queued", at.at, attempts=0, reason=reason, detail=_said(refused), batch_id=None)
        if refused.fault is Fault.ACCOUNT and members and not closes(refused, members[0].provider):
            self.alerts.append(_account_alert(members[0], refused))

    def _refused(self, call: Call, members: Sequence[Claimed], refused: Refusal) -> None:
        spread = random.random()  # noqa: S311 - the members of a batch come again together
        for member in members:
            answer = _next(member, refused, self.now, spread)
            if call.batch_id is not None and isinstance(answer, Retry | Hold):
                self.again[call.batch_id] = answer.at
            self._answered(call, member, refused, answer)

    def _answered(self, call: Call, member: Claimed, refused: Refusal, answer: Answer) -> None:
        row, fault = member.row, refused.fault
        attempts = member.attempts if fault is Fault.UNKNOWN else member.attempts - 1
        told = {"attempts": attempts, "reason": str(fault), "detail": _said(refused)}
        match answer:
            case Retry(at) | Hold(at):
                if isinstance(answer, Hold) and not closes(refused, member.provider):
                    self.alerts.append(_account_alert(member, refused))
                self._write(member, "queued", at if call.batch_id is None else None, **told)
            case Reconcile(at):
                self._write(member, "unknown", at, **told)
            case GiveUp():
                key = f"unknown/{row.id}" if call.batch_id is None else f"unknown-batch/{call.batch_id}"
                self.alerts.append(message_alert(row, key, "Un message a une issue inconnue", _said(refused)))
                self._write(member, "unknown", None, **told)
            case Fail():
                if fault in SUPPRESSED_AS:
                    reason = SUPPRESSED_AS[fault]
                    self.closings.append(Closing(row.organization_id, row.channel, row.address, reason))
                self.failed.append(row)
                key = f"message-failed/{row.template}"
                self.alerts.append(message_alert(row, key, "Un message a échoué", _said(refused)))
                self._write(member, "failed", None, **told)

    def _write(self, member: Claimed, status: str, due_at: datetime | None, **more: Any) -> None:
        values = {
            "attempts": member.attempts, "provider_id": "", "reason": "", "detail": "", "sent_at": None,
            "batch_id": member.batch_id,
        } | more  # fmt: skip
        self.written.append((member.row.id, status, due_at, *values.values()))

    def write(self) -> None:
        """Write everything; counters last, for they are shared."""
        update_rows("messages", SETTLED, self.written)
        if self.refused:
            run(REFUSED, [self.now, list(self.refused), list(self.refused.values())])
        for batch_id, at in self.again.items():
            SendBatch.objects.filter(pk=batch_id).update(due_at=at)
        suppress_all(self.closings, self.now)
        outcomes = message_outcomes(self.sent, is_sent=True) + message_outcomes(self.failed, is_sent=False)
        report(outcomes, self.now)
        notify(self.alerts, self.now)
        counts, reach = self._counted()
        count(counts)
        count_reached(reach)
        tell_messages([(row, "sent") for row in self.sent] + [(row, "failed") for row in self.failed])

    def _counted(self) -> tuple[Counter[Counted], Counter[Reached]]:
        counts = Counter(metric(row, self.now, f"messages_sent_{row.channel}") for row in self.sent)
        counts.update(metric(row, self.now, "messages_failed") for row in self.failed)
        _count_responses(self.sent, self.now, counts)
        reach = Counter(reached(row, Moment.SENT, self.now) for row in self.sent)
        reach.update(reached(row, Moment.FAILED, self.now) for row in self.failed)
        return counts, reach


def settle(results: Sequence[Result], now: datetime) -> None:
    """Write what came of calls, and tell the gates of their providers."""
    members = [member for result in results for member in result.call.members]
    still = {row.id: row.calls for row in fetch(LOCK, [[member.row.id for member in members]])}
    ours = {member.row.id for member in members if still.get(member.row.id) == member.calls}
    settlement = Settlement(now)
    for result in results:
        settlement.add(result, ours)
    settlement.write()
    tally.add("provider_requests", Counter(_ending(r) for r in results if r.receipts is not None or r.refused))
    _tell_gates(results, now)


def _ending(result: Result) -> tuple[str, str]:
    """Return how a request ended, as /metrics counts it."""
    return result.call.provider.name, "accepted" if result.refused is None else str(result.refused.fault)


def _next(member: Claimed, refused: Refusal, now: datetime, spread: float | None = None) -> Answer:
    attempt = Attempt(
        member.attempts, member.calls, member.first_attempt_at, member.provider.repeat_safe,
        random.random() if spread is None else spread,  # noqa: S311
    )  # fmt: skip
    wait = timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)
    return next_attempt(refused.fault, attempt, now, reconcile_after=wait, retry_after=refused.retry_after)


def _is_dissolved(call: Call, refused: Refusal) -> bool:
    """Tell whether a batch is given up, because nothing of it was taken.

    One that had been taken would have been answered with its first result, so a refusal of its content ends the
    doubt about earlier calls. "Not now" and "not you" do not.
    """
    if refused.fault in (Fault.UNKNOWN, Fault.CONFLICT):
        return False
    is_in_doubt = any(member.attempts > 1 for member in call.members)
    return not is_in_doubt or refused.fault not in (Fault.PACE, Fault.ACCOUNT)


def _tell_gates(results: Sequence[Result], now: datetime) -> None:
    """Say how the calls to each provider ended, in their order; pause those that asked for it or refuse us."""
    ended: defaultdict[str, list[Result]] = defaultdict(list)
    for result in sorted(results, key=lambda result: result.ended):
        if result.receipts is not None or result.refused is not None:
            ended[result.call.provider.account_key].append(result)
    for calls in ended.values():
        provider = calls[0].call.provider
        failures, answers = _in_a_row(calls)
        refusals = [result.refused for result in calls if result.refused is not None]
        for refused in refusals:
            if span := _pause_for(refused, provider):
                gate.pause(provider, span)
        why = next((refused for refused in refusals if closes(refused, provider)), None)
        if why:
            answers, failures = 0, gate.FAILURES  # the first request that it takes again shows that all is well
        if failures or gate.is_troubled(provider):
            changed = gate.report(provider, answers, failures)
            if changed > 0:
                provider_down(provider.name, _said(why or refusals[-1]), now)
            elif changed < 0:
                provider_up(provider.name, now)


def _in_a_row(calls: Sequence[Result]) -> tuple[int, int]:
    """Return how many calls failed since the last answer, and how many were answered.

    A call that hangs ends long after those that began with it: where one that began later was answered, the provider
    lives, and the failure says nothing.
    """
    failures = answers = 0
    for result in calls:
        account = result.call.provider.account_key
        if result.refused is None or not _is_silence(result.refused):
            failures, answers = 0, answers + 1
            _answered[account] = result.ended
        elif result.began >= _answered.get(account, 0.0):
            failures += 1
    return failures, answers


def closes(refused: Refusal, provider: Provider) -> bool:
    """Tell whether a provider refuses the whole account, and not just one of its senders."""
    return refused.fault is Fault.ACCOUNT and (refused.http_status == 401 or refused.code in provider.closing)


def _is_silence(refused: Refusal) -> bool:
    """Tell whether the provider did not answer as it should: only that is the breaker's business."""
    return refused.fault is Fault.UNKNOWN or (refused.fault is Fault.PACE and refused.http_status is None)


def _pause_for(refused: Refusal, provider: Provider) -> timedelta | None:
    """Return for how long nobody is to call this account: it said so, or it refuses us altogether."""
    if refused.fault is Fault.PACE and refused.http_status == 429:
        return refused.retry_after or PACE_PAUSE
    if closes(refused, provider):
        return max(refused.retry_after or ACCOUNT_HOLD, ACCOUNT_HOLD)
    return None


def _said(refused: Refusal) -> str:
    return f"{refused.http_status or ''} {refused.code} {refused.detail}".strip()[:500]


def _account_alert(member: Claimed, refused: Refusal) -> Alert:
    name = member.provider.name
    title = f"{name} refuse notre compte : les messages attendent"
    return message_alert(member.row, f"account/{name}", title, _said(refused))


def _count_responses(sent: Sequence[Any], now: datetime, counts: Counter[Counted]) -> None:
    """Count how long contacts waited for the first message of their execution."""
    rows = {row.id: row for row in sent if row.workflow_id}
    for first in fetch(FIRST_OF_EXECUTION, [now, list(rows)]) if rows else ():
        row = rows[first.id]
        counts[metric(row, now, "responses")] += 1
        counts[metric(row, now, "response_seconds")] += round(max(0.0, first.seconds))
