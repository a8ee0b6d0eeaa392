"""Redact: after a person was erased, the texts of their messages go from the records of providers, too.

What is to go is an outbox of ids, written in the transaction of the erasure. Only Twilio can do it: a message's body
is emptied (https://www.twilio.com/docs/messaging/api/message-resource#redact-a-message). Doing it twice is harmless.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from django.db import transaction
from twilio.base.exceptions import TwilioException

from berinia.rows import fetch, run, update_rows
from communications.providers import provider_named
from communications.providers.twilio import Twilio

logger = logging.getLogger(__name__)

SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
LEASE = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)

QUEUE = """
INSERT INTO effacements (provider, provider_id, attempts, due_at, created_at)
SELECT 'twilio', sid, 0, %s, %s FROM unnest(%s::text[]) AS s (sid) ON CONFLICT (provider, provider_id) DO NOTHING
"""
CLAIM = """
SELECT id, provider, provider_id, attempts FROM effacements WHERE due_at <= %s ORDER BY due_at, id LIMIT %s
FOR UPDATE SKIP LOCKED
"""
CLAIMED = "UPDATE effacements SET due_at = %s WHERE id = ANY(%s)"
SETTLED = {"id": "bigint", "attempts": "int2", "due_at": "timestamptz", "done_at": "timestamptz"}


def queue_redactions(provider_ids: Iterable[str], now: datetime) -> int:
    """Write down, in the caller's transaction, which messages are to be emptied; ids of others than Twilio's are not.

    Returns how many.
    """
    sids = sorted({text for text in provider_ids if SID.fullmatch(text)})
    return run(QUEUE, [now, now, sids]) if sids else 0


def redact_batch(*, now: datetime, limit: int) -> int:
    """Empty up to `limit` messages at their providers; what fails is tried again, without end. Returns how many."""
    with transaction.atomic():
        rows = fetch(CLAIM, [now, limit])
        run(CLAIMED, [now + LEASE, [row.id for row in rows]])
    for row in rows:
        update_rows("effacements", SETTLED, [_settled(row, now)])
    return len(rows)


def _settled(row: Any, now: datetime) -> tuple[Any, ...]:
    if REDACTORS[row.provider](row.provider_id):
        return (row.id, row.attempts + 1, None, now)
    pause = min(FIRST_PAUSE * 4 ** min(row.attempts, 6), LONGEST_PAUSE)
    return (row.id, min(row.attempts + 1, 32_000), now + pause, None)


def _at_twilio(sid: str) -> bool:
    """Tell whether the text is gone: emptied now, or with its message before."""
    twilio = provider_named(Twilio.name) if Twilio.is_configured() else None
    if not isinstance(twilio, Twilio):
        logger.warning("message %s cannot be redacted: Twilio is not configured", sid)
        return False
    try:
        twilio.client.messages(sid).update(body="")
    except (TwilioException, requests.RequestException) as error:
        status = getattr(error, "status", None)
        if status != 404:
            logger.warning("message %s is not redacted yet: %s %s", sid, type(error).__name__, status or "")
        return status == 404
    return True


REDACTORS: Mapping[str, Callable[[str], bool]] = {Twilio.name: _at_twilio}
