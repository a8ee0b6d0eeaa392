"""Requests as providers sign them, and what is done with those that are stored."""

import base64
import hashlib
import hmac
import json
import time
from itertools import count as numbers
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from communications.models import Message
from communications.receive import receive_batch

PUBLIC_URL = "https://app.exemple.fr"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()

_next = numbers(1)


def twilio(path: str, form: dict[str, str], *, token: str = "token", signed: str = "") -> HttpResponse:
    """Post a form as Twilio does; `signed` is the address that the signature is made for, where it is another."""
    signature = RequestValidator(token).compute_signature(signed or PUBLIC_URL + path, form)
    return Client().post(path, form, headers={"X-Twilio-Signature": signature})


def status(message: Message, told: str, *, sid: str = "SM1", code: str = "", token: str = "token", **more: str) -> int:
    """Report on a message as Twilio does."""
    form = {"MessageSid": sid, "MessageStatus": told} | ({"ErrorCode": code} if code else {}) | more
    return twilio(f"/webhooks/twilio/status?m={message.pk}", form, token=token).status_code


def svix(body: bytes, *, id: str = "", secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """Sign a body by Svix's rules: https://docs.svix.com/receiving/verifying-payloads/how-manual"""
    msg_id, stamp = id or f"msg_{next(_next)}", str(int(time.time()) - age)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{msg_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "svix-id": msg_id, "svix-timestamp": stamp, "svix-signature": "v1," + base64.b64encode(digest).decode(),
    }  # fmt: skip


def resend(body: bytes | dict[str, Any], **changes: Any) -> HttpResponse:
    """Post an event as Resend does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(
        "/webhooks/resend", raw, content_type="application/json", headers=svix(raw, **changes)
    )  # fmt: skip


def email_event(message: Message, kind: str, *, email_id: str = "re_1", at: str = "", **data: Any) -> dict[str, Any]:
    """Write an event about an email as Resend does."""
    stamp = at or "2026-03-10T10:05:00.000Z"
    tags = {"message_id": str(message.pk), "organization": str(message.organization_id)}
    facts = {
        "email_id": email_id, "created_at": stamp, "from": "A <a@b.fr>", "to": [message.to], "subject": "Devis",
        "tags": tags,
    }  # fmt: skip
    return {"type": kind, "created_at": stamp, "data": facts | data}


def drain() -> int:
    """Apply all that is stored."""
    total = 0
    while done := receive_batch(now=timezone.now(), limit=50):
        total += done
    return total
