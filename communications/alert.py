"""Alert: tell operators by email and in Slack what was planned, a message at a time to each.

The claim commits before the call and the result after it, as for messages: a worker that dies leaves a lease that
ends, and the same message goes out again under the same key. An alert that comes twice is better than none.
Neither the emergency stop nor a pause holds alerts: they are how one hears of trouble.
"""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction

from berinia.logs import redact
from berinia.rows import fetch, run, update_rows
from communications.alert_texts import Told, email_of, slack_of, stop_url
from communications.alerting import NEVER, SPACING, Recent, Wait, Waiting, next_message, pause_after, rank, reaches
from communications.faults import Fault
from communications.notify import Alert, notify
from communications.providers import Draft, Outgoing, Provider, Refusal, provider_for

logger = logging.getLogger(__name__)

AT_ONCE = 4  # calls side by side
# One claim at a time: how many went out in this hour must not change meanwhile.
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('alerts')) AS is_ours"
MOST_ROWS = 5_000  # of all recipients of one claim
DUE = """
WITH recipients AS (
    SELECT medium, user_id FROM envois_notification WHERE due_at <= %(now)s
    GROUP BY medium, user_id ORDER BY min(due_at) LIMIT %(limit)s)
SELECT d.id, d.medium, d.user_id, d.severity, d.text, d.mail_id, d.begun_at, d.attempts, d.created_at,
    n.organization_id, o.name AS organization, n.title, n.body, n.link, coalesce(u.email, '') AS address,
    CASE WHEN m.id IS NULL THEN '' ELSE coalesce(p.email_from, 'error') END AS email_from,
    (SELECT s.email_from FROM sites s WHERE s.organization_id = o.id AND s.email_from <> '' ORDER BY s.id LIMIT 1)
        AS site_sender
FROM envois_notification d
    JOIN recipients r ON r.medium = d.medium AND r.user_id IS NOT DISTINCT FROM d.user_id
    JOIN notifications_systeme n ON n.id = d.notification_id JOIN organisations o ON o.id = n.organization_id
    LEFT JOIN utilisateurs u ON u.id = d.user_id AND u.is_active
    LEFT JOIN membres m ON m.user_id = u.id AND m.organization_id = n.organization_id
    LEFT JOIN preferences_notification p ON p.user_id = u.id AND p.organization_id = n.organization_id
WHERE d.due_at <= %(now)s ORDER BY d.id LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
"""
RECENT = """
SELECT medium, user_id, count(DISTINCT mail_id) FILTER (WHERE begun_at >= %(hour)s) AS begun,
    max(begun_at) AS last_at, min(due_at) FILTER (WHERE due_at > %(now)s) AS stuck_until
FROM envois_notification
WHERE begun_at >= %(lately)s OR (due_at > %(now)s AND mail_id IS NOT NULL)
GROUP BY medium, user_id
"""
BEGUN = {
    "id": "bigint", "mail_id": "bigint", "begun_at": "timestamptz", "attempts": "int2", "due_at": "timestamptz",
    "provider": "text",
}  # fmt: skip
PUT_OFF = "UPDATE envois_notification SET due_at = %s WHERE id = ANY(%s)"
DROP = "UPDATE envois_notification SET due_at = NULL, error = %s WHERE id = ANY(%s)"
# Only by whoever holds the lease: it ends at an instant of its own.
SETTLE = """
UPDATE envois_notification SET due_at = %(due)s, sent_at = %(sent)s, error = %(error)s, attempts = attempts - %(free)s
WHERE mail_id = %(mail)s AND due_at = %(lease)s
"""
NOBODY = "Plus personne ne demande cette alerte par ce moyen."
NO_SENDER = "FROM_EMAIL est vide, et aucun site n'a d'expéditeur"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message about one or several alerts that this worker hands over before the lease ends."""

    id: int
    rows: Sequence[Any]
    provider: Provider
    attempts: int
    begun_at: datetime
    lease: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one call."""

    mail: Mail
    refused: Refusal | None = None


def send_alerts(*, now: datetime, limit: int) -> int:
    """Send at most one message about alerts to each of up to `limit` recipients; return how many were sent off."""
    begun = time.monotonic()
    with transaction.atomic():
        mails = _claim(now, limit)
    for result in _pool().map(lambda mail: _hand_over(mail, now), mails):
        settled_at = now + timedelta(seconds=time.monotonic() - begun)
        with transaction.atomic():
            _settle(result, settled_at)
    return len(mails)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="alert")


# --- claiming --------------------------------------------------------------------------------------------


def _claim(now: datetime, limit: int) -> list[Mail]:
    if not fetch(LOCK)[0].is_ours:
        return []
    rows = fetch(DUE, {"now": now, "limit": limit, "most": MOST_ROWS})
    unwanted = [row for row in rows if not _is_wanted(row)]
    if unwanted:
        run(DROP, [NOBODY, [row.id for row in unwanted]])
    waiting: dict[tuple[str, int | None], list[Any]] = defaultdict(list)
    for row in rows:
        if _is_wanted(row):
            waiting[row.medium, row.user_id].append(row)
    recent = _recent(now) if waiting else {}
    mails = [
        mail
        for whose, theirs in waiting.items()
        if (mail := _next_mail(theirs, recent.get(whose, Recent()), now)) is not None
    ]
    begun = [
        (row.id, mail.id, mail.begun_at, mail.attempts, mail.lease, mail.provider.name)
        for mail in mails
        for row in mail.rows
    ]
    update_rows("envois_notification", BEGUN, begun)
    return mails


