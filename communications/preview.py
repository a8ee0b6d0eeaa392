"""Preview: messages as they would read, with what they would cost, from facts alone. Nothing is stored or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from communications.compose import SAMPLE_CONTACT, source_of
from communications.models import Template
from communications.rendering import (
    ContactFacts,
    Rendered,
    SiteFacts,
    Source,
    TemplateError,
    context,
    library_sources,
    render,
    render_text,
)
from communications.sms import Segments, segments, transliterate
from communications.unsubscribe import unsubscribe_url

NO_CONTACT = 0  # whose link opts nobody out, and is as long as another
MISSING = "Le modèle « {name} » ({channel}) n'existe pas."


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it would read; `error` says in French why it cannot be written. `size` is that of an SMS."""

    rendered: Rendered | None
    size: Segments | None = None
    euros: float = 0.0
    error: str = ""


@dataclass(slots=True)
class Preview:
    """Writes messages out for one sender. Templates are those of the organization; without one, the library's."""

    site: SiteFacts
    organization_id: int | None = None
    _sources: dict[tuple[str, str], Source | None] = field(default_factory=dict)
    _samples: dict[tuple[str, str], Written] = field(default_factory=dict)

    def write(
        self, template: str, channel: str, contact: ContactFacts, event: Mapping[str, Any], now: datetime
    ) -> Written:
        """Write a message out at an instant."""
        source = self._source(template, channel)
        if source is None:
            return Written(None, error=MISSING.format(name=template, channel=channel))
        try:
            rendered = render(source, self._variables(contact, event, now))
        except TemplateError as error:
            return Written(None, error=f"Le modèle « {template} » est incorrect : {error}")
        if channel != "sms":
            return Written(rendered, euros=settings.EMAIL_EUROS if channel == "email" else settings.WHATSAPP_EUROS)
        text = transliterate(rendered.text)
        size = segments(text)
        return Written(Rendered("", "", text), size, size.count * settings.SMS_SEGMENT_EUROS)

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
        if self.organization_id is not None:
            rows = Template.objects.filter(organization_id=self.organization_id, name=name, channel=channel)
            return next((source_of(row) for row in rows), None)
        sources = library_sources(name.partition("/")[0])
        return next((source for source in sources if (source.name, source.channel) == (name, channel)), None)
