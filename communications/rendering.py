"""Templates of messages: read, checked, written out. Pure: no database, no settings.

An operator writes these. A template that could fail for some contact is refused when it is saved or
deployed, not when it is sent. An email's body is HTML, or the inside of an MJML document with `layout.mjml`
around it (markup.py); it becomes HTML once per template, not per message.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from jinja2 import Template

from communications.markup import JINJA, MESSAGES, WORD, from_html, from_mjml
from communications.mentions import with_mention
from communications.sms import transliterate
from communications.template_language import TemplateError, build, build_text, names, parse, write
from communications.variables import ContactFacts, SiteFacts, context, one_line

__all__ = [
    "MESSAGES", "Compiled", "ContactFacts", "Rendered", "SiteFacts", "Source", "TemplateError", "as_sent", "check",
    "compile_source", "context", "library_source", "library_sources", "parse_file", "render", "render_text",
    "required_site_fields", "text_of", "variable_pairs",
]  # fmt: skip

# What the end of a file's name says: its channel, and how an email is written.
SUFFIXES: Mapping[str, tuple[str, str]] = {
    ".sms.txt": ("sms", ""), ".whatsapp.txt": ("whatsapp", ""), ".email.mjml": ("email", "mjml"),
    ".email.html": ("email", "html"),
}  # fmt: skip
HEAD = frozenset({"subject", "preheader", "category", "transliterates", "content_sid", "content_variables"})
ADDRESS = re.compile(
    r"""\b(?:href|src|srcset|background|background-url|poster|action|style)\s*=\s*("[^"]*"|'[^']*')"""
    r"|<(?:mj-)?style\b.*?</(?:mj-)?style>",
    re.DOTALL,
)
HIDDEN = re.compile(r'<div style="[^"]*display:\s*none.*?</div>', re.DOTALL)
BETWEEN_ROWS = re.compile(
    r"(?<=</tr>)(?:\s*jinja\d{4}x)+(?=\s*(?:<tr|</tbody|</table))|(?<=<tbody>)(?:\s*jinja\d{4}x)+(?=\s*<tr)"
)
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
SAMPLE_NOW = datetime.fromisoformat("2026-03-10T10:00:00+00:00")
SITE_FIELDS = frozenset({"nom", "telephone", "telephone_lien", "adresse", "url", "email", "secteur"})
# Twilio takes no longer body (21617), and no empty or longer variable (63021).
MAX_TEXT, MAX_VARIABLE = 1_600, 1_024
NOTHING = "-"
CATEGORIES = ("transactional", "marketing")
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
VARIABLE = re.compile(r"\w{1,40}")


@dataclass(frozen=True, slots=True)
class Source:
    """A message as it is written. An email's body is MJML or HTML (`format`), any other's is text.

    `content_sid` and `content_variables` (name and text of each) are those of an approved WhatsApp template.
    """

    name: str
    channel: str
    subject: str
    preheader: str
    body: str
    format: str = "mjml"
    transliterates: bool = True
    content_sid: str = ""
    content_variables: tuple[tuple[str, str], ...] = ()
    category: str = "transactional"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is read. Only an email has more than a text, only a WhatsApp message has variables."""

    subject: str
    html: str
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source, ready to be written out many times."""

    channel: str
    subject: Template
    body: Template
    variables: tuple[tuple[str, Template], ...] = ()
    text: Template | None = None  # an email's text part; None: it is read off the HTML of each one


# --- reading the library ---------------------------------------------------------------------------------


def parse_file(path: Path) -> Source:
    """Read a message file: a front matter between two lines `---`, then the body. Raises TemplateError."""
    suffix = next((s for s in SUFFIXES if path.name.endswith(s)), None)
    if suffix is None:
        raise TemplateError(path.name, f"le nom doit finir par {', '.join(SUFFIXES)}")
    channel, written_in = SUFFIXES[suffix]
    head, body = _front_matter(path)
    return Source(
        name=f"{path.parent.name}/{path.name.removesuffix(suffix)}",
        channel=channel,
        subject=str(head.get("subject", "")),
        preheader=str(head.get("preheader", "")),
        body=body,
        format=written_in or "mjml",
        transliterates=bool(head.get("transliterates", True)),
        content_sid=str(head.get("content_sid", "")),
        content_variables=variable_pairs(head.get("content_variables", {})),
        category=str(head.get("category", "transactional")),
    )


def _front_matter(path: Path) -> tuple[dict[str, Any], str]:
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        return {}, text.strip()
    front, _, text = text[4:].partition("\n---\n")
    try:
        head = yaml.safe_load(front) or {}
    except yaml.YAMLError as error:
        raise TemplateError(path.name, f"l'en-tête n'est pas du YAML ({error})") from None
    if not isinstance(head, dict) or (unknown := set(head) - HEAD):
        wrong = ", ".join(sorted(map(str, unknown))) if isinstance(head, dict) else front
        raise TemplateError(path.name, f"l'en-tête ne connaît pas « {wrong} » (il connaît : {', '.join(sorted(HEAD))})")
    if head.get("category", CATEGORIES[0]) not in CATEGORIES:
        raise TemplateError(path.name, f"catégorie inconnue (connues : {', '.join(CATEGORIES)})")
    return head, text.strip()


