"""Report mail: hand weekly reports over by email, once to each person.

The claim commits before the call and the result after it. A worker that dies leaves a lease that ends: where the
provider knows a repeat by its key the call is made again, elsewhere the delivery is given up, for it may be there.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from berinia.logs import redact
from berinia.rows import fetch, run
from communications.backoff import Attempt, Hold, Retry, next_attempt
from communications.faults import Fault
from communications.models import ReportDelivery, WeeklyReport
from communications.providers import Draft, Outgoing, Provider, Refusal, provider_for
from communications.report_texts import email_of, stop_url

logger = logging.getLogger(__name__)

DUE = """
SELECT d.id, d.user_id, d.attempts, d.begun_at, d.provider, r.id AS report_id, r.organization_id, r.content, r.week,
    CASE WHEN u.is_active AND (m.id IS NOT NULL AND coalesce(p.weekly_report, m.role = 'owner')
        OR d.asked_at IS NOT NULL AND (m.id IS NOT NULL OR u.is_superuser)) THEN u.email ELSE '' END AS address,
    (SELECT s.email_from FROM sites s WHERE s.organization_id = r.organization_id AND s.email_from <> ''
     ORDER BY s.id LIMIT 1) AS site_sender
FROM envois_rapport d
    JOIN rapports_hebdomadaires r ON r.id = d.report_id JOIN utilisateurs u ON u.id = d.user_id
    LEFT JOIN membres m ON m.user_id = d.user_id AND m.organization_id = r.organization_id
    LEFT JOIN preferences_notification p ON p.user_id = d.user_id AND p.organization_id = r.organization_id
WHERE d.due_at <= %s ORDER BY d.id LIMIT %s FOR UPDATE OF d SKIP LOCKED
"""
BEGIN = "UPDATE envois_rapport SET due_at = %s, begun_at = %s, attempts = %s, provider = %s WHERE id = %s"
DROP = "UPDATE envois_rapport SET due_at = NULL, error = %s WHERE id = ANY(%s)"
# Only by whoever holds the lease: it ends at an instant of its own.
SETTLE = "UPDATE envois_rapport SET due_at = %s, sent_at = %s, error = %s WHERE id = %s AND due_at = %s"
NOBODY = "N'est plus membre, n'a plus d'adresse email, ou ne veut plus de ce rapport."
MAY_BE_THERE = "L'envoi a été interrompu : le rapport est peut-être arrivé. Redemandez-le au besoin."
NO_SENDER = "FROM_EMAIL est vide, et aucun site n'a d'expéditeur"


@dataclass(frozen=True, slots=True)
class Mail:
    """One report to one person, that this worker hands over before the lease ends."""

    row: Any
    provider: Provider
    attempts: int
    begun_at: datetime
    lease: datetime


def ask_for(report: WeeklyReport, user_id: int, now: datetime) -> ReportDelivery:
    """Plan another copy for a person who asked for it; one that is on its way already will do."""
    waiting = ReportDelivery.objects.filter(report=report, user_id=user_id, due_at__isnull=False).first()
    if waiting is not None:
        return waiting
    return ReportDelivery.objects.create(report=report, user_id=user_id, asked_at=now, due_at=now, created_at=now)


def send_reports(*, now: datetime, limit: int) -> int:
    """Send up to `limit` reports; return how many were handed over."""
    with transaction.atomic():
        mails = _claim(now, limit)
    for mail in mails:
        refused = _hand_over(mail, now)
        with transaction.atomic():
            _settle(mail, refused, now)
    return len(mails)


def _claim(now: datetime, limit: int) -> list[Mail]:
    rows = fetch(DUE, [now, limit])
    provider = provider_for("email")
    gone = [row.id for row in rows if not row.address]
    cut_off = [row.id for row in rows if row.address and _may_be_there(row, provider)]
    for ids, why in ((gone, NOBODY), (cut_off, MAY_BE_THERE)):
        if ids:
            run(DROP, [why, ids])
    lease = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    mails = [
        Mail(row, provider, row.attempts + 1, row.begun_at or now, lease)
        for row in rows
        if row.id not in {*gone, *cut_off}
    ]
    for mail in mails:
        run(BEGIN, [lease, mail.begun_at, mail.attempts, provider.name, mail.row.id])
    return mails


def _may_be_there(row: Any, provider: Provider) -> bool:
    """Tell whether an earlier call was cut off, and a repeat would be a second copy."""
    return bool(row.attempts) and not (provider.repeat_safe and row.provider == provider.name)


def _hand_over(mail: Mail, now: datetime) -> Refusal | None:
    """Make the call. No transaction is open meanwhile."""
    try:
        mail.provider.send(Outgoing(f"report/{mail.row.id}", -mail.row.id, mail.provider.payload(_draft(mail)), now))
    except Refusal as refused:
        return refused
    except Exception as error:
        logger.exception("report %s could not be sent", mail.row.id)
        return Refusal(Fault.MESSAGE, code=type(error).__name__, detail=str(error)[:200])
    return None


def _draft(mail: Mail) -> Draft:
    row = mail.row
    stop = stop_url(row.user_id, row.organization_id)
    written = email_of(row.content, row.report_id, stop)
    sender = settings.FROM_EMAIL or row.site_sender or ""
    if not sender and mail.provider.made_from:  # the sandbox asks for none
        raise Refusal(Fault.ACCOUNT, code="no_sender", detail=NO_SENDER)
    return Draft(
        -row.id, row.organization_id, row.address, f'"BerinIA" <{sender}>' if sender else "BerinIA",
        subject=written.subject, html=written.html, text=written.text, channel="email",
        headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )  # fmt: skip


def _settle(mail: Mail, refused: Refusal | None, now: datetime) -> None:
    """Write what came of it, unless the lease has ended."""
    if refused is None:
        run(SETTLE, [None, now, "", mail.row.id, mail.lease])
        return
    attempt = Attempt(mail.attempts, mail.attempts, mail.begun_at, mail.provider.repeat_safe)
    answer = next_attempt(
        refused.fault, attempt, now, reconcile_after=timedelta(0), retry_after=refused.retry_after
    )  # fmt: skip
    said = redact(f"{refused.http_status or ''} {refused.code} {refused.detail}".strip())[:300]
    again = answer.at if isinstance(answer, Retry | Hold) else None
    if run(SETTLE, [again, None, said, mail.row.id, mail.lease]) and refused.fault in (Fault.PACE, Fault.ACCOUNT):
        run("UPDATE envois_rapport SET attempts = attempts - 1 WHERE id = %s", [mail.row.id])  # certainly not taken


def deliveries_of(report: WeeklyReport) -> Sequence[ReportDelivery]:
    """Return to whom a report went or goes, the latest first."""
    return list(report.deliveries.select_related("user").order_by("-pk")[:50])
