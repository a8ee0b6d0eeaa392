"""Signatures of outgoing calls: Standard Webhooks, https://www.standardwebhooks.com. Pure."""

import base64
import hashlib
import hmac
from datetime import datetime


def signed_headers(secret: str, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers that tell a receiver who speaks. `secret` is `whsec_` and base64."""
    timestamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