def variable_pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Return the variables of a WhatsApp template as names and texts. Raises TemplateError."""
    if not isinstance(value, Mapping):
        raise TemplateError("content_variables", 'un objet JSON, comme {"1": "{{ contact.prenom }}"}')
    for name, text in value.items():
        if not isinstance(text, str):
            raise TemplateError("content_variables", f"« {name} » : un texte entre guillemets")
    return tuple((str(name), text) for name, text in value.items())


@lru_cache(maxsize=50)
def library_sources(sector: str) -> tuple[Source, ...]:
    """Return all messages of a sector of the library, by name."""
    files = [path for suffix in SUFFIXES for path in (MESSAGES / sector).glob(f"*{suffix}")]
    return tuple(parse_file(path) for path in sorted(files))


def library_source(name: str, channel: str) -> Source | None:
    """Return the library's text of this name (sector/message) and channel, or None."""
    sector = name.partition("/")[0]
    if not re.fullmatch(r"[a-z0-9_-]+", sector):
        return None
    return next((s for s in library_sources(sector) if (s.name, s.channel) == (name, channel)), None)


# --- checking ------------------------------------------------------------------------------------------------


def check(source: Source) -> None:
    """Check that a template can be written out for every contact and every event. Raises TemplateError."""
    if source.channel == "email" and not source.subject.strip():
        raise TemplateError("subject", "un email a besoin d'un objet")
    if not source.body.strip():
        raise TemplateError("body", "le message est vide")
    if source.channel == "whatsapp":
        _check_whatsapp(source)
    if (source.format, source.category) == ("html", "marketing") and not _mentioned(source, "liens"):
        raise TemplateError("body", "un email commercial donne le lien {{ liens.desinscription }}")
    _check_addresses(source)
    compiled = compile_source(source)
    for variables in _samples(source):
        text = render(compiled, variables).text
        if not text.strip():
            raise TemplateError("body", "le message serait vide pour certains contacts")
        if source.channel != "email" and len(text) > MAX_TEXT:
            raise TemplateError("body", f"{MAX_TEXT} caractères au plus une fois écrit")


def required_site_fields(source: Source) -> set[str]:
    """Return the names of `site.…` that a template mentions. Raises TemplateError."""
    return _mentioned(source, "site")


def _texts(source: Source) -> Iterator[tuple[str, str]]:
    yield from (("subject", source.subject), ("preheader", source.preheader), ("body", source.body))
    yield from (("content_variables", text) for _name, text in source.content_variables)


def _mentioned(source: Source, root: str) -> set[str]:
    return {name for field, text in _texts(source) for name in names(parse(field, text), root)}


