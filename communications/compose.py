"""Compose: write messages out, from their templates, for their contacts, by their sites. Many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Site
from berinia.rows import fetch
from communications.drafts import drafted, drafts_of
from communications.mentions import stop_mention
from communications.models import Template
from communications.providers import Draft, Provider, UndeliverableError
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
from communications.sms import segments
from communications.tracking import tracked
from communications.unsubscribe import unsubscribe_url
from crm.consent import granted
from crm.models.consent import Purpose

# Free text may answer a contact on WhatsApp for so long: https://www.twilio.com/docs/whatsapp/key-concepts
SESSION = timedelta(hours=24)

FACTS = """
SELECT w.id, c.name, c.email, c.phone, c.whatsapp_at, s.business_name, s.phone AS site_phone, s.address, s.url,
    s.email AS site_email, s.sector, s.timezone, s.details, s.email_from, s.sms_sender, s.sms_stop_number,
    s.whatsapp_sender,
    e.data AS event
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS w (id, contact_id, site_id, event_id)
    JOIN contacts c ON c.id = w.contact_id JOIN sites s ON s.id = w.site_id LEFT JOIN evenements e ON e.id = w.event_id
"""
TEMPLATES = """
SELECT DISTINCT t.* FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS w (organization_id, name, channel)
    JOIN templates_communication t
    ON (t.organization_id, t.name, t.channel) = (w.organization_id, w.name, w.channel)
"""


EMAIL = "email"
# By contact, the channels on which opens and clicks may be noted.
Followed = tuple[Mapping[int, frozenset[str]], Mapping[int, frozenset[str]]]


class ComposeError(Exception):
    """The message cannot be written; the text says why, in French, without personal data. `reason` is its code."""

    def __init__(self, text: str, reason: str = "modele") -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Written:
    """What goes over the wire, by which version of its template; `segments` are those of an SMS."""

    payload: Mapping[str, Any]
    template_version: int
    segments: int | None = None


def compose(rows: Sequence[Any], provider: Provider, now: datetime) -> dict[int, Written | ComposeError]:
    """Write messages of one channel out; by their ids, what goes over the wire or why it cannot be written."""
    facts = _facts([(row.id, row.contact_id, row.site_id, row.event_id) for row in rows])
    templates, followed, drafts = _templates(rows), _followed(rows), drafts_of([row.id for row in rows])
    written: dict[int, Written | ComposeError] = {}
    for row in rows:
        try:
            template = templates.get((row.organization_id, row.template, row.channel))
            written[row.id] = _write(row, facts[row.id], template, drafts.get(row.id), followed, provider, now)
        except ComposeError as error:
            written[row.id] = error
        except UndeliverableError as error:  # the provider cannot put it into its form
            written[row.id] = ComposeError(str(error), error.code)
    return written


def _write(
    row: Any, facts: Any, template: Template | None, text: Any, followed: Followed, provider: Provider, now: datetime
) -> Written:
    if template is None:
        raise ComposeError(f"Le modèle « {row.template} » ({row.channel}) n'existe pas.")
    link = unsubscribe_url(row.contact_id, row.id)
    try:
        source = source_of(template)
        variables = _context(facts, now, link)
        rendered = render(source, variables)
        if text is not None:
            rendered = drafted(rendered, text, variables)
    except TemplateError as error:
        raise ComposeError(f"Le modèle « {row.template} » est incorrect : {error}") from error
    opens, clicks = (EMAIL in granted_on.get(row.contact_id, ()) for granted_on in followed)
    seen = replace(rendered, html=tracked(rendered.html, row.id, opens, clicks)) if opens or clicks else rendered
    draft = _draft(row, facts, source, seen, link, now)
    size = segments(draft.text).count if row.channel == "sms" else None
    return Written(provider.payload(draft), template.version, size)


def source_of(template: Template) -> Source:
    """Return a template's text in the form that is rendered. Raises TemplateError."""
    return Source(
        template.name, template.channel, template.subject, template.preheader, template.body, template.format,
        template.transliterates, template.content_sid, variable_pairs(template.content_variables), template.category,
    )  # fmt: skip


