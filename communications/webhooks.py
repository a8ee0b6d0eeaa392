"""Where providers report, and what our own pixel and links see: verified, stored as it came, applied after.

A request is stored once, however often it is repeated. When it cannot be stored it is answered with 503, so that
the provider tries again; a wrong signature is answered with 403, what cannot be read with 400.
"""

import json
import logging
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any

import resend
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from berinia import wire
from berinia.rows import run
from berinia.wake import wake
from communications.providers import provider_named
from communications.providers.twilio import Twilio
from communications.reports import CLICK, OPEN, OURS
from communications.tracking import seen

logger = logging.getLogger(__name__)

STORE = """
INSERT INTO webhooks_recus (provider, kind, external_id, message_id, body, received_at, attempts, error)
VALUES (%s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT (provider, external_id) DO NOTHING
"""
NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# The signature's parts, as the package calls them.
SVIX = {"id": "svix-id", "timestamp": "svix-timestamp", "signature": "svix-signature"}

View = Callable[..., HttpResponse]


def _kept(view: View) -> View:
    """Answer 503 while the database is away: nothing is taken that is not stored."""

    @csrf_exempt  # who calls signs
    @require_POST
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except (OperationalError, InterfaceError):
            logger.warning("a request to %s could not be stored: the database does not answer", request.path)
            return HttpResponse(status=503, headers={"Retry-After": "5"})

    return answered


@_kept
def resend_webhook(request: HttpRequest) -> HttpResponse:
    """Take what Resend reports: https://resend.com/docs/dashboard/webhooks/introduction"""
    if not (settings.RESEND_WEBHOOK_SECRET and all(header in request.headers for header in SVIX.values())):
        return _refused(request)
    raw = request.body
    try:
        body = wire.read(raw)  # the package reads it before it compares, and falls over what is too deep
    except wire.WireError:
        return HttpResponseBadRequest()
    if not _is_from_resend(request, raw):
        return _refused(request)
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        return HttpResponseBadRequest()
    store("resend", body["type"][:40], request.headers["svix-id"][:200], _tagged(body), body, timezone.now())
    return HttpResponse(status=204)


@_kept
def twilio_status(request: HttpRequest) -> HttpResponse:
    """Take a status callback: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status

    The address carries our message's id and is part of what is signed, so it cannot be forged.
    """
    if not _is_from_twilio(request):
        return _refused(request)
    form = _form(request)
    sid, status, code = (form.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    if not sid or not status:
        return HttpResponseBadRequest()
    key = "/".join(part for part in (sid, status, code) if part)
    store("twilio", "status", key[:200], _number(request.GET.get("m", "")), form, timezone.now())
    return HttpResponse(status=204)


@_kept
def twilio_sms(request: HttpRequest) -> HttpResponse:
    """Take an SMS that came in: https://www.twilio.com/docs/messaging/guides/webhook-request"""
    return _incoming(request, "sms")


@_kept
def twilio_whatsapp(request: HttpRequest) -> HttpResponse:
    """Take a WhatsApp message that came in, in the same form as an SMS."""
    return _incoming(request, "whatsapp")


def _incoming(request: HttpRequest, channel: str) -> HttpResponse:
    """The answer says nothing back: what is to be answered is a workflow's business."""
    if not _is_from_twilio(request):
        return _refused(request)
    form = _form(request)
    if not form.get("MessageSid"):
        return HttpResponseBadRequest()
    store("twilio", channel, form["MessageSid"][:200], None, form, timezone.now())
    return HttpResponse(NO_ANSWER, content_type="text/xml")


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Show a picture of one pixel, and note that the message was opened today."""
    now = timezone.now()
    if (found := seen(token)) and not found.link and request.method == "GET":
        _noted(OPEN, f"o/{found.message_id}/{now:%Y-%m-%d}", found.message_id, {}, now)
    return HttpResponse(PIXEL, content_type="image/gif", headers={"Cache-Control": "no-store"})


@require_safe
def clicked(request: HttpRequest, token: str) -> HttpResponse:
    """Lead on to where a link leads, and note that it was followed. The address is sealed: nobody else's is taken."""
    found = seen(token)
    if not found or not found.link:
        return render(request, "pages/unknown.html", status=404)
    if request.method == "GET":
        mark = sha256(found.link.encode()).hexdigest()[:32]
        _noted(CLICK, f"c/{found.message_id}/{mark}", found.message_id, {"lien": found.link}, timezone.now())
    return HttpResponseRedirect(found.link, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _noted(kind: str, key: str, message_id: int, body: dict[str, Any], now: datetime) -> None:
    """Store what we see ourselves. Who opens a message or follows a link has nothing to do with our database."""
    try:
        store(OURS, kind, key, message_id, body, now)
    except (OperationalError, InterfaceError):
        logger.warning("an open or a click was not stored: the database does not answer")


def store(provider: str, kind: str, key: str, message_id: int | None, body: dict[str, Any], now: datetime) -> None:
    """Store a verified request, unless it is there already, and have it applied."""
    if run(STORE, [provider, kind, key, message_id, json.dumps(body), now]):
        wake("webhooks")


def _is_from_resend(request: HttpRequest, raw: bytes) -> bool:
    """Ask Resend's package, which also refuses what was signed more than five minutes ago, or ahead."""
    try:
        resend.Webhooks.verify({
            "payload": raw.decode(), "webhook_secret": settings.RESEND_WEBHOOK_SECRET,
            "headers": {name: request.headers.get(header, "") for name, header in SVIX.items()},  # type: ignore[typeddict-item]
        })  # fmt: skip
    except ValueError:
        return False
    return True


def _is_from_twilio(request: HttpRequest) -> bool:
    url = settings.PUBLIC_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    twilio = provider_named(Twilio.name) if Twilio.is_configured() else None
    return isinstance(twilio, Twilio) and twilio.verify(url, request.POST, signature)


def _refused(request: HttpRequest) -> HttpResponse:
    logger.warning("a request to %s with a wrong or old signature was refused", request.path)
    return HttpResponseForbidden()


def _form(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a form, without what cannot be stored."""
    return {wire.BAD.sub("", name): wire.BAD.sub("", str(value)) for name, value in request.POST.items() if value}


def _tagged(body: dict[str, Any]) -> int | None:
    """Return our message's id, which travels as a tag: sent as a list of names and values, received as a mapping."""
    data = body.get("data")
    tags = data.get("tags") if isinstance(data, dict) else None
    if isinstance(tags, list):
        tags = {tag.get("name"): tag.get("value") for tag in tags if isinstance(tag, dict)}
    return _number(str(tags.get("message_id", ""))) if isinstance(tags, dict) else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
