"""Trial: one message, as its preview shows it, to the operator's own mailbox or to a phone that they type.

Nothing is queued or stored: one call, whose answer is shown. The audit log says who tried what, never to whom.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import redis
from django.conf import settings

from accounts.audit import record
from accounts.models import Platform, Site, User
from berinia.redis_client import connected
from communications.compose import mailbox
from communications.faults import Fault
from communications.models import Suppression, Template
from communications.preview import Written
from communications.providers import Draft, Outgoing, Refusal, provider_for
from communications.providers.choice import SANDBOX
from communications.reader import Reader
from communications.suppress import digest
from communications.templates import KIND
from crm import phones
from crm.models import Contact

MARK = "[Essai] "
MOST, WINDOW_SECONDS = 10, 3_600
NO_MESSAGE = 0  # a trial is no row of the outbox


class TrialError(Exception):
    """The trial was not sent, or perhaps not; the text says why, in French."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a trial: where it went, who took it, and the provider's own number for it."""

    to: str
    provider: str
    receipt: str

    @property
    def is_sandbox(self) -> bool:
        """Whether nothing went out at all, for want of a provider."""
        return self.provider == SANDBOX


def send_trial(template: Template, reader: Reader, phone: str, by: User, now: datetime) -> Trial:
    """Send a template to the person who asks (email) or to the phone they typed (SMS, WhatsApp). Raises TrialError."""
    if Platform.is_stopped():
        raise TrialError("L'arrêt d'urgence est donné : rien ne part, pas même un essai.")
    to = _address(template.channel, phone, by)
    written = reader.written(template, now)
    if written.rendered is None:
        raise TrialError(written.error)
    if template.channel == "whatsapp" and not template.content_sid:
        raise TrialError("Sans modèle approuvé (HX…), WhatsApp ne prend un texte que dans les 24 h d'une réponse.")
    if _is_closed(template, reader.site, to):
        raise TrialError("Cette adresse a demandé à ne plus rien recevoir, ou n'est pas joignable.")
    _count(by)
    provider = provider_for(template.channel)
    payload = provider.payload(_draft(template, reader.site, written, to))
    details = {"canal": template.channel, "fournisseur": provider.name, "version": template.version}
    record(
        by.get_username(), "essai_message", KIND, template.pk, now=now, organization_id=template.organization_id,
        target=str(template), details=details,
    )  # fmt: skip
    try:
        receipt = provider.send(Outgoing(f"trial/{uuid4()}", NO_MESSAGE, payload, now))
    except Refusal as refused:
        raise TrialError(_said(provider.name, refused)) from refused
    return Trial(to, provider.name, receipt.id)


def _address(channel: str, phone: str, by: User) -> str:
    if channel == "email":
        if not by.email:
            raise TrialError("Votre compte n'a pas d'adresse email : l'essai n'a où aller.")
        return by.email
    try:
        return phones.normalize(phone)
    except phones.InvalidPhoneError:
        raise TrialError(f"« {phone[:40]} » n'est pas un numéro de téléphone.") from None


def _is_closed(template: Template, site: Site, to: str) -> bool:
    """A phone is typed by hand: one that has opted out stays closed. One's own mailbox is never asked."""
    if template.channel == "email":
        return False
    closed = Suppression.objects.filter(
        organization_id=template.organization_id, channel=template.channel, digest=digest(to)
    )
    return closed.exists() or Contact.objects.filter(site=site, phone=to, opted_out_at__isnull=False).exists()


def _count(by: User) -> None:
    key = f"berinia:trial:{by.pk}"
    try:
        connected().set(key, 0, nx=True, ex=WINDOW_SECONDS)
        count = int(connected().incr(key))
    except redis.RedisError:
        raise TrialError("Redis ne répond pas : les essais ne peuvent être comptés. Recommencez plus tard.") from None
    if count > MOST:
        raise TrialError(f"{MOST} essais par heure au plus : recommencez plus tard.")


def _draft(template: Template, site: Site, written: Written, to: str) -> Draft:
    rendered = written.rendered
    assert rendered is not None
    common: dict[str, Any] = {
        "message_id": NO_MESSAGE, "organization_id": template.organization_id, "to": to, "channel": template.channel,
    }  # fmt: skip
    if template.channel == "email":
        sender = mailbox(site.business_name, site.email_from or settings.FROM_EMAIL)
        return Draft(
            **common, sender=sender, subject=MARK + rendered.subject, html=rendered.html, text=rendered.text,
            reply_to=site.email,
        )  # fmt: skip
    if template.channel == "sms":
        return Draft(**common, sender=site.sms_sender or settings.TWILIO_PHONE_NUMBER, text=MARK + rendered.text)
    return Draft(
        **common, sender=site.whatsapp_sender or settings.TWILIO_WHATSAPP_NUMBER, text=rendered.text,
        content_sid=template.content_sid, content_variables=rendered.variables,
    )  # fmt: skip


def _said(provider: str, refused: Refusal) -> str:
    answer = f"{refused.http_status or ''} {refused.code} {refused.detail}".strip()
    if refused.fault is Fault.UNKNOWN:
        return f"{provider} n'a pas répondu ({answer}) : l'essai est peut-être parti."
    return f"{provider} a refusé l'essai : {answer}"