def context_for(contact_id: int, site_id: int, event_id: int | None, now: datetime) -> dict[str, Any]:
    """Return the variables of a message to this contact."""
    (facts,) = _facts([(0, contact_id, site_id, event_id)]).values()
    return _context(facts, now, unsubscribe_url(contact_id))


SAMPLE_CONTACT = ContactFacts("Camille Martin", "camille.martin@exemple.fr", "+33612345678")


def site_facts(site: Site) -> SiteFacts:
    """Return what messages know of a site."""
    return SiteFacts(
        name=site.business_name, phone=site.phone, address=site.address, url=site.url, email=site.email,
        sector=site.sector, timezone=site.timezone, details=site.details,
    )  # fmt: skip


def _followed(rows: Sequence[Any]) -> Followed:
    """Return who has agreed that opens, and clicks, are noted. Only emails can be followed."""
    contact_ids = {row.contact_id for row in rows if row.channel == EMAIL} if settings.PUBLIC_URL else set()
    opens, clicks = (granted(contact_ids, purpose) for purpose in (Purpose.TRACKING_OPENS, Purpose.TRACKING_CLICKS))
    return opens, clicks


def _facts(keys: Iterable[tuple[int, int, int, int | None]]) -> dict[int, Any]:
    return {row.id: row for row in fetch(FACTS, [list(column) for column in zip(*keys, strict=True)])}


def _templates(rows: Sequence[Any]) -> dict[tuple[int, str, str], Template]:
    wanted = sorted({(row.organization_id, row.template, row.channel) for row in rows})
    found = Template.objects.raw(TEMPLATES, [list(column) for column in zip(*wanted, strict=True)])
    return {(t.organization_id, t.name, t.channel): t for t in found}


def _context(facts: Any, now: datetime, link: str) -> dict[str, Any]:
    contact = ContactFacts(facts.name, facts.email or "", facts.phone or "")
    site = SiteFacts(
        name=facts.business_name, phone=facts.site_phone, address=facts.address, url=facts.url,
        email=facts.site_email, sector=facts.sector, timezone=facts.timezone, details=facts.details,
    )  # fmt: skip
    return context(contact, site, facts.event or {}, now=now, unsubscribe_url=link)


def _draft(row: Any, facts: Any, source: Source, rendered: Rendered, link: str, now: datetime) -> Draft:
    is_email = row.channel == "email"
    sender = _sender(row.channel, facts)
    mention = stop_mention(sender, facts.sms_stop_number, link) if row.category == "marketing" else ""
    headers = {}
    if row.category == "marketing" and is_email:  # RFC 8058
        headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Draft(
        message_id=row.id,
        organization_id=row.organization_id,
        channel=row.channel,
        to=row.address,
        sender=sender,
        subject=rendered.subject,
        html=rendered.html,
        text=as_sent(source, rendered.text, mention),
        reply_to=facts.site_email if is_email else "",
        content_sid=source.content_sid,
        content_variables=rendered.variables,
        is_in_session=facts.whatsapp_at is not None and now < facts.whatsapp_at + SESSION,
        headers=headers,
        callback_url=f"{settings.PUBLIC_URL}/webhooks/twilio/status?m={row.id}" if settings.PUBLIC_URL else "",
    )


def _sender(channel: str, facts: Any) -> str:
    match channel:
        case "email":
            return mailbox(facts.business_name, facts.email_from or settings.FROM_EMAIL)
        case "whatsapp":
            return str(facts.whatsapp_sender or settings.TWILIO_WHATSAPP_NUMBER)
        case _:
            return str(facts.sms_sender or settings.TWILIO_PHONE_NUMBER)


def mailbox(name: str, address: str) -> str:
    """Return `"Name" <address>` (RFC 5322), or just the address when the site has no name."""
    quoted = name.replace("\\", "").replace('"', "").replace("\r", " ").replace("\n", " ").strip()
    return f'"{quoted}" <{address}>' if quoted else address
