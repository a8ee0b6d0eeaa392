"""Receive: stored requests of providers, applied.

Any number may run at once: a request is claimed by one of them, and two about the same message follow each other.
One that cannot be applied holds up nobody: it is tried alone, later again, and left to a person after that.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, transaction

from berinia.rows import fetch, run
from berinia.wake import wake
from communications.apply import apply, locked
from communications.books import Books
from communications.inbound import RECEIVED, hear, incoming, owner_of, place
from communications.notify import Alert, notify
from communications.reports import report_of
from crm.ingest import BusyError

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# Again after 15 s, 1, 2 and 4 minutes.
CLAIM = """
SELECT id, provider, kind, message_id, body, received_at, attempts FROM webhooks_recus
WHERE processed_at IS NULL AND id > %s
  AND (attempts = 0 OR received_at <= %s - attempts * attempts * interval '15 seconds')
ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
FAILED = """
UPDATE webhooks_recus SET attempts = attempts + 1, error = %(error)s,
    processed_at = CASE WHEN attempts + 1 >= %(most)s THEN %(now)s END
WHERE id = %(id)s AND processed_at IS NULL
RETURNING id, provider, kind, body, received_at, processed_at IS NOT NULL AS is_given_up,
    (SELECT organization_id FROM messages m WHERE m.id = message_id) AS organization_id
"""
AGAIN = "UPDATE webhooks_recus SET processed_at = NULL, attempts = 0, error = '' WHERE id = ANY(%s) AND error <> ''"
# What a request can be about that nobody thought of.
MISHAPS = (DatabaseError, BusyError, AttributeError, LookupError, TypeError, ValueError)


def receive_batch(*, now: datetime, limit: int) -> int:
    """Apply up to `limit` stored requests; return how many were looked at."""
    try:
        with transaction.atomic():
            return _apply(fetch(CLAIM, [0, now, limit]), now)
    except OperationalError:
        raise
    except MISHAPS:
        logger.exception("a batch of stored requests cannot be applied: one by one")
        return _one_by_one(now, limit)


def _one_by_one(now: datetime, limit: int) -> int:
    done, last = 0, 0
    for _n in range(limit):
        try:
            with transaction.atomic():
                if not (rows := fetch(CLAIM, [last, now, 1])):
                    break
                last = rows[0].id
                done += _apply(rows, now)
        except OperationalError:
            raise
        except MISHAPS as error:
            logger.exception("request %s cannot be applied", last, extra={"webhook": last})
            _set_back(last, error, now)
            done += 1
    return done


def _apply(requests: list[Any], now: datetime) -> int:
    if not requests:
        return 0
    reports = {row.id: report for row in requests if row.kind not in RECEIVED and (report := report_of(row))}
    letters = place([incoming(row) for row in requests if row.kind in RECEIVED])
    answered = {placed.message_id for placed in letters if placed.message_id is not None}
    messages = locked(answered | {report.message_id for report in reports.values()})
    books = Books(now)
    apply(requests, reports, messages, books)
    hear(letters, messages, books)
    books.write(requests)
    return len(requests)


@transaction.atomic
def _set_back(request_id: int, error: Exception, now: datetime) -> None:
    """Note an error; after the last attempt, tell the operators whose message it is about."""
    said = f"{type(error).__name__}: {error}"[:300]
    for row in fetch(FAILED, {"id": request_id, "error": said, "most": MAX_ATTEMPTS, "now": now}):
        if not row.is_given_up:
            continue
        logger.error(
            "request %s (%s, %s) is left to a person", row.id, row.provider, row.kind, extra={"webhook": row.id}
        )
        whose = owner_of(row) if row.kind in RECEIVED else row.organization_id
        if whose is not None:
            key, title = f"webhook/{row.provider}/{row.kind}", "Un retour du fournisseur n'a pas pu être appliqué"
            link = f"/admin/communications/receivedwebhook/{row.id}/change/"
            notify([Alert(whose, key, "error", title, type(error).__name__, link)], now)


@transaction.atomic
def reapply(request_ids: Collection[int]) -> int:
    """Have requests that were set aside applied again; return how many."""
    done = run(AGAIN, [list(request_ids)])
    wake("webhooks")
    return done
