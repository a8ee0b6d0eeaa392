"""Calls: the HTTP requests of workflows, handed over like messages and never from within the engine.

The claim commits before the request and the result after it. A worker that dies in between leaves a lease
that ends, and the call is made again under the same `webhook-id`: at least once, told apart by that id.
"""

import json
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction

from berinia.http import ForbiddenAddressError, HttpAnswer, NoAnswerError, post
from berinia.logs import ids_of
from berinia.rows import fetch, update_rows
from berinia.signing import signed_headers
from communications.outcomes import CALL_ANSWERED, CALL_FAILED, Outcome, report

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 4  # the first, and three more
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=15)
AGAIN = frozenset({408, 425, 429})  # of the 4xx, those that another attempt may change

# What is paused is not called: the platform, the organization, the site, the workflow, the execution.
CLAIM = """
SELECT c.id, c.organization_id, c.site_id, c.contact_id, c.workflow_id, c.execution_id, c.run, c.step, c.url, c.data,
    c.attempts, c.created_at, s.hook_secret, s.slug AS site, p.name, p.email, p.phone, e.name AS event, e.data AS facts,
    EXISTS (SELECT 1 FROM executions_workflow x WHERE x.id = c.execution_id AND x.run = c.run
            AND x.status IN ('arretee', 'convertie')) AS is_over
FROM appels_http c JOIN sites s ON s.id = c.site_id JOIN organisations o ON o.id = c.organization_id
    JOIN contacts p ON p.id = c.contact_id LEFT JOIN evenements e ON e.id = c.event_id
WHERE c.status IN ('queued', 'sending') AND c.due_at <= %s AND NOT s.is_paused AND NOT o.is_paused
  AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
  AND NOT EXISTS (SELECT 1 FROM workflows_automatises w WHERE w.id = c.workflow_id AND w.status <> 'actif')
  AND NOT EXISTS (SELECT 1 FROM executions_workflow x WHERE x.id = c.execution_id AND x.status = 'en_pause')
ORDER BY c.due_at LIMIT %s FOR UPDATE OF c SKIP LOCKED
"""
STILL_OURS = "SELECT id FROM appels_http WHERE id = %s AND status = 'sending' AND attempts = %s FOR UPDATE"
CLAIMED = {"id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2"}
SETTLED = {
    "id": "bigint", "status": "text", "due_at": "timestamptz", "http_status": "int2", "error": "text",
    "settled_at": "timestamptz",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one request: an answer, or an error; `is_final`: trying again would change nothing."""

    answer: HttpAnswer | None = None
    error: str = ""
    is_final: bool = False


def call_batch(*, now: datetime, limit: int) -> int:
    """Make up to `limit` calls that are due, side by side, and settle each. Returns how many were claimed."""
    with transaction.atomic():
        claimed = fetch(CLAIM, [now, limit])
        # One that was being made when its execution ended was not there to be taken back: it is not tried again.
        over = [(row.id, "revoked", None, None, "", now) for row in claimed if row.is_over]
        update_rows("appels_http", SETTLED, over)
        rows = [row for row in claimed if not row.is_over]
        lease = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
        update_rows("appels_http", CLAIMED, [(row.id, "sending", lease, row.attempts + 1) for row in rows])
    for row, result in zip(rows, _pool().map(lambda row: _request(row, now), rows), strict=True):
        with transaction.atomic():
            _settle(row, result, now)
    return len(claimed)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DELIVERY_CALLS, thread_name_prefix="call")


def body_of(row: Any) -> bytes:
    """Return what is sent: the same bytes at each attempt."""
    content = {
        "type": "workflow.call",
        "timestamp": row.created_at.isoformat(),
        "data": {
            "site": row.site, "execution": str(row.execution_id), "etape": row.step,
            "contact": {"id": str(row.contact_id), "nom": row.name, "email": row.email, "telephone": row.phone},
            "evenement": {"nom": row.event, "donnees": row.facts}, "donnees": row.data,
        },
    }  # fmt: skip
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()


def _request(row: Any, now: datetime) -> Result:
    """Make the request, in a thread of its own. No database in here."""
    body = body_of(row)
    headers = signed_headers(row.hook_secret, f"msg_{row.id}", body, now) | {
        "Content-Type": "application/json", "User-Agent": "BerinIA",
    }  # fmt: skip
    try:
        answer = post(
            row.url, body, headers, timeout=settings.DELIVERY_TIMEOUT_SECONDS, trusted=settings.CALLS_TRUSTED_HOSTS
        )
    except ForbiddenAddressError as error:
        return Result(error=str(error), is_final=True)
    except NoAnswerError as error:
        return Result(error=str(error))
    except Exception as error:
        logger.exception("call %s failed", row.id, extra=ids_of("call", row))
        return Result(error=type(error).__name__)
    is_final = 300 <= answer.status < 500 and answer.status not in AGAIN
    return Result(answer, "" if answer.status < 300 else f"HTTP {answer.status}", is_final)


def _settle(row: Any, result: Result, now: datetime) -> None:
    """Write what came of a call, unless it was taken up again meanwhile, and tell the step that waits."""
    if not fetch(STILL_OURS, [row.id, row.attempts + 1]):
        return
    status = result.answer.status if result.answer else None
    if not result.error:
        update_rows("appels_http", SETTLED, [(row.id, "done", None, status, "", now)])
        report([Outcome(row, CALL_ANSWERED, {"statut_http": status, "reponse": _json(result.answer)})], now)
    elif result.is_final or row.attempts + 1 >= MAX_ATTEMPTS:
        update_rows("appels_http", SETTLED, [(row.id, "failed", None, status, result.error[:300], now)])
        report([Outcome(row, CALL_FAILED, {"statut_http": status, "erreur": result.error})], now)
    else:
        again = now + _pause(row.attempts, result.answer)
        update_rows("appels_http", SETTLED, [(row.id, "queued", again, status, result.error[:300], None)])


def _pause(attempts: int, answer: HttpAnswer | None) -> timedelta:
    """Return how long to wait: growing, spread, and as long as the other side asks for (within reason)."""
    if answer is not None and answer.retry_after.isdecimal() and len(answer.retry_after) < 6:
        return min(timedelta(seconds=int(answer.retry_after)), LONGEST_PAUSE)
    return min(FIRST_PAUSE * 4**attempts, LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311


def _json(answer: HttpAnswer | None) -> Any:
    """Return the answer's body if it is a JSON object; nothing else is kept."""
    try:
        content = json.loads(answer.body) if answer else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
