"""Control: what did not go out is put back into the outbox, because a person says so."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from berinia.wake import wake
from communications.backoff import KEY_LIFETIME

USEFUL = timedelta(hours=24)
# What was ever handed over stays written as it was: a repeat sends the same bytes under the same key, so that
# a provider that took it knows it again. What never was is written anew, for its template or its contact may
# have been corrected since. A key that the provider has forgotten begins a new life with the next call.
REPLAY = """
UPDATE messages SET status = 'queued', reason = '', detail = '', due_at = %(now)s, attempts = 0,
    useful_until = %(until)s,
    payload = CASE WHEN calls = 0 AND attempts = 0 AND first_attempt_at IS NULL THEN NULL ELSE payload END,
    first_attempt_at = CASE WHEN first_attempt_at < %(forgotten)s THEN NULL ELSE first_attempt_at END
WHERE id = ANY(%(ids)s) AND status IN ('failed', 'unknown', 'suppressed')
"""


@transaction.atomic
def replay(message_ids: Collection[int], now: datetime) -> int:
    """Queue messages again that failed, were held back by a rule, or whose outcome is unknown; return how many.

    Those in any other state stay as they are. The rules are asked again when they go out: a contact who
    has opted out is still not written to.
    """
    times = {"now": now, "until": now + USEFUL, "forgotten": now - KEY_LIFETIME}
    params: dict[str, Any] = {**times, "ids": list(message_ids)}
    with connection.cursor() as cursor:
        cursor.execute(REPLAY, params)
        replayed: int = cursor.rowcount
    wake("delivery")
    return replayed
