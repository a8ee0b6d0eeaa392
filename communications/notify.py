"""Alerts to operators: one row per thing that happens, counted while it is unread."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from communications.compose import context_for
from communications.rendering import TemplateError, render_text

logger = logging.getLogger(__name__)

WRITE = """
INSERT INTO notifications_systeme AS n (organization_id, key, severity, title, body, link, count, created_at, last_at)
SELECT o, k, s, t, b, l, 1, %s, %s FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS v (o, k, s, t, b, l)
ON CONFLICT (organization_id, key) WHERE read_at IS NULL
DO UPDATE SET count = n.count + 1, last_at = excluded.last_at, title = excluded.title, body = excluded.body,
    link = excluded.link
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """What to tell. With a contact, the title is a text in the language of the messages."""

    organization_id: int
    key: str
    severity: str
    title: str
    body: str = ""
    link: str = ""
    contact_id: int | None = None
    event_id: int | None = None
    site_id: int | None = None


def notify(alerts: Sequence[Alert], now: datetime) -> None:
    """Write alerts; the same key again, while unread, raises the count instead."""
    if not alerts:
        return
    last = {(alert.organization_id, alert.key): alert for alert in alerts}  # one row a key and statement
    rows = [
        (a.organization_id, a.key[:200], a.severity, _title(a, now)[:200], a.body, a.link)
        for _key, a in sorted(last.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [now, now, *(list(column) for column in zip(*rows, strict=True))])


def _title(alert: Alert, now: datetime) -> str:
    if alert.contact_id is None or alert.site_id is None:
        return alert.title
    return written(alert.title, alert.contact_id, alert.site_id, alert.event_id, now)


def written(text: str, contact_id: int, site_id: int, event_id: int | None, now: datetime) -> str:
    """Write out a line of text for a contact; a text that cannot be written stays as it is."""
    try:
        return render_text(text, context_for(contact_id, site_id, event_id, now))
    except TemplateError as error:
        logger.warning("a text could not be written out: %s", error)
        return text
