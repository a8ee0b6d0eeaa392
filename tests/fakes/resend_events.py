"""What Resend posts about emails, and how it signs: https://resend.com/docs/dashboard/webhooks/event-types

Svix sends for it: https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

# Resend's own addresses for tests: https://resend.com/docs/dashboard/emails/send-test-emails
MAGIC: dict[str, Sequence[str]] = {
    "bounced@resend.dev": ("email.sent", "email.bounced"),
    "complained@resend.dev": ("email.sent", "email.delivered", "email.complained"),
    "suppressed@resend.dev": ("email.suppressed",),
}
MORE: dict[str, dict[str, Any]] = {
    "email.bounced": {
        "bounce": {
            "type": "Permanent", "subType": "NoEmail", "message": "The recipient's email provider sent a hard bounce.",
            "diagnosticCode": ["smtp; 550 5.1.1 user unknown"],
        },
    },
    "email.failed": {"failed": {"reason": "reached_daily_quota"}},
    "email.suppressed": {
        "suppressed": {
            "type": "OnAccountSuppressionList", "reason": "previous_bounce",
            "message": "The address is on the suppression list of the account.", "diagnosticCode": [],
        },
    },
}  # fmt: skip


def data_of(message: dict[str, Any], event: str, at: datetime) -> dict[str, Any]:
    """Return what an event says of an email. Tags were sent as a list and come back as an object."""
    to = message["to"] if isinstance(message["to"], list) else [message["to"]]
    data: dict[str, Any] = {
        "email_id": message["id"],
        "message_id": f"<{message['id']}@eu-west-1.amazonses.com>",
        "created_at": at.isoformat(timespec="milliseconds"),
        "from": message["from"],
        "to": to,
        "subject": message["subject"],
        "tags": {tag["name"]: tag["value"] for tag in message.get("tags", ())},
        "headers": [{"name": name, "value": value} for name, value in message.get("headers", {}).items()],
    }
    if event == "email.clicked":
        data["click"] = {
            "ipAddress": "192.0.2.7", "link": "https://exemple.fr/devis", "userAgent": "Mozilla/5.0",
            "timestamp": data["created_at"],
        }  # fmt: skip
    return data | MORE.get(event, {})


def fate_of(message: dict[str, Any]) -> Sequence[str]:
    """Return the events of an email: it arrives, unless its address is one of Resend's own."""
    address = parseaddr(message["to"][0] if isinstance(message["to"], list) else message["to"])[1]
    local, _, domain = address.partition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return MAGIC.get(plain, ("email.sent", "email.delivered"))


def headers_of(id_: str, body: bytes, secret: str, at: datetime | None = None) -> dict[str, str]:
    """Return the headers under which a body goes out; a signature holds for five minutes."""
    timestamp = str(int((at or datetime.now(UTC)).timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "svix-id": id_,
        "svix-timestamp": timestamp,
        "svix-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
