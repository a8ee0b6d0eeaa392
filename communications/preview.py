"""Preview: messages as they would read, with what they would cost, from facts alone. Nothing is stored or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import Site
from communications.compose import SAMPLE_CONTACT, source_of
from communications.mentions import stop_mention, with_mention
from communications.models import Template
from communications.models.message import Category
from communications.rendering import (
    ContactFacts,
    Rendered,
    SiteFacts,
    Source,
    TemplateError,
    as_sent,
    context,
    library_source,
    render,
    render_text,
)
from communications.sms import Segments, costly, segments, simplifications, transliterate
from communications.unsubscribe import unsubscribe_url

NO_CONTACT = 0  # whose link opts nobody out, and is as long as another
MISSING = "Le modèle « {name} » ({channel}) n'existe pas."


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it would read; `error` says in French why it cannot be written.

    Of an SMS: its `size`, the `costly` characters that only UCS-2 has, what simplifying changes (`simpler`), and,
    where it is not done, the size that it would lead to (`simplified`).
    """

    rendered: Rendered | None
    size: Segments | None = None
    euros: float = 0.0
    error: str = ""
    costly: tuple[str, ...] = ()
    simpler: tuple[tuple[str, str], ...] = ()
    simplified: Segments | None = None


def write_out(source: Source, variables: Mapping[str, Any], mention: str = "") -> Written:
    """Write a message out as it would be sent; `mention` is what a marketing SMS adds."""
    try:
        rendered = render(source, variables)
    except TemplateError as error:
        return Written(None, error=str(error))
    if source.channel != "sms":
        return Written(rendered, euros=settings.EMAIL_EUROS if source.channel == "email" else settings.WHATSAPP_EUROS)
    whole, text = with_mention(rendered.text, mention), as_sent(source, rendered.text, mention)
    size, simpler = segments(text), simplifications(whole)
    return Written(
        Rendered("", "", text), size, size.count * settings.SMS_SEGMENT_EUROS, costly=costly(text), simpler=simpler,
        simplified=segments(transliterate(whole)) if simpler and not source.transliterates else None,
    )  # fmt: skip


def mention_of(site: Site, category: str) -> str:
    """Return how one refuses further SMS of this category from a site: nothing, unless it is marketing."""
    if category != Category.MARKETING:
        return ""
    sender = site.sms_sender or settings.TWILIO_PHONE_NUMBER
    return stop_mention(sender, site.sms_stop_number, unsubscribe_url(NO_CONTACT))


@dataclass(slots=True)
class Preview:
    """Writes messages out for one sender. Templates are those of the organization; without one, the library's."""

    site: SiteFacts
    organization_id: int | None = None
    mention: str = ""  # of its marketing SMS
    _sources: dict[tuple[str, str], Source | None] = field(default_factory=dict)
    _samples: dict[tuple[str, str], Written] = field(default_factory=dict)

    def write(
        self, template: str, channel: str, contact: ContactFacts, event: Mapping[str, Any], now: datetime,
        category: str = "",
    ) -> Written:  # fmt: skip
        """Write a message out at an instant. Without a category it is of its template's."""
        source = self._source(template, channel)
        if source is None:
            return Written(None, error=MISSING.format(name=template, channel=channel))
        mention = self.mention if (category or source.category) == Category.MARKETING else ""
        written = write_out(source, self._variables(contact, event, now), mention)
        if written.error:
            return replace(written, error=f"Le modèle « {template} » est incorrect : {written.error}")
        return written

    def sample(self, template: str, channel: str, now: datetime) -> Written:
        """Write a message out for a sample contact, once: for what many messages of it cost."""
        key = (template, channel)
        if key not in self._samples:
            self._samples[key] = self.write(template, channel, SAMPLE_CONTACT, {}, now)
        return self._samples[key]

    def line(self, text: str, contact: ContactFacts, event: Mapping[str, Any], now: datetime) -> str:
        """Write out a line of plain text, such as an alert; as it stands when it cannot be."""
        if "{{" not in text and "{%" not in text:
            return text
        try:
            return render_text(text, self._variables(contact, event, now))
        except TemplateError:
            return text

    def _variables(self, contact: ContactFacts, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        return context(contact, self.site, event, now=now, unsubscribe_url=unsubscribe_url(NO_CONTACT))

    def _source(self, template: str, channel: str) -> Source | None:
        key = (template, channel)
        if key not in self._sources:
            self._sources[key] = self._find(template, channel)
        return self._sources[key]

    def _find(self, name: str, channel: str) -> Source | None:
        if self.organization_id is None:
            return library_source(name, channel)
        rows = Template.objects.filter(organization_id=self.organization_id, name=name, channel=channel)
        return next((source_of(row) for row in rows), None)
