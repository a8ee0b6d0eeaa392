"""Inbound: an SMS that comes in becomes an event of the contact who sent it, or ends what is sent to them.

The site is the one whose number it was sent to. Where several share a number, it is the one that last wrote to
this person; from somebody whom none of them knows, it cannot be said whom the SMS is for, and it is left alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import Site
from berinia.rows import fetch
from berinia.wake import wake
from communications.optout import first_word, is_stop
from communications.unsubscribe import EVENT as OPTED_OUT
from communications.unsubscribe import opt_out
from crm.ingest import Report, ingest
from crm.models import Contact, Event
from crm.phones import InvalidPhoneError, normalize

logger = logging.getLogger(__name__)

RECEIVED = "sms_recu"
LONGEST = 1_600  # https://www.twilio.com/docs/messaging/api/message-resource

SITES = """
SELECT id FROM sites WHERE replace(sms_sender, ' ', '') = %s OR (sms_sender = '' AND %s)
"""
# The one who was last written to comes first.
SENDERS = """
SELECT c.id FROM contacts c LEFT JOIN LATERAL (
    SELECT id FROM messages m WHERE m.contact_id = c.id AND m.channel = 'sms' AND m.sent_at IS NOT NULL
    ORDER BY id DESC LIMIT 1
) m ON true
WHERE c.site_id = ANY(%s) AND c.phone = %s ORDER BY m.id DESC NULLS LAST, c.id DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An SMS as the provider hands it over. `is_stop`: the provider took it for a request to end."""

    provider_id: str
    sender: str
    receiver: str
    text: str
    is_stop: bool = False

    @property
    def is_end(self) -> bool:
        """Whether its sender asks not to be written to any more."""
        return self.is_stop or is_stop(self.text)

    def data(self, sender: str) -> dict[str, str]:
        """Return what the event bears."""
        text = self.text.replace("\0", "")[:LONGEST]
        return {"texte": text, "de": sender, "a": self.receiver, "mot": first_word(text)[:80]}


def receive(sms: Incoming, now: datetime) -> None:
    """Take in an SMS; the same one again changes nothing. Raises BusyError: again later."""
    try:
        sender = normalize(sms.sender)
    except InvalidPhoneError:
        logger.warning("an SMS from something that is no phone number was left alone")
        return
    is_default = bool(settings.TWILIO_PHONE_NUMBER) and sms.receiver == settings.TWILIO_PHONE_NUMBER.replace(" ", "")
    sites = [row.id for row in fetch(SITES, [sms.receiver, is_default])]
    known = [row.id for row in fetch(SENDERS, [sites, sender])] if sites else []
    if known:
        _from_known(sms, sender, known, now)
    elif len(sites) == 1:
        _from_unknown(sms, sender, sites[0], now)
    else:
        logger.warning("an SMS was left alone: %s sites receive under this number, none knows the sender", len(sites))


def _from_known(sms: Incoming, sender: str, contact_ids: Sequence[int], now: datetime) -> None:
    """Who asks for an end is not written to from this number any more, under whatever name they are known."""
    contacts: dict[Any, Contact] = Contact.objects.in_bulk(contact_ids)
    if sms.is_end:
        for contact in contacts.values():
            opt_out(contact, by="sms")
        return
    contact = contacts[contact_ids[0]]
    event = Event(
        organization_id=contact.organization_id, site_id=contact.site_id, contact=contact, name=RECEIVED,
        data=sms.data(sender), idempotency_key=_key(sms), occurred_at=now,
    )  # fmt: skip
    Event.objects.bulk_create([event], ignore_conflicts=True)
    wake("engine")


def _from_unknown(sms: Incoming, sender: str, site_id: int, now: datetime) -> None:
    site = Site.objects.get(pk=site_id)
    name = OPTED_OUT if sms.is_end else RECEIVED
    data = {"par": "sms"} if sms.is_end else sms.data(sender)
    ingest(site, [Report(name, data, phone=sender, idempotency_key=_key(sms))], now=now)


def _key(sms: Incoming) -> str:
    return f"sms/{sms.provider_id}"
