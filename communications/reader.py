"""Whom a preview is written to: a contact of the site with the data of an event, or a sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Site
from communications.compose import SAMPLE_CONTACT, site_facts, source_of
from communications.models import Template
from communications.preview import NO_CONTACT, Written, mention_of, write_out
from communications.rendering import ContactFacts, TemplateError, context
from communications.unsubscribe import unsubscribe_url
from crm.models import Contact, Event
from crm.search import find_contacts
from crm.serializers import is_ours

MOST_CONTACTS, MOST_EVENTS, LATEST = 5, 10, 50


@dataclass(frozen=True, slots=True)
class Reader:
    """A contact with one of its events, or nobody in particular. `others` were found too; `problem` is in French."""

    site: Site
    contact: Contact | None = None
    event: Event | None = None
    events: Sequence[Event] = ()
    others: Sequence[Contact] = ()
    problem: str = ""

    def written(self, template: Template, now: datetime) -> Written:
        """Write a template out as this reader would get it. Its unsubscribe link opts nobody out."""
        try:
            source = source_of(template)
        except TemplateError as error:
            return Written(None, error=str(error))
        facts = SAMPLE_CONTACT
        if self.contact is not None:
            facts = ContactFacts(self.contact.name, self.contact.email or "", self.contact.phone or "")
        data: dict[str, Any] = self.event.data if self.event else {}
        variables = context(facts, site_facts(self.site), data, now=now, unsubscribe_url=unsubscribe_url(NO_CONTACT))
        return write_out(source, variables, mention_of(self.site, template.category))


def find_reader(organization_id: int, site_id: int | None, term: str, event_id: int | None) -> Reader | None:
    """Return the reader that a search means (number, email, phone or name); None: no such site.

    Without a site it is the organization's first; without a term, a sample; without an event, the contact's latest.
    """
    sites = Site.objects.filter(organization_id=organization_id)
    site = sites.filter(pk=site_id).first() if site_id else sites.order_by("business_name").first()
    if site is None or not term:
        return Reader(site) if site else None
    allowed = Contact.objects.filter(site=site)
    found = list(find_contacts(term, allowed, [site.pk]).order_by("-pk")[: MOST_CONTACTS + 1])
    if not found:
        return Reader(site, problem=f"« {term} » : aucun contact de ce site. L'aperçu montre un exemple.")
    contact, *others = found
    latest = contact.events.order_by("-pk")[:LATEST]
    events = [event for event in latest if not is_ours(event.name)][:MOST_EVENTS]
    chosen = next((event for event in events if event.pk == event_id), events[0] if events else None)
    return Reader(site, contact, chosen, events, others)
