"""Leads: who does something becomes a lead, and is to be classified; again when something new is heard of them.

At most once per contact and hour: the instant of the next time is in the row (`classify_at`), so that a hundred events
at once are one classification, and none is forgotten.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from berinia.rows import fetch
from berinia.wake import wake
from crm.serializers import OURS

AGAIN = timedelta(hours=1)
# Reported by us, but the person's own doing, or their word about us. An open is neither: mail programs do it. `replied`
# comes beside `recu`, and is one thing.
THEIRS = frozenset({"email.clicked", "email.complained", "whatsapp_recu", "reinscription", "interaction"})
NOT_HEARD = sorted(OURS - THEIRS)
# Of an event `e`: it means something about a lead. What workflows, segments, agents and this very classification say
# to one another does not.
IS_HEARD = """
e.name <> ALL(%(not_heard)s) AND e.name NOT LIKE 'segment.%%' AND e.name NOT LIKE 'lead\\_%%'
AND e.name NOT LIKE 'agent\\_%%' AND coalesce(e.idempotency_key, '') !~ '^(inscription|segment)/'
"""
# Ordered by contact, as all locks of leads are. PostgreSQL locks the row that is there even where WHERE leaves it as
# it is: a classification that settles meanwhile (agents/classify.py) is waited for, and its NULL is seen.
HEAR = f"""
INSERT INTO leads AS l (organization_id, site_id, contact_id, source, status, stage, classify_at,
    created_at, updated_at, quality, company, company_key, company_size, job_title, sector, region, pain_points,
    interests, insights, reasoning, decided_by, delay_reason)
SELECT DISTINCT ON (e.contact_id) c.organization_id, c.site_id, c.id, e.name, 'nouveau', 'lead', %(now)s,
    %(now)s, %(now)s, '', '', '', 'unknown', '', '', '', '{{}}', '{{}}', '{{}}', '', '', ''
FROM evenements e JOIN contacts c ON c.id = e.contact_id
WHERE e.id = ANY(%(events)s) AND {IS_HEARD}
ORDER BY e.contact_id, e.id
ON CONFLICT (contact_id) DO UPDATE
SET classify_at = greatest(%(now)s, l.classified_at + %(again)s), updated_at = %(now)s
WHERE l.classify_at IS NULL AND l.decided_by <> 'person'
RETURNING l.id
"""  # noqa: S608 - only the constant above is put in


def hear(event_ids: Sequence[int], now: datetime) -> int:
    """Make leads of the contacts of events, or have them classified again; return of how many.

    Call it in the transaction that routes the events. What a person has classified stays as it is, and who waits to
    be classified goes on waiting.
    """
    if not event_ids:
        return 0
    given: dict[str, Any] = {"events": list(event_ids), "now": now, "again": AGAIN, "not_heard": NOT_HEARD}
    heard = len(fetch(HEAR, given))
    if heard:
        wake("classify")
    return heard
