"""The messages of an execution as lines of its timeline: attempts, way, what providers reported, what one reads."""

from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.backoff import MAX_ATTEMPTS
from communications.contents import content_of
from communications.explanations import explanation
from communications.journey import next_at, stations
from communications.models import Message, ReceivedWebhook
from communications.providers.choice import SANDBOX
from communications.sms import segments
from workflows.labels import reason_label
from workflows.lines import MOST, Asked, Line, Part, attempt, facts, said_at

BAD = frozenset({"failed", "bounced", "complained", "unknown"})


def message_lines(asked: Asked) -> Iterator[Line]:
    """Yield a line a message, the newest first."""
    rows = list(Message.objects.filter(execution_id=asked.execution.pk).order_by("-id")[: MOST + 1])
    reports = _reports([row.pk for row in rows]) if asked.is_full else {}
    for message in rows:
        yield Line(
            message.sent_at or message.attempted_at or message.created_at, "message",
            f"{message.get_channel_display()} « {message.template} »", reason_label(message.reason),
            str(message.get_status_display()), reverse("admin:communications_message_change", args=[message.pk]),
            f"message-{message.pk}", message.status, message.status in BAD,
            _of_message(message, reports.get(message.pk, ()), asked.is_full),
        )  # fmt: skip


def _of_message(message: Message, reports: Sequence[ReceivedWebhook], is_full: bool) -> list[Part]:
    provider = _("bac à sable : rien n'est parti") if message.provider == SANDBOX else message.provider
    calls = ngettext("%d appel", "%d appels", message.calls) % message.calls if message.calls else ""
    attempts = f"{attempt(message.attempts, MAX_ATTEMPTS)} ({calls})" if message.attempts else calls
    parts = facts(
        _("Son envoi"), (_("étape"), message.step), (_("destinataire"), message.to if is_full else ""),
        (_("fournisseur"), provider), (_("identifiant"), message.provider_id), (_("tentatives"), attempts),
        (_("première"), said_at(message.first_attempt_at)), (_("dernière"), said_at(message.attempted_at)),
        (_("dernière réponse"), message.detail), (_("prochaine"), said_at(next_at(message))),
        (_("que faire"), explanation(message.reason).remedy),
    )  # fmt: skip
    parts += facts(_("Son parcours"), *((station.text, said_at(station.at)) for station in stations(message)))
    if reports:
        rows = [(f"{said_at(report.received_at)} · {report.provider}", _report(report)) for report in reports]
        parts.append(Part(_("Ce que le fournisseur a rapporté"), rows))
    return [*parts, *(_body(message) if is_full else ())]


def _body(message: Message) -> Iterator[Part]:
    found = content_of(message.payload)
    if found.html:
        yield Part(found.subject, frame=reverse("admin:communications_message_preview", args=[message.pk]))
    elif found.text:
        size = segments(found.text) if message.channel == "sms" else None
        title = _("Ce que le contact lit")
        if size:
            count = ngettext("%d segment", "%d segments", size.count) % size.count
            title = f"{title} · {count}, {size.encoding}"
        yield Part(title, text=found.text)
    elif found.approved:
        yield Part(_("Modèle WhatsApp approuvé"), [(found.approved, found.variables)])


def _reports(ids: Sequence[int]) -> dict[int, list[ReceivedWebhook]]:
    """Return the latest webhooks about these messages, by message, oldest first."""
    found: dict[int, list[ReceivedWebhook]] = {}
    for row in ReceivedWebhook.objects.filter(message_id__in=ids).order_by("-id")[:MOST]:
        found.setdefault(row.message_id or 0, []).insert(0, row)
    return found


def _report(row: ReceivedWebhook) -> str:
    body = row.body if isinstance(row.body, Mapping) else {}
    name = body.get("type") or body.get("MessageStatus") or body.get("SmsStatus") or row.kind
    code = f" {body['ErrorCode']}" if body.get("ErrorCode") else ""
    applied = row.error or (_("appliqué") if row.processed_at else _("pas encore appliqué"))
    return f"{name}{code} · {applied}"
