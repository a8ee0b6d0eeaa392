"""Templates of messages: read, checked, written out. Pure: no database, no settings.

An operator writes these. A template that could fail for some contact is refused when it is saved or
deployed, not when it is sent. An email's body is the inside of an MJML document; `layout.mjml` is
around it. MJML becomes HTML once per template, not per message.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from typing import Any

import mjml
import yaml
from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from jinja2 import Template

from communications.template_language import TemplateError, build, build_text, names, parse, write
from communications.variables import ContactFacts, SiteFacts, context, one_line

__all__ = [
    "Compiled", "ContactFacts", "Rendered", "SiteFacts", "Source", "TemplateError", "check", "compile_source",
    "context", "library_sources", "parse_file", "render", "render_text", "required_site_fields",
]  # fmt: skip

MESSAGES = Path(__file__).resolve().parent.parent / "templates" / "messages"
CONTENT, PREVIEW = "<!-- contenu -->", "<!-- apercu -->"
SUFFIXES = {".sms.txt": "sms", ".email.mjml": "email"}
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
ADDRESS = re.compile(r"""\b(?:href|src|background-url|action)\s*=\s*("[^"]*"|'[^']*')""")
HIDDEN = re.compile(r'<div style="display:none.*?</div>', re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
SAMPLE_NOW = datetime.fromisoformat("2026-03-10T10:00:00+00:00")
SITE_FIELDS = frozenset({"nom", "telephone", "telephone_lien", "adresse", "url", "email", "secteur"})


@dataclass(frozen=True, slots=True)
class Source:
    """A message as it is written. An email's body is the inside of an MJML document, an SMS's is text."""

    name: str
    channel: str
    subject: str
    preheader: str
    body: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is read. An SMS has only a text."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source, ready to be written out many times."""

    channel: str
    subject: Template
    body: Template


# --- reading the library ---------------------------------------------------------------------------------


def parse_file(path: Path) -> Source:
    """Read a message file: a front matter between two lines `---`, then the body. Raises TemplateError."""
    suffix = next((s for s in SUFFIXES if path.name.endswith(s)), None)
    if suffix is None:
        raise TemplateError(path.name, "le nom doit finir par .sms.txt ou .email.mjml")
    text = path.read_text(encoding="utf-8")
    head: dict[str, str] = {}
    if text.startswith("---\n"):
        front, _, text = text[4:].partition("\n---\n")
        try:
            head = yaml.safe_load(front) or {}
        except yaml.YAMLError as error:
            raise TemplateError(path.name, f"l'en-tête n'est pas du YAML ({error})") from None
    name = f"{path.parent.name}/{path.name.removesuffix(suffix)}"
    return Source(name, SUFFIXES[suffix], head.get("subject", ""), head.get("preheader", ""), text.strip())


@lru_cache(maxsize=50)
def library_sources(sector: str) -> tuple[Source, ...]:
    """Return all messages of a sector of the library, by name."""
    files = [path for suffix in SUFFIXES for path in (MESSAGES / sector).glob(f"*{suffix}")]
    return tuple(parse_file(path) for path in sorted(files))


# --- checking ------------------------------------------------------------------------------------------------


def check(source: Source) -> None:
    """Check that a template can be written out for every contact and every event. Raises TemplateError."""
    if source.channel == "email" and not source.subject.strip():
        raise TemplateError("subject", "un email a besoin d'un objet")
    if not source.body.strip():
        raise TemplateError("body", "le message est vide")
    _check_addresses(source)
    compiled = compile_source(source)
    samples = dict.fromkeys(_mentioned(source, "site") - SITE_FIELDS, "https://exemple.fr")
    site = SiteFacts(
        "Entreprise", "+33123456789", "1 rue de la Paix, 75002 Paris", "https://exemple.fr", "contact@exemple.fr",
        "artisan", "Europe/Paris", samples,
    )  # fmt: skip
    for contact in (ContactFacts("", "", "+33612345678"), ContactFacts("Zoé L'Hôte", "zoe@exemple.fr", "")):
        for event in _sample_events(source):
            variables = context(contact, site, event, now=SAMPLE_NOW, unsubscribe_url="https://exemple.fr/u/x")
            if not render(compiled, variables).text.strip():
                raise TemplateError("body", "le message serait vide pour certains contacts")


def required_site_fields(source: Source) -> set[str]:
    """Return the names of `site.…` that a template mentions. Raises TemplateError."""
    return _mentioned(source, "site")


def _texts(source: Source) -> Iterator[tuple[str, str]]:
    yield from (("subject", source.subject), ("preheader", source.preheader), ("body", source.body))


def _mentioned(source: Source, root: str) -> set[str]:
    return {name for field, text in _texts(source) for name in names(parse(field, text), root)}


def _sample_events(source: Source) -> list[dict[str, Any]]:
    """Nothing, each field alone, all of them, and all as numbers: a field may hide behind the test of another."""
    fields = sorted(_mentioned(source, "event"))
    return [{}, *({name: "exemple"} for name in fields), dict.fromkeys(fields, "exemple"), dict.fromkeys(fields, 7)]


def _check_addresses(source: Source) -> None:
    """Where a link leads is never up to who fills in a form."""
    for found in ADDRESS.finditer(source.body):
        tree = parse("body", found.group(1))
        if names(tree, "event") | names(tree, "contact"):
            line = source.body[: found.start()].count("\n") + 1
            raise TemplateError("body", "une adresse de lien vient du site (site.…), jamais d'un formulaire", line)


# --- compiling -------------------------------------------------------------------------------------------


@lru_cache(maxsize=2_000)
def compile_source(source: Source) -> Compiled:
    """Check the language of a source and compile it. Raises TemplateError."""
    for field, text in _texts(source):
        parse(field, text)
    subject = build("subject", source.subject, is_html=False)
    if source.channel == "sms":
        return Compiled("sms", subject, build("body", source.body, is_html=False))
    return Compiled("email", subject, build("body", _to_html(source), is_html=True))


@lru_cache(maxsize=1)
def _layout() -> str:
    return (MESSAGES / "layout.mjml").read_text(encoding="utf-8")


def _to_html(source: Source) -> str:
    """Return the HTML with its variables still in it. MJML sees plain words in their place."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(unescape(found.group()))
        return f"jinja{len(kept) - 1:04d}x"

    preview = JINJA.sub(keep, escape(unescape(source.preheader), quote=False))
    content = JINJA.sub(keep, source.body)
    written = len(kept)  # the rest is the layout's: a colour for buttons is not shown where there is none
    document = JINJA.sub(keep, _layout()).replace(PREVIEW, preview).replace(CONTENT, content)
    try:
        html = str(mjml.mjml2html(document))
    except Exception as error:  # noqa: BLE001 - the package raises bare exceptions of its Rust engine
        raise TemplateError("body", f"le MJML est incorrect ({error})") from None
    if lost := [text for number, text in enumerate(kept[:written]) if f"jinja{number:04d}x" not in html]:
        raise TemplateError("body", f"« {lost[0]} » est à un endroit que MJML n'affiche pas")
    return re.sub(r"jinja(\d{4})x", lambda found: kept[int(found.group(1))], html)


# --- writing out -----------------------------------------------------------------------------------------


def render(source: Source | Compiled, variables: Mapping[str, Any]) -> Rendered:
    """Write a message out. Raises TemplateError, which names the variable that is not there."""
    compiled = compile_source(source) if isinstance(source, Source) else source
    subject = one_line(write("subject", compiled.subject, variables))
    body = write("body", compiled.body, variables)
    if compiled.channel == "sms":
        return Rendered("", "", _tidy(body))
    return Rendered(subject, body, _text_part(body))


def render_text(text: str, variables: Mapping[str, Any]) -> str:
    """Write out a line of plain text, such as an alert. Raises TemplateError."""
    return one_line(write("text", build_text("text", text), variables))


def _tidy(text: str) -> str:
    """Single spaces, no spaces at the ends of lines, one empty line at the most."""
    lines = "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _text_part(html: str) -> str:
    """Return the text part of an email: its paragraphs, each link followed by its address."""
    spaced = HIDDEN.sub("", html).replace("</td></tr>", "<br><br></td></tr>")
    raw = get_text(spaced, ParserConfig(display_links=True))
    return _tidy(LINK.sub(_link, raw)) + "\n"


def _link(found: re.Match[str]) -> str:
    label, address = found.group(1).strip(), found.group(2).strip()
    plain = address.removeprefix("tel:").removeprefix("mailto:")
    if label in (address, plain) or not address or address.startswith(("tel:", "mailto:")):
        return label
    return f"{label} : {address}" if label else address
