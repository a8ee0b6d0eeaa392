"""Prospects: contacts of whom nothing has been heard for so long that they are to be erased (CNIL: three years).

What counts is what the person did: an event of the site, a reply, a click, a consent. What we did (messages, segments,
enrolments) does not, nor that a mail was opened: scanners open mails. The clock begins with the contact itself.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.audit import SYSTEM
from berinia.rows import fetch
from crm.serializers import OURS
from workflows.erase import GROUP, ErasureBusyError, erase_all

REASON = "durée de conservation échue"
# Reported by us, but the person's own doing.
THEIR_DOING = frozenset({
    "email.clicked", "sms.replied", "whatsapp.replied", "whatsapp_recu", "reinscription", "interaction",
})  # fmt: skip
NOT_THEIRS = sorted(OURS - THEIR_DOING)
# Of an event `e`: the person did something.
IS_THEIRS = """
e.name <> ALL(%(ours)s) AND e.name NOT LIKE 'segment.%%'
AND coalesce(e.idempotency_key, '') !~ '^(inscription|segment)/'
"""
# Of a contact `t`, `since` being the instant that its silence has to reach back to.
IS_SILENT = f"""
t.created_at < s.since AND coalesce(t.whatsapp_at < s.since, true)
AND NOT EXISTS (SELECT 1 FROM evenements e WHERE e.contact_id = t.id AND e.received_at >= s.since AND {IS_THEIRS})
AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.contact_id = t.id
                AND (m.clicked_at >= s.since OR m.replied_at >= s.since
                     OR m.status IN ('queued', 'held', 'sending', 'unknown') AND m.due_at IS NOT NULL))
AND NOT EXISTS (SELECT 1 FROM consentements c WHERE c.contact_id = t.id AND c.at >= s.since AND c.source <> 'import')
AND NOT EXISTS (SELECT 1 FROM taches k WHERE k.contact_id = t.id AND k.done_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM executions_workflow x
                WHERE x.contact_id = t.id AND x.status IN ('en_attente', 'en_cours', 'en_pause'))
"""  # noqa: S608 - only constants are put in
# Who ever converted is a customer, and so is a lead that was won.
SINCE = """
CROSS JOIN LATERAL (SELECT CASE WHEN EXISTS (
    SELECT 1 FROM executions_workflow x WHERE x.contact_id = t.id AND x.status = 'convertie'
) OR EXISTS (SELECT 1 FROM leads l WHERE l.contact_id = t.id AND l.stage = 'won')
THEN %(customers)s::timestamptz ELSE %(prospects)s::timestamptz END AS since) AS s
"""
FIND = f"""
SELECT max(t.id) AS last_id, min(t.created_at) AS first_at,
       coalesce(array_agg(t.id) FILTER (WHERE {IS_SILENT}), '{{}}') AS ids
FROM (SELECT * FROM contacts WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) AS t {SINCE}
"""  # noqa: S608
STILL = f"SELECT t.id FROM contacts AS t {SINCE} WHERE t.id = ANY(%(ids)s) AND {IS_SILENT} ORDER BY t.id"  # noqa: S608


def cutoffs(now: datetime) -> dict[str, Any]:
    """Return the parameters of the conditions above."""
    return {
        "ours": NOT_THEIRS,
        "prospects": now - timedelta(days=settings.RETENTION_PROSPECTS_DAYS),
        "customers": now - timedelta(days=settings.RETENTION_CUSTOMERS_DAYS),
    }


def silent(now: datetime, window: int) -> Iterator[list[int]]:
    """Yield those of whom nothing was heard for so long, a window of contacts at a time, from the oldest on."""
    given, after = cutoffs(now), 0
    while True:
        (found,) = fetch(FIND, given | {"after": after, "limit": window})
        if found.last_id is None or found.first_at >= max(given["prospects"], given["customers"]):
            return
        after = found.last_id
        yield found.ids


def erase_silent(ids: Sequence[int], now: datetime) -> int:
    """Erase those who are still silent, as a person would; return how many. Who is busy is left for another night."""

    def still(group: Sequence[int]) -> list[int]:
        return [row.id for row in fetch(STILL, cutoffs(now) | {"ids": list(group)})]

    done = 0
    for first in range(0, len(ids), GROUP):
        group = ids[first : first + GROUP]
        try:
            done += erase_all(group, SYSTEM, REASON, now, still=still).people
        except ErasureBusyError:
            done += sum(_one(pk, now, still) for pk in group)
    return done


def _one(pk: int, now: datetime, still: Any) -> int:
    try:
        return erase_all([pk], SYSTEM, REASON, now, still=still).people
    except ErasureBusyError:
        return 0