def _is_wanted(row: Any) -> bool:
    """Tell whether it is still asked for: a person may have left, or changed their mind."""
    if row.medium == "slack":
        return bool(settings.SLACK_WEBHOOK)
    return bool(row.address) and reaches(row.severity, row.email_from or NEVER)


def _recent(now: datetime) -> dict[tuple[str, int | None], Recent]:
    hour = now.replace(minute=0, second=0, microsecond=0)
    rows = fetch(RECENT, {"now": now, "hour": hour, "lately": min(hour, now - SPACING)})
    return {(row.medium, row.user_id): Recent(row.begun, row.last_at, row.stuck_until) for row in rows}


def _next_mail(rows: Sequence[Any], recent: Recent, now: datetime) -> Mail | None:
    """Return what goes to a recipient now: the message that did not get through, or the next one."""
    again = [row.mail_id for row in rows if row.mail_id is not None]
    if again:
        return _mail([row for row in rows if row.mail_id == min(again)], now)
    waiting = [Waiting(row.id, row.severity, row.created_at) for row in rows]
    answer = next_message(waiting, recent, now, settings.ALERTS_PER_HOUR)
    if isinstance(answer, Wait):
        run(PUT_OFF, [answer.until, [row.id for row in rows]])
        return None
    chosen = set(answer.ids)
    return _mail([row for row in rows if row.id in chosen], now)


def _mail(rows: Sequence[Any], now: datetime) -> Mail:
    ordered = sorted(rows, key=lambda row: (-rank(row.severity), row.created_at, row.id))
    first = min(rows, key=lambda row: int(row.id))
    lease = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    provider = provider_for(first.medium)
    return Mail(first.mail_id or first.id, ordered, provider, first.attempts + 1, first.begun_at or now, lease)


# --- handing over ----------------------------------------------------------------------------------------


def _hand_over(mail: Mail, now: datetime) -> Result:
    """Make the call, in a thread of its own. No database in here."""
    try:
        mail.provider.send(outgoing_of(mail, now))
    except Refusal as refused:
        return Result(mail, refused)
    except Exception as error:
        logger.exception("alert %s: the provider's file failed", mail.id)
        return Result(mail, Refusal(Fault.UNKNOWN, code=type(error).__name__))
    return Result(mail)


def outgoing_of(mail: Mail, now: datetime) -> Outgoing:
    """Write the message out. Its key stands for these very bytes: with others it is another message. Raises Refusal."""
    payload = mail.provider.payload(_draft(mail))
    created = min(row.created_at for row in mail.rows)
    said = json.dumps([created.isoformat(), payload], sort_keys=True, ensure_ascii=False)
    key = f"alert/{mail.id}/{sha256(said.encode()).hexdigest()[:32]}"
    return Outgoing(key, -mail.id, payload, now)


def _draft(mail: Mail) -> Draft:
    """Return the message before a provider puts it into its form; its number is negative, no message has it."""
    row = mail.rows[0]
    if row.medium == "slack":
        said = slack_of([Told(r.severity, r.text, r.organization, link=r.link) for r in mail.rows])
        return Draft(
            -mail.id, row.organization_id, "", "", subject=said.title, text=said.text, link=said.link, channel="slack"
        )
    stop = stop_url(row.user_id, [r.organization_id for r in mail.rows])
    written = email_of([Told(r.severity, r.title, r.organization, r.body, r.link) for r in mail.rows], stop)
    return Draft(
        -mail.id, row.organization_id, row.address, _sender(mail), subject=written.subject, html=written.html,
        text=written.text, channel="email",
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )  # fmt: skip


def _sender(mail: Mail) -> str:
    address = settings.FROM_EMAIL or next((row.site_sender for row in mail.rows if row.site_sender), "")
    if not address and mail.provider.made_from:  # the sandbox asks for none
        raise Refusal(Fault.ACCOUNT, code="no_sender", detail=NO_SENDER)
    return f'"BerinIA" <{address}>' if address else "BerinIA"


# --- settling --------------------------------------------------------------------------------------------


def _settle(result: Result, now: datetime) -> None:
    """Write what came of a message, unless its lease has ended; what is wrong with it is told inside only."""
    mail, refused = result.mail, result.refused
    written = {"mail": mail.id, "lease": mail.lease, "due": None, "sent": now, "error": "", "free": 0}
    if refused is None:
        run(SETTLE, written)
        return
    pause = pause_after(refused.fault, mail.attempts, mail.begun_at, now, refused.retry_after)
    said = redact(f"{refused.http_status or ''} {refused.code} {refused.detail}".strip())[:300]
    written |= {
        "due": None if pause is None else now + pause, "sent": None, "error": said,
        "free": int(refused.fault in (Fault.PACE, Fault.ACCOUNT)),  # certainly not taken: costs no attempt
    }  # fmt: skip
    if run(SETTLE, written) and (pause is None or refused.fault is Fault.ACCOUNT):
        _tell_inside(mail, said, is_over=pause is None, now=now)


def _tell_inside(mail: Mail, said: str, *, is_over: bool, now: datetime) -> None:
    """Alert about alerts where neither email nor Slack is needed: else each would make another, without end."""
    medium = mail.rows[0].medium
    by = "par email" if medium == "email" else "dans Slack"
    title = f"Une alerte n'est pas partie {by}" if is_over else f"Les alertes {by} attendent : le compte est refusé"
    organizations = sorted({row.organization_id for row in mail.rows})
    link = "/admin/communications/notification/"
    notify(
        [Alert(o, f"alerts/{medium}", "warning", title, said, link, stays_inside=True) for o in organizations],
        now,
    )
