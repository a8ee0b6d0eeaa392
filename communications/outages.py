"""Outages: a provider that is down, told to those whose messages wait for it, and settled once it works again."""

from datetime import datetime

from django.db import transaction

from berinia.clock import zone
from berinia.rows import fetch, run
from communications.notify import Alert, notify
from communications.providers.choice import kinds

WAITING = """
SELECT DISTINCT organization_id FROM messages
WHERE status IN ('queued', 'sending') AND channel = ANY(%s) AND provider IN ('', %s) ORDER BY organization_id
"""
OVER = """
UPDATE notifications_systeme SET read_at = %s, body = btrim(body || E'\\n' || %s, E'\\n')
WHERE key = %s AND read_at IS NULL
"""
LINK = "/admin/communications/message/?status__exact=queued"


@transaction.atomic
def provider_down(name: str, why: str, now: datetime) -> int:
    """Tell each organization whose messages wait on this provider, once until it works again; return how many.

    `why` holds no personal data.
    """
    rows = fetch(WAITING, [list(kinds()[name].channels), name])
    title = f"{name.capitalize()} ne prend plus nos messages : ils attendent"
    notify([Alert(row.organization_id, _key(name), "error", title, why, LINK) for row in rows], now)
    return len(rows)


@transaction.atomic
def provider_up(name: str, now: datetime) -> int:
    """Mark the alerts about this provider as read, with a note of when it worked again; return how many."""
    note = f"Rétabli le {now.astimezone(zone('Europe/Paris')):%d/%m à %H:%M} (heure de Paris) : les messages partent."
    return run(OVER, [now, note, _key(name)])


def _key(name: str) -> str:
    return f"provider/{name}"
