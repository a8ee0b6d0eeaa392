"""Alerts to operators: one row per thing that happens, counted while it is unread.

What is new, or has become more severe, is also told outside: its deliveries are planned in the same transaction,
and handed over later (communications/alert.py).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from berinia import live
from berinia.logs import redact
from berinia.rows import fetch
from berinia.wake import wake
from communications.alerting import NEVER, Member, News, rank, reaches, tellings
from communications.compose import context_for
from communications.rendering import TemplateError, render_text

logger = logging.getLogger(__name__)

# `before` is read as the statement began: NULL of a new alert, else the severity that it had.
WRITE = """
INSERT INTO notifications_systeme AS n (organization_id, key, severity, title, body, link, count, created_at, last_at)
SELECT o, k, s, t, b, l, c, %s, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[])
    AS v (o, k, s, t, b, l, c)
ON CONFLICT (organization_id, key) WHERE read_at IS NULL
DO UPDATE SET count = n.count + excluded.count, last_at = excluded.last_at, title = excluded.title,
    body = excluded.body, link = excluded.link, severity = CASE
        WHEN array_position(ARRAY['info', 'warning', 'error'], excluded.severity::text)
           > array_position(ARRAY['info', 'warning', 'error'], n.severity::text) THEN excluded.severity
        ELSE n.severity END
RETURNING n.id, n.organization_id, n.key, n.severity,
    (SELECT b.severity FROM notifications_systeme b WHERE b.id = n.id) AS before
"""
MEMBERS = """
SELECT m.organization_id, m.user_id, coalesce(p.email_from, 'error') AS email_from
FROM membres m JOIN utilisateurs u ON u.id = m.user_id AND u.is_active AND u.email <> ''
    LEFT JOIN preferences_notification p ON p.user_id = m.user_id AND p.organization_id = m.organization_id
WHERE m.organization_id = ANY(%s) ORDER BY m.organization_id, m.user_id
"""
PLAN = """
INSERT INTO envois_notification (notification_id, medium, user_id, severity, text, due_at, created_at)
SELECT n, m, u, s, t, %s, %s FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[])
    AS v (n, m, u, s, t)
ON CONFLICT DO NOTHING
"""
# What a text says of a contact where it must not say who it is.
ANONYMOUS = {"nom": "un contact", "prenom": "un contact", "email": "…", "telephone": "…", "salutation": "Bonjour"}


@dataclass(frozen=True, slots=True)
class Alert:
    """What to tell. With a contact, the title is a text in the language of the messages.

    `stays_inside`: neither email nor Slack says it, because it is about them.
    """

    organization_id: int
    key: str
    severity: str
    title: str
    body: str = ""
    link: str = ""
    contact_id: int | None = None
    event_id: int | None = None
    site_id: int | None = None
    stays_inside: bool = False


@dataclass(frozen=True, slots=True)
class Titles:
    """A title as operators read it here and by email, and as Slack may read it."""

    full: str
    anonymous: str


def notify(alerts: Sequence[Alert], now: datetime) -> None:
    """Write alerts; the same key again, while unread, raises the count instead. What is news is told outside."""
    if not alerts:
        return
    same: dict[tuple[int, str], list[Alert]] = {}  # one row a key and statement
    for alert in alerts:
        same.setdefault((alert.organization_id, alert.key[:200]), []).append(alert)
    severities = {whose: max((alert.severity for alert in group), key=rank) for whose, group in same.items()}
    titles = {whose: _titles(group[-1], severities[whose], now) for whose, group in same.items()}
    rows = [
        (*whose, severities[whose], titles[whose].full[:200], group[-1].body, group[-1].link, len(group))
        for whose, group in sorted(same.items())
    ]
    written = fetch(WRITE, [now, now, *(list(column) for column in zip(*rows, strict=True))])
    _publish(written, titles)
    news = [row for row in written if row.severity != row.before and not same[row[1:3]][-1].stays_inside]
    if news:
        _plan(news, titles, now)


def _publish(written: Sequence[Any], titles: dict[tuple[int, str], Titles]) -> None:
    """Tell those who look; as in Slack, nothing says who it is about."""
    live.publish_many([
        live.Told(row.organization_id, live.Kind.NOTIFICATION, {
            "notificationId": str(row.id), "gravite": row.severity, "nouvelle": row.before is None,
            "titre": redact(titles[row.organization_id, row.key].anonymous)[:200],
        })
        for row in written
    ])  # fmt: skip


def _plan(news: Sequence[Any], titles: dict[tuple[int, str], Titles], now: datetime) -> None:
    """Plan what is told of news, to each once for each severity."""
    members = [Member(*row) for row in fetch(MEMBERS, [sorted({row.organization_id for row in news})])]
    texts = {row.id: redact(titles[row.organization_id, row.key].anonymous)[:200] for row in news}
    told = [
        (t.news.id, t.medium, t.user_id, t.news.severity, texts[t.news.id] if t.medium == "slack" else "")
        for t in tellings([News(row.id, row.organization_id, row.severity) for row in news], members, _slack_from())
    ]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(PLAN, [now, now, *(list(column) for column in zip(*told, strict=True))])
        wake("alerts")


def _slack_from() -> str:
    return settings.SLACK_FROM_SEVERITY if settings.SLACK_WEBHOOK else NEVER


def _titles(alert: Alert, severity: str, now: datetime) -> Titles:
    if alert.contact_id is None or alert.site_id is None:
        return Titles(alert.title, alert.title)
    variables = context_for(alert.contact_id, alert.site_id, alert.event_id, now)
    full = _write(alert.title, variables)
    if not reaches(severity, _slack_from()):
        return Titles(full, "")
    return Titles(full, _write(alert.title, {**variables, "contact": ANONYMOUS, "event": {}, "liens": {}}))


def written(text: str, contact_id: int, site_id: int, event_id: int | None, now: datetime) -> str:
    """Write out a line of text for a contact; a text that cannot be written stays as it is."""
    return _write(text, context_for(contact_id, site_id, event_id, now))


def _write(text: str, variables: dict[str, Any]) -> str:
    try:
        return render_text(text, variables)
    except TemplateError as error:
        logger.warning("a text could not be written out: %s", error)
        return text
