"""Reports: what a stored request says about a message, read into one form, whoever sent it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from communications.faults import Fault
from communications.models.suppression import SuppressionReason
from communications.providers.twilio import Twilio
from communications.providers.twilio_whatsapp import TwilioWhatsApp
from communications.statuses import FROM_RESEND, FROM_TWILIO, Report

OURS = "berinia"  # who reports what our own pixel and links see
OPEN, CLICK = "open", "click"
WHATSAPP = "whatsapp:"
# What a code that is reported of a recipient closes the address for.
CLOSES = {Fault.ADDRESS: SuppressionReason.UNREACHABLE.value, Fault.OPT_OUT: SuppressionReason.OPT_OUT.value}
LONGEST = 500
PERMANENT, TRANSIENT = "Permanent", "Transient"


def report_of(row: Any) -> Report | None:
    """Return the report that a stored request is; None when it is about no message of ours or says nothing new."""
    reader = READERS.get(row.provider)
    return reader(row) if reader and row.message_id is not None else None


def _twilio(row: Any) -> Report | None:
    """https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"""
    status = FROM_TWILIO.get(row.body.get("MessageStatus", ""))
    if status is None:
        return None
    code, to = row.body.get("ErrorCode", "")[:20], row.body.get("To", "")
    provider = TwilioWhatsApp if to.startswith(WHATSAPP) else Twilio
    has_failed = status == "failed"
    return Report(
        row.message_id, row.body.get("MessageSid", "")[:100], status, row.received_at,
        reason=f"twilio_{code}" if has_failed else "",
        detail=row.body.get("ErrorMessage", "")[:LONGEST] if has_failed else "",
        closes=CLOSES.get(provider.reported_fault(code), "") if code else "",
        alarm=code if code in provider.alarming else "",
        to=to.removeprefix(WHATSAPP),
    )  # fmt: skip


def _resend(row: Any) -> Report | None:
    """https://resend.com/docs/dashboard/webhooks/event-types"""
    status, data = FROM_RESEND.get(row.kind), _mapping(row.body, "data")
    if status is None:
        return None
    said = _MORE.get(row.kind, _nothing)(data)
    to = data.get("to")
    first = to[0] if isinstance(to, list) and to else to
    return Report(**{
        "message_id": row.message_id, "provider_id": str(data.get("email_id") or "")[:100], "status": status,
        "at": _instant(row.body.get("created_at"), row.received_at),
        "to": parseaddr(first)[1].lower() if isinstance(first, str) else "", **said,
    })  # fmt: skip


def _bounced(data: Mapping[str, Any]) -> dict[str, Any]:
    """Only a mailbox that does not exist closes the address; one that is full or away has not even bounced yet."""
    bounce = _mapping(data, "bounce")
    detail = f"{bounce.get('subType', '')} : {bounce.get('message', '')}".strip(" :")[:LONGEST]
    if bounce.get("type") == TRANSIENT:
        return {"status": "sent", "detail": detail}
    closes = SuppressionReason.UNREACHABLE.value if bounce.get("type") == PERMANENT else ""
    return {"reason": "resend_bounced", "detail": detail, "closes": closes}


def _complained(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": "resend_complained", "closes": SuppressionReason.COMPLAINT.value}


def _failed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": "resend_failed", "detail": str(_mapping(data, "failed").get("reason", ""))[:LONGEST]}


def _suppressed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Resend keeps a list of its own of addresses that bounced or complained before."""
    found = _mapping(data, "suppressed")
    has_complained = found.get("reason") == "previous_complaint"
    closes = SuppressionReason.COMPLAINT if has_complained else SuppressionReason.UNREACHABLE
    return {
        "reason": "resend_suppressed", "detail": str(found.get("message", ""))[:LONGEST], "closes": closes.value,
    }  # fmt: skip


def _clicked(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"link": str(_mapping(data, "click").get("link", ""))[:2000]}


def _nothing(data: Mapping[str, Any]) -> dict[str, Any]:
    return {}


_MORE: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "email.bounced": _bounced,
    "email.complained": _complained,
    "email.failed": _failed,
    "email.suppressed": _suppressed,
    "email.clicked": _clicked,
}


def _ours(row: Any) -> Report | None:
    status = {OPEN: "opened", CLICK: "clicked"}.get(row.kind)
    return (
        None if status is None else Report(row.message_id, "", status, row.received_at, link=row.body.get("lien", ""))
    )


READERS: Mapping[str, Callable[[Any], Report | None]] = {"twilio": _twilio, "resend": _resend, OURS: _ours}


def _mapping(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _instant(text: object, received_at: datetime) -> datetime:
    """Read an instant; it lies not after the one at which we heard of it."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return received_at
    return min(found if found.tzinfo else found.replace(tzinfo=UTC), received_at)
