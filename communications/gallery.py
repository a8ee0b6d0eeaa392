"""The gallery: every message of the library as it is read, on a computer and a phone, by day and by night.

Two sites see each message: one that told everything, and one that told its name and phone only. No database.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from communications.mentions import stop_mention
from communications.preview import Written, write_out
from communications.rendering import MESSAGES, ContactFacts, SiteFacts, Source, check, context, library_sources

CONTACT = ContactFacts("Jean-Christophe Dupont-Moretti", "jean-christophe@exemple.fr", "+33612345678")
PHONE = "+33123456789"
NAMES = {
    "artisan": "Menuiserie Lefèvre", "avocat": "Cabinet Morel & Associés", "coach": "Élan Coaching",
    "plombier": "Plomberie Durand & Fils",
}  # fmt: skip
EVENT = {
    "travaux": "Remplacement de trois fenêtres", "adresse": "4 rue des Lilas, Lyon", "domaine": "droit du travail",
    "ressource": "Le guide des matins sereins",
}  # fmt: skip
LINKS = {
    "lien_avis": "https://exemple.fr/avis", "lien_rdv": "https://exemple.fr/rendez-vous",
    "lien_ressource": "https://exemple.fr/guide", "lien_contenus": "https://exemple.fr/outils",
}  # fmt: skip
UNSUBSCRIBE = "https://exemple.fr/desinscription"
STOP_NUMBER = "36180"
# A frame cannot be told that it is night: the rules for the night are made to hold always, or never.
NIGHT = re.compile(r"\(prefers-color-scheme:\s*dark\)")


Case = tuple[str, str, SiteFacts, ContactFacts, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a site's contact reads it; `files` are those of an email: by day, by night, its text."""

    source: Source
    sender: str
    title: str
    written: Written
    preheader: str
    files: tuple[str, str, str] | None


def render_all(out: Path, now: datetime) -> list[Shown]:
    """Write all messages and the page that shows them into a folder. Raises TemplateError."""
    out.mkdir(parents=True, exist_ok=True)
    shown = [one for source in _sources() for one in _both(source, out, now)]
    sectors = [(sector, [one for one in shown if one.source.name.startswith(f"{sector}/")]) for sector in sorted(NAMES)]
    page = render_to_string("pages/gallery.html", {"sectors": sectors, "euros": settings.SMS_SEGMENT_EUROS})
    (out / "index.html").write_text(page, encoding="utf-8")
    return shown


def _sources() -> Iterator[Source]:
    for sector in sorted(path.name for path in MESSAGES.iterdir() if path.is_dir()):
        for source in library_sources(sector):
            check(source)
            yield source


def _both(source: Source, out: Path, now: datetime) -> Iterator[Shown]:
    sector = source.name.partition("/")[0]
    name = NAMES.get(sector, sector.capitalize())
    full = SiteFacts(
        name, PHONE, "12 rue de la République, 69001 Lyon", "https://exemple.fr", "contact@exemple.fr", sector,
        details=LINKS,
    )  # fmt: skip
    bare, nobody = SiteFacts(name, PHONE), ContactFacts("", CONTACT.email, "")
    cases: tuple[Case, Case] = (
        ("complet", "un site qui a tout dit", full, CONTACT, EVENT),
        ("nu", "un site qui n'a presque rien dit", bare, nobody, {}),
    )
    for kind, title, site, contact, event in cases:
        variables = context(contact, site, event, now=now, unsubscribe_url=UNSUBSCRIBE)
        mention = stop_mention(name[:11], STOP_NUMBER, UNSUBSCRIBE) if source.category == "marketing" else ""
        written = write_out(source, variables, mention)
        yield Shown(source, name, title, written, source.preheader, _write(out, source, kind, written))


def _write(out: Path, source: Source, kind: str, written: Written) -> tuple[str, str, str] | None:
    """Write the files of an email: by day, by night, and its text part."""
    rendered = written.rendered
    if rendered is None or not rendered.html:
        return None
    stem = f"{source.name.replace('/', '-')}.{kind}"
    parts = {
        f"{stem}.jour.html": NIGHT.sub("not all", rendered.html),
        f"{stem}.nuit.html": NIGHT.sub("all", rendered.html),
        f"{stem}.txt": f"{rendered.subject}\n\n{rendered.text}",
    }
    for name, content in parts.items():
        (out / name).write_text(content, encoding="utf-8")
    day, night, text = parts
    return day, night, text