def _samples(source: Source, *, is_sparse: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the variables of different contacts and events; `is_sparse`: of a site that has told only its name."""
    details = dict.fromkeys(_mentioned(source, "site") - SITE_FIELDS, "https://exemple.fr")
    site = SiteFacts(
        "Entreprise", "+33123456789", "1 rue de la Paix, 75002 Paris", "https://exemple.fr", "contact@exemple.fr",
        "artisan", "Europe/Paris", details,
    )  # fmt: skip
    site = SiteFacts("Entreprise") if is_sparse else site
    for contact in (ContactFacts("", "", "+33612345678"), ContactFacts("Zoé L'Hôte", "zoe@exemple.fr", "")):
        for event in _sample_events(source):
            yield context(contact, site, event, now=SAMPLE_NOW, unsubscribe_url="https://exemple.fr/u/x")


def _sample_events(source: Source) -> list[dict[str, Any]]:
    """Nothing, each field alone, all of them, and all as numbers: a field may hide behind the test of another."""
    fields = sorted(_mentioned(source, "event"))
    return [{}, *({name: "exemple"} for name in fields), dict.fromkeys(fields, "exemple"), dict.fromkeys(fields, 7)]


def _check_whatsapp(source: Source) -> None:
    if source.content_sid and not CONTENT_SID.fullmatch(source.content_sid):
        raise TemplateError("content_sid", "HX suivi de 32 chiffres ou lettres de a à f")
    if source.content_variables and not source.content_sid:
        raise TemplateError("content_variables", "sans modèle approuvé (HX…), elles ne servent à rien")
    for name, _text in source.content_variables:
        if not VARIABLE.fullmatch(name):
            raise TemplateError("content_variables", f"« {name} » n'est pas le nom d'une variable")


def _check_addresses(source: Source) -> None:
    """Where a link leads is never up to who fills in a form."""
    for found in ADDRESS.finditer(source.body):
        tree = parse("body", found.group(1) or found.group())
        if names(tree, "event") | names(tree, "contact"):
            line = source.body[: found.start()].count("\n") + 1
            raise TemplateError("body", "une adresse ou un style vient du site (site.…), jamais d'un formulaire", line)


# --- compiling -------------------------------------------------------------------------------------------


@lru_cache(maxsize=2_000)
def compile_source(source: Source) -> Compiled:
    """Check the language of a source and compile it. Raises TemplateError."""
    for part, text in _texts(source):
        parse(part, text)
    subject = build("subject", source.subject, is_html=False)
    if source.channel == "email":
        to_html = from_html if source.format == "html" else from_mjml
        html = to_html(source.body, source.preheader)
        compiled = Compiled("email", subject, build("body", html, is_html=True))
        return replace(compiled, text=_text_template(source, compiled, html))
    body = build("body", source.body, is_html=False)
    variables = tuple((name, build_text("content_variables", text)) for name, text in source.content_variables)
    return Compiled(source.channel, subject, body, variables)


def _text_template(source: Source, compiled: Compiled, html: str) -> Template | None:
    """Return a template of the text part, which is read off the HTML once, its variables still in it.

    To read the HTML of every email takes ten times as long as to write it. Where the two do not agree for the
    samples (a part that is only shown sometimes, in a place that is no paragraph), each email is read.
    """
    words = dict.fromkeys(JINJA.findall(html))
    named = {piece: f"jinja{n:04d}x" for n, piece in enumerate(words)}
    back = {word: piece for piece, word in named.items()}
    # A test between two rows would be read elsewhere: it gets a row of its own.
    rows = BETWEEN_ROWS.sub(
        lambda found: WORD.sub(r"<tr><td>\g<0></td></tr>", found[0]), JINJA.sub(lambda found: named[found[0]], html)
    )
    text = WORD.sub(lambda found: back[found[0]], text_of(rows))
    try:
        template = build("body", text, is_html=False)
        samples = [*_samples(source), *_samples(source, is_sparse=True)]
        return template if all(_agree(template, compiled.body, variables) for variables in samples) else None
    except TemplateError:  # the pieces do not fit together in another order
        return None


def _agree(text: Template, body: Template, variables: Mapping[str, Any]) -> bool:
    """Tell whether a text says what one reads off the HTML; where that cannot be written, there is none to read."""
    try:
        html = write("body", body, variables)
    except TemplateError:
        return True
    return _written(text, variables) == text_of(html)


def _written(template: Template, variables: Mapping[str, Any]) -> str:
    return _tidy(write("body", template, variables)) + "\n"


# --- writing out -----------------------------------------------------------------------------------------


def render(source: Source | Compiled, variables: Mapping[str, Any]) -> Rendered:
    """Write a message out. Raises TemplateError, which names the variable that is not there."""
    compiled = compile_source(source) if isinstance(source, Source) else source
    subject = one_line(write("subject", compiled.subject, variables))
    body = write("body", compiled.body, variables)
    if compiled.channel != "email":
        return Rendered("", "", _tidy(body), {name: _value(text, variables) for name, text in compiled.variables})
    return Rendered(subject, body, _written(compiled.text, variables) if compiled.text else text_of(body))


def _value(template: Template, variables: Mapping[str, Any]) -> str:
    return one_line(write("content_variables", template, variables))[:MAX_VARIABLE] or NOTHING


def as_sent(source: Source, text: str, mention: str = "") -> str:
    """Return a rendered text as it goes out: an SMS with its mention (how to refuse more), simplified if it may be."""
    if source.channel != "sms":
        return text
    whole = with_mention(text, mention)
    return transliterate(whole) if source.transliterates else whole


def render_text(text: str, variables: Mapping[str, Any]) -> str:
    """Write out a line of plain text, such as an alert. Raises TemplateError."""
    return one_line(write("text", build_text("text", text), variables))


def _tidy(text: str) -> str:
    """Single spaces, no spaces at the ends of lines, one empty line at the most."""
    lines = "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def text_of(html: str) -> str:
    """Return the text part of an email: its paragraphs, each link followed by its address."""
    spaced = re.sub(r"</td>\s*</tr>", "<br><br></td></tr>", HIDDEN.sub("", html))
    raw = get_text(spaced, ParserConfig(display_links=True))
    return _tidy(LINK.sub(_link, raw)) + "\n"


def _link(found: re.Match[str]) -> str:
    label, address = found.group(1).strip(), found.group(2).strip()
    plain = address.removeprefix("tel:").removeprefix("mailto:")
    if label in (address, plain) or not address or address.startswith(("tel:", "mailto:")):
        return label
    return f"{label} : {address}" if label else address
