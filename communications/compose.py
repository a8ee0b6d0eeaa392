"""Compose: write a message out, from its template, for its contact, by its site."""

from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import Site
from berinia.rows import fetch
from communications.mentions import stop_mention
from communications.models import Template
from communications.providers import Draft, Provider
from communications.rendering import (
    ContactFacts,
    Rendered,
    SiteFacts,
    Source,
    TemplateError,
    as_sent,
    context,
    render,
    variable_pairs,
)
from communications.unsubscribe import unsubscribe_url

FACTS = """
SELECT c.name, c.email, c.phone, s.business_name, s.phone AS site_phone, s.address, s.url, s.email AS site_email,
    s.sector, s.timezone, s.details, s.email_from, s.sms_sender, s.sms_stop_number, e.data AS event
FROM contacts c JOIN sites s ON s.id = %s LEFT JOIN evenements e ON e.id = %s WHERE c.id = %s
"""


class ComposeError(Exception):
    """The message cannot be written; the text says why, in French, without personal data."""


def compose(row: Any, provider: Provider, now: datetime) -> dict[str, Any]:
    """Return what goes over the wire for a message. Raises ComposeError."""
    facts = _facts(row.contact_id, row.site_id, row.event_id)
    link = unsubscribe_url(row.contact_id)
    try:
        template = Template.objects.get(organization_id=row.organization_id, name=row.template, channel=row.channel)
        source = source_of(template)
        rendered = render(source, _context(facts, now, link))
    except Template.DoesNotExist:
        raise ComposeError(f"Le modèle « {row.template} » ({row.channel}) n'existe pas.") from None
    except TemplateError as error:
        raise ComposeError(f"Le modèle « {row.template} » est incorrect : {error}") from error
    return provider.payload(_draft(row, facts, source, rendered, link))


def source_of(template: Template) -> Source:
    """Return a template's text in the form that is rendered. Raises TemplateError."""
    return Source(
        template.name, template.channel, template.subject, template.preheader, template.body, template.format,
        template.transliterates, template.content_sid, variable_pairs(template.content_variables), template.category,
    )  # fmt: skip


def context_for(contact_id: int, site_id: int, event_id: int | None, now: datetime) -> dict[str, Any]:
    """Return the variables of a message to this contact."""
    return _context(_facts(contact_id, site_id, event_id), now, unsubscribe_url(contact_id))


SAMPLE_CONTACT = ContactFacts("Camille Martin", "camille.martin@exemple.fr", "+33612345678")


def site_facts(site: Site) -> SiteFacts:
    """Return what messages know of a site."""
    return SiteFacts(
        name=site.business_name, phone=site.phone, address=site.address, url=site.url, email=site.email,
        sector=site.sector, timezone=site.timezone, details=site.details,
    )  # fmt: skip


def _facts(contact_id: int, site_id: int, event_id: int | None) -> Any:
    return fetch(FACTS, [site_id, event_id, contact_id])[0]


def _context(facts: Any, now: datetime, link: str) -> dict[str, Any]:
    contact = ContactFacts(facts.name, facts.email or "", facts.phone or "")
    site = SiteFacts(
        name=facts.business_name, phone=facts.site_phone, address=facts.address, url=facts.url,
        email=facts.site_email, sector=facts.sector, timezone=facts.timezone, details=facts.details,
    )  # fmt: skip
    return context(contact, site, facts.event or {}, now=now, unsubscribe_url=link)


def _draft(row: Any, facts: Any, source: Source, rendered: Rendered, link: str) -> Draft:
    is_sms = row.channel == "sms"
    sms_sender = facts.sms_sender or settings.TWILIO_PHONE_NUMBER
    mention = stop_mention(sms_sender, facts.sms_stop_number, link) if row.category == "marketing" else ""
    headers = {}
    if row.category == "marketing" and not is_sms:  # RFC 8058
        headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    sender = facts.email_from or settings.FROM_EMAIL
    return Draft(
        message_id=row.id,
        organization_id=row.organization_id,
        to=row.address,
        sender=sms_sender if is_sms else mailbox(facts.business_name, sender),
        subject=rendered.subject,
        html=rendered.html,
        text=as_sent(source, rendered.text, mention),
        reply_to="" if is_sms else facts.site_email,
        headers=headers,
        callback_url=f"{settings.PUBLIC_URL}/webhooks/twilio/status?m={row.id}" if settings.PUBLIC_URL else "",
    )


def mailbox(name: str, address: str) -> str:
    """Return `"Name" <address>` (RFC 5322), or just the address when the site has no name."""
    quoted = name.replace("\\", "").replace('"', "").replace("\r", " ").replace("\n", " ").strip()
    return f'"{quoted}" <{address}>' if quoted else address
