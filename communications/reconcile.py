"""Reconcile: find out what became of messages whose outcome nobody here knows.

Two kinds come here: those whose worker died (a lease in `sending` that ended) and those whose call
ended without an answer (`unknown`). A provider that knows our key is simply asked again. One that does
not is asked what it has sent: if nothing is found, a transactional message is sent again, and a
marketing one waits for an operator, because twice would be worse than not at all.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from berinia.logs import ids_of
from berinia.rows import fetch, update_rows
from communications.alerts import message_alert
from communications.backoff import KEY_LIFETIME, MAX_ATTEMPTS
from communications.claim import COLUMNS, in_order, key_of, metric
from communications.models.batch import SendBatch
from communications.models.reach import Moment, count_reached, reached
from communications.notify import notify
from communications.outcomes import message_outcomes, report
from communications.providers import CANNOT_LOOK_UP, Outgoing, Receipt, Refusal, provider_named
from communications.settle import SETTLED
from crm.models.metric import count

logger = logging.getLogger(__name__)

CLAIM = f"""
SELECT {COLUMNS} FROM messages m
WHERE m.status IN ('sending', 'unknown') AND m.due_at <= %s
ORDER BY m.due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - only constants are put in
# Several contacts of a site may share a number: an id that is one of theirs is not ours.
KNOWN_IDS = """
SELECT provider_id FROM messages
WHERE contact_id IN (SELECT id FROM contacts WHERE site_id = %s AND phone = %s) AND provider_id <> '' AND id <> %s
ORDER BY id DESC LIMIT 200
"""
LOOK_AGAIN = timedelta(minutes=1)


def reconcile_batch(*, now: datetime, limit: int) -> int:
    """Settle up to `limit` doubtful messages; return how many were looked at."""
    with transaction.atomic():
        rows = fetch(CLAIM, [now, limit])
        searched = [row for row in rows if _is_searched(row, now)]
        ids = {row.id for row in searched}
        written = [_after_lease(row, now) for row in rows if row.id not in ids]
        # Whoever searches has it to himself for as long as a lease.
        lease = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
        written += [_row(row, "unknown", lease) for row in searched]
        update_rows("messages", SETTLED, written)
        # A batch is repeated as a whole: its members wait for it.
        batches = {row.batch_id for row in rows if row.id not in ids and row.batch_id is not None}
        SendBatch.objects.filter(pk__in=batches).update(due_at=now)
    for row in searched:
        _search(row, now)
    return len(rows)


def _is_searched(row: Any, now: datetime) -> bool:
    return row.status == "unknown" and not provider_named(row.provider).repeat_safe


def _after_lease(row: Any, now: datetime) -> tuple[Any, ...]:
    """A worker died with the message in its hands, or a repeat is safe."""
    provider = provider_named(row.provider)
    if not provider.repeat_safe:
        return _row(row, "unknown", row.attempted_at + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS))
    if row.first_attempt_at is not None and now > row.first_attempt_at + KEY_LIFETIME:
        return _row(row, "unknown", None, "cle_expiree")
    return _row(row, "queued", now if row.batch_id is None else None, "reprise")


def _search(row: Any, now: datetime) -> None:
    provider = provider_named(row.provider)
    known = {r.provider_id for r in fetch(KNOWN_IDS, [row.site_id, row.to, row.id])}
    try:
        receipt = provider.find(_outgoing(row), known)
    except Refusal as refused:
        if refused.code == CANNOT_LOOK_UP:
            _leave(row, now)
            return
        logger.warning(
            "message %s: %s cannot be asked now: %s", row.id, provider.name, refused.code,
            extra=ids_of("message", row),
        )  # fmt: skip
        _settle(row, _row(row, "unknown", now + LOOK_AGAIN, "recherche_en_attente"))
        return
    if receipt is not None:
        _found(row, receipt, now)
    elif row.category == "transactional" and row.attempts < MAX_ATTEMPTS:
        _settle(row, _row(row, "queued", now, "introuvable"))
    else:
        _leave(row, now, "introuvable")


def _leave(row: Any, now: datetime, reason: str = "unknown") -> None:
    """Leave a message to a person: nobody can say whether it went out."""
    with transaction.atomic():
        _settle(row, _row(row, "unknown", None, reason))
        notify([message_alert(row, f"unknown/{row.id}", "Un message a une issue inconnue", severity="warning")], now)


def _outgoing(row: Any) -> Outgoing:
    return Outgoing(key_of(row), row.id, in_order(row.payload), row.attempted_at)


def _found(row: Any, receipt: Receipt, now: datetime) -> None:
    with transaction.atomic():
        settled = _settle(row, (row.id, "sent", None, row.attempts, receipt.id, "", "", row.attempted_at, None))
        if settled:
            report(message_outcomes([row], is_sent=True), now)
            count({metric(row, now, f"messages_sent_{row.channel}"): 1})
            count_reached({reached(row, Moment.SENT, row.attempted_at): 1})


def _settle(row: Any, written: Sequence[Any]) -> bool:
    """Write the answer unless a status callback came first."""
    with transaction.atomic():
        if not fetch("SELECT id FROM messages WHERE id = %s AND status = 'unknown' FOR UPDATE", [row.id]):
            return False
        return update_rows("messages", SETTLED, [tuple(written)]) == 1


def _row(row: Any, status: str, due_at: datetime | None, reason: str = "") -> tuple[Any, ...]:
    return (row.id, status, due_at, row.attempts, row.provider_id, reason, "", None, row.batch_id)
