"""A person's page: may we write, what waits to go out, and the conversation."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Left
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communications.explanations import explanation
from communications.models import Message
from communications.models.message import MessageStatus
from communications.policy import EXPLANATIONS, Answer, Defer, Explanation, Hold, Refuse
from communications.waiting import reason_of
from communications.writable import writable
from crm.admin.histories import MESSAGE_TAGS
from crm.admin.overview import Panel, show
from crm.admin.story import Source, newest, tell
from crm.models import Contact
from crm.timeline import Entry

ICONS = {"email": "mail", "sms": "sms", "whatsapp": "chat"}
LONGEST = 400  # characters of a message in the story
FEW = 5
WAITING = (MessageStatus.QUEUED, MessageStatus.HELD, MessageStatus.UNKNOWN)


def _reach(contact: Contact, now: datetime) -> list[Mapping[str, Any]]:
    """Return, for each channel, whether we may write, and if not why and what to do, in one sentence each."""
    return [
        {
            "label": found.channel.label, "icon": ICONS[found.channel.value], "address": found.address,
            "is_phone": found.channel != "email", "own": _said(found.own), "commercial": _said(found.commercial),
            "reasons": list(_reasons(found.own, found.commercial)),
        }
        for found in writable(contact, now)
    ]  # fmt: skip


def _said(answer: Answer) -> Mapping[str, Any]:
    match answer:
        case Refuse():
            return {"tag": "danger", "text": _("non")}
        case Hold():
            return {"tag": "warning", "text": _("en pause")}
        case Defer(until=until):
            return {"tag": "info", "text": _("plus tard"), "until": until}
    return {"tag": "success", "text": _("oui")}


def _reasons(*answers: Answer) -> Iterator[Any]:
    seen = set()
    for answer in answers:
        if isinstance(answer, Refuse | Hold | Defer) and answer.why not in seen:
            seen.add(answer.why)
            yield EXPLANATIONS[answer.why]


def _waiting(contact: Contact, now: datetime) -> list[Mapping[str, Any]] | None:
    """Return the messages that have not gone out, each with its reason; None when none waits."""
    rows = Message.objects.filter(contact=contact, status__in=WAITING).order_by("-pk").defer("payload")[:FEW]
    known: dict[Any, Explanation] = {}  # what holds up one message of a workflow holds up the others of its channel
    found: list[Mapping[str, Any]] = [
        {
            "message": message, "why": _why(message, now, known), "tag": MESSAGE_TAGS.get(message.status, ""),
            "url": reverse("admin:communications_message_change", args=[message.pk]),
        }
        for message in rows
    ]  # fmt: skip
    return found or None


def _why(message: Message, now: datetime, known: dict[Any, Explanation]) -> Explanation:
    key = (
        message.workflow_id,
        message.channel,
        message.status,
        message.reason,
        message.due_at and message.due_at > now,
    )
    if key not in known:
        known[key] = reason_of(message, now)
    return known[key]


def _messages(contact: Contact, kind: str, before: int | None, most: int) -> list[Entry]:
    return [_entry(message) for message in newest(_read(Message.objects.filter(contact=contact)), before, most)]


def _read(rows: QuerySet[Message]) -> QuerySet[Any]:
    """Read of what was written only its beginning: an email is long. Providers call their fields differently."""
    parts = [KeyTextTransform(name, "payload") for name in ("subject", "body", "text")]
    text: Any = Left(Coalesce(*parts, output_field=TextField()), LONGEST)
    return rows.defer("payload").annotate(said=text)


def _entry(message: Any) -> Entry:
    why = explanation(message.reason).why if message.status in ("failed", "suppressed", "held", "unknown") else ""
    return Entry(
        "m", message.pk, message.sent_at or message.created_at, "messages",
        f"{message.get_channel_display()} « {message.template} »",
        " — ".join(filter(None, (message.said, why))),
        url=reverse("admin:communications_message_change", args=[message.pk]), status=message.get_status_display(),
        tag=MESSAGE_TAGS.get(message.status, ""), icon=ICONS.get(message.channel, "mail"), side="out",
    )  # fmt: skip


show(Panel("side", "admin/communications/person/reach.html", _reach))
show(Panel("now", "admin/communications/person/waiting.html", _waiting))
tell(Source("m", frozenset({"messages"}), _messages))
