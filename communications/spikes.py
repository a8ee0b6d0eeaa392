"""Spikes: an organization that unusually many contacts leave in a day is told, once a day.

People who leave at once have read something that they did not expect: the sooner somebody looks, the better.
"""

from datetime import datetime, timedelta

from django.conf import settings

from berinia.rows import fetch
from communications.models.reach import Moment
from communications.notify import Alert, notify
from communications.thresholds import is_spike

DAY = timedelta(days=1)
KEY = "opt-outs"
# Who has left since, of those organizations that were not told lately, and how much went out meanwhile.
LEFT = """
SELECT c.organization_id, c.left_count, coalesce(
    (SELECT sum(m.value) FROM sites s JOIN metriques_messages m ON m.site_id = s.id
     WHERE s.organization_id = c.organization_id AND m.hour >= date_trunc('hour', %(since)s::timestamptz)
       AND m.name = %(moment)s), 0)::bigint AS sent
FROM (SELECT organization_id, count(*) AS left_count FROM contacts
      WHERE opted_out_at >= %(since)s GROUP BY organization_id HAVING count(*) >= %(least)s) AS c
WHERE NOT EXISTS (SELECT 1 FROM notifications_systeme n WHERE n.organization_id = c.organization_id AND n.key = %(key)s
                  AND n.last_at > %(since)s)
ORDER BY c.organization_id
"""
LINK = "/admin/crm/contact/"
BODY = "Relisez ce qui leur a été envoyé, et à qui : un texte, une fréquence ou une liste ne convient peut-être pas."


def watch(now: datetime) -> int:
    """Alert every organization that unusually many contacts have left in the last day; return how many."""
    least, rate = settings.OPT_OUT_SPIKE_LEAST, settings.OPT_OUT_SPIKE_RATE
    rows = fetch(LEFT, {"since": now - DAY, "least": least, "key": KEY, "moment": str(Moment.SENT)})
    found = [row for row in rows if is_spike(row.left_count, row.sent, least=least, rate=rate)]
    notify(
        [
            Alert(
                row.organization_id, KEY, "error",
                f"{row.left_count} désinscriptions en 24 h, pour {row.sent} messages envoyés", BODY, LINK,
            )
            for row in found
        ],
        now,
    )  # fmt: skip
    return len(found)
