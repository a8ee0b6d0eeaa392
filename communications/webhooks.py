"""Where providers report what became of a message, and hand over those that come in."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from communications.inbound import Incoming, receive
from communications.models import Message
from communications.outcomes import message_outcomes, report
from communications.providers import provider_named
from communications.providers.twilio import Twilio
from communications.statuses import FROM_TWILIO, later
from communications.suppress import suppress
from crm.ingest import BusyError
from crm.models.metric import Counted, count, hour_of

logger = logging.getLogger(__name__)

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@csrf_exempt  # Twilio signs its requests
@require_POST
def twilio_status(request: HttpRequest) -> HttpResponse:
    """Apply a status callback: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status

    The address carries our message's id and is part of what is signed, so it cannot be forged.
    """
    if not _is_from_twilio(request):
        return HttpResponseForbidden()
    message_id, status = request.GET.get("m", ""), FROM_TWILIO.get(request.POST.get("MessageStatus", ""))
    if message_id.isdecimal() and len(message_id) < 19 and status:
        code = request.POST.get("ErrorCode", "")[:20]
        apply_report(int(message_id), request.POST.get("MessageSid", "")[:100], status, code, timezone.now())
    return HttpResponse(status=204)


@csrf_exempt  # Twilio signs its requests
@require_POST
def twilio_sms(request: HttpRequest) -> HttpResponse:
    """Take in an SMS: https://www.twilio.com/docs/messaging/guides/webhook-request

    The answer says nothing back: what is to be answered is a workflow's business. A repeat changes nothing.
    """
    if not _is_from_twilio(request):
        return HttpResponseForbidden()
    form = request.POST
    try:
        receive(
            Incoming(
                form.get("MessageSid", "")[:100], form.get("From", ""), form.get("To", ""), form.get("Body", ""),
                is_stop=form.get("OptOutType", "") == "STOP",
            ),
            timezone.now(),
        )  # fmt: skip
    except BusyError:
        return HttpResponse(status=503)
    return HttpResponse(NO_ANSWER, content_type="text/xml")


def _is_from_twilio(request: HttpRequest) -> bool:
    url = settings.PUBLIC_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    twilio = provider_named(Twilio.name) if Twilio.is_configured() else None
    is_theirs = isinstance(twilio, Twilio) and twilio.verify(url, request.POST, signature)
    if not is_theirs:
        logger.warning("a request to %s with a wrong signature was refused", request.path)
    return is_theirs


@transaction.atomic
def apply_report(message_id: int, provider_id: str, status: str, code: str, now: datetime) -> None:
    """Move a message to a reported status, unless it is further already. A repeat changes nothing."""
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None or (message.provider_id and message.provider_id != provider_id):
        return  # unknown here, or of an earlier call whose message was replaced
    new = later(message.status, status)
    is_new = new != message.status
    was_sent = message.sent_at is not None
    message.status, message.provider_id, message.due_at = new, provider_id, None
    message.sent_at = message.sent_at or message.attempted_at or now
    if new == "delivered":
        message.delivered_at = message.delivered_at or now
    if is_new:
        message.reason, message.detail = (f"twilio_{code}" if new == "failed" else ""), ""
    message.save(update_fields=["status", "provider_id", "due_at", "sent_at", "delivered_at", "reason", "detail"])
    if not was_sent:
        report(message_outcomes([message], is_sent=new != "failed", reason=message.reason), now)
        _count(message, f"messages_sent_{message.channel}", now)
    if is_new and new == "failed":
        _count(message, "messages_failed", now)
    if code in Twilio.unreachable and message.to:
        suppress(message.organization_id, message.channel, message.to, "unreachable", now)


def _count(message: Message, name: str, now: datetime) -> None:
    key = Counted(message.organization_id, message.site_id, message.workflow_id or 0, hour_of(now), name)
    count({key: 1})
