"""Templates of messages: read, checked, written out. No database, no settings.

An operator writes these, so they run in a sandbox: variables, a few filters and `if`, nothing else. A
template with a variable that is not there fails when it is saved or deployed, not when it is sent.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import mjml
import phonenumbers
import yaml
from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from berinia.clock import zone

MESSAGES = Path(__file__).resolve().parent.parent / "templates" / "messages"
MAX_SOURCE, MAX_OUTPUT = 20_000, 200_000
ROOTS = frozenset({"contact", "site", "event", "date", "liens"})
FILTERS = frozenset({"default", "upper", "lower", "capitalize", "trim", "truncate", "replace"})
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.Filter,
    nodes.If, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Keyword,
)  # fmt: skip
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
SUFFIXES = {".sms.txt": "sms", ".email.mjml": "email"}

_text = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - not HTML
_html = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


class TemplateError(ValueError):
    """A template cannot be used; `field`, `line` and `rule` say where and why, in French."""

    def __init__(self, field: str, rule: str, line: int | None = None) -> None:
        super().__init__(f"{field}{f', ligne {line}' if line else ''} : {rule}")
        self.field, self.rule, self.line = field, rule, line


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
class ContactFacts:
    """What a message knows of its reader."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a message knows of its sender."""

    name: str
    phone: str = ""
    address: str = ""
    url: str = ""
    email: str = ""
    sector: str = ""
    timezone: str = "Europe/Paris"
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source, ready to be written out many times."""

    channel: str
    subject: Template
    body: Template


# --- the variables ---------------------------------------------------------------------------------------


def context(
    contact: ContactFacts, site: SiteFacts, event: Mapping[str, Any], *, now: datetime, unsubscribe_url: str
) -> dict[str, Any]:
    """Return the variables of a message; `docs/library.md` lists them."""
    first = contact.name.split(" ")[0] if contact.name else ""
    local = now.astimezone(zone(site.timezone))
    details = {name: str(value) for name, value in site.details.items()}
    return {
        "contact": {
            "nom": contact.name, "prenom": first, "email": contact.email, "telephone": french(contact.phone),
            "salutation": f"Bonjour {contact.name}" if contact.name else "Bonjour",
        },
        "site": {
            **details, "nom": site.name, "telephone": french(site.phone), "telephone_lien": site.phone,
            "adresse": site.address, "url": site.url, "email": site.email, "secteur": site.sector,
        },
        "event": {name: _plain(value) for name, value in event.items()},
        "date": {
            "jour": f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}",
            "heure": f"{local.hour} h {local.minute:02d}",
        },
        "liens": {"desinscription": unsubscribe_url},
    }  # fmt: skip


def french(phone: str) -> str:
    """Return an E.164 number as it is read in its country, French ones as 01 23 45 67 89; else as it is."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    french_number = number.country_code in (33, 262, 590, 594, 596)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if french_number else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def _plain(value: Any) -> Any:
    """What a site reports is data: text and numbers, nothing that can be called."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


# --- reading the library ---------------------------------------------------------------------------------


def parse_file(path: Path) -> Source:
    """Read a message file: a front matter between two lines `---`, then the body. Raises TemplateError."""
    suffix = next((s for s in SUFFIXES if path.name.endswith(s)), None)
    if suffix is None:
        raise TemplateError(path.name, "le nom doit finir par .sms.txt ou .email.mjml")
    text, head = path.read_text(encoding="utf-8"), {}
    if text.startswith("---\n"):
        front, _, text = text[4:].partition("\n---\n")
        head = yaml.safe_load(front) or {}
    name = f"{path.parent.name}/{path.name.removesuffix(suffix)}"
    return Source(name, SUFFIXES[suffix], head.get("subject", ""), head.get("preheader", ""), text.strip())


@lru_cache(maxsize=50)
def library_sources(sector: str) -> tuple[Source, ...]:
    """Return all messages of a sector of the library."""
    return tuple(parse_file(path) for path in sorted((MESSAGES / sector).glob("*.*")))


# --- checking ------------------------------------------------------------------------------------------------


def check(source: Source) -> None:
    """Check that a template can be written out for every contact. Raises TemplateError."""
    for name, text in (("subject", source.subject), ("preheader", source.preheader), ("body", source.body)):
        if len(text) > MAX_SOURCE:
            raise TemplateError(name, f"{MAX_SOURCE} caractères au plus")
        _check_language(name, text)
    if source.channel == "email" and not source.subject.strip():
        raise TemplateError("subject", "un email a besoin d'un objet")
    site = _sample_site(source)
    for contact in (ContactFacts("", "", "+33612345678"), ContactFacts("Zoé L'Hôte", "zoe@exemple.fr", "")):
        variables = context(contact, site, {}, now=SAMPLE_NOW, unsubscribe_url="https://exemple.fr/u/x")
        rendered = render(source, variables)
        if len(rendered.html) + len(rendered.text) > MAX_OUTPUT:
            raise TemplateError("body", f"{MAX_OUTPUT} caractères au plus une fois écrit")
        if not rendered.text.strip():
            raise TemplateError("body", "le message est vide")


SAMPLE_NOW = datetime.fromisoformat("2026-03-10T10:00:00+00:00")
SITE_FIELDS = ("nom", "telephone", "telephone_lien", "adresse", "url", "email", "secteur")


def required_site_fields(source: Source) -> set[str]:
    """Return the names of `site.…` that a template writes."""
    return {
        node.attr
        for text in (source.subject, source.preheader, source.body)
        for node in _parse("body", text).find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == "site"
    }


def _sample_site(source: Source) -> SiteFacts:
    details = dict.fromkeys(required_site_fields(source) - set(SITE_FIELDS), "https://exemple.fr")
    return SiteFacts(
        "Entreprise", "+33123456789", "1 rue de la Paix, 75002 Paris", "https://exemple.fr", "contact@exemple.fr",
        "artisan", "Europe/Paris", details,
    )  # fmt: skip


def _parse(name: str, text: str) -> nodes.Template:
    try:
        return _text.parse(text)
    except TemplateSyntaxError as error:
        raise TemplateError(name, f"écriture incorrecte ({error.message})", error.lineno) from None


def _check_language(name: str, text: str) -> None:
    for node in _walk(_parse(name, text)):
        if not isinstance(node, ALLOWED):
            raise TemplateError(name, f"« {type(node).__name__} » n'est pas permis ici", node.lineno)
        if isinstance(node, nodes.Name) and node.name not in ROOTS:
            known = ", ".join(sorted(ROOTS))
            raise TemplateError(name, f"variable inconnue « {node.name} » (connues : {known})", node.lineno)
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            raise TemplateError(name, f"« {node.attr} » n'est pas permis", node.lineno)
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise TemplateError(name, f"filtre inconnu « {node.name} »", node.lineno)
        if isinstance(node, nodes.Test) and node.name != "defined":
            raise TemplateError(name, f"test inconnu « {node.name} »", node.lineno)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


# --- writing out -----------------------------------------------------------------------------------------


@lru_cache(maxsize=2_000)
def compile_source(source: Source) -> Compiled:
    """Compile a source once; MJML becomes HTML here. Raises TemplateError."""
    subject = _compile(_text, "subject", source.subject)
    if source.channel == "sms":
        return Compiled("sms", subject, _compile(_text, "body", source.body))
    document = _layout().replace("<!-- contenu -->", source.body).replace("<!-- apercu -->", source.preheader)
    try:
        html = str(mjml.mjml2html(document))
    except Exception as error:  # noqa: BLE001 - the package raises a bare exception of its Rust engine
        raise TemplateError("body", f"le MJML est incorrect ({error})") from None
    return Compiled("email", subject, _compile(_html, "body", _restore(html)))


@lru_cache(maxsize=1)
def _layout() -> str:
    return (MESSAGES / "layout.mjml").read_text(encoding="utf-8")


def _restore(html: str) -> str:
    """Undo the escaping that MJML did inside {{ }} and {% %}: those are ours, not text."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", lambda found: unescape(found.group()), html, flags=re.S)


def _compile(environment: ImmutableSandboxedEnvironment, name: str, text: str) -> Template:
    try:
        return environment.from_string(text)
    except TemplateSyntaxError as error:
        raise TemplateError(name, f"écriture incorrecte ({error.message})", error.lineno) from None


def render(source: Source, variables: Mapping[str, Any]) -> Rendered:
    """Write a message out. Raises TemplateError, which names the variable that is not there."""
    compiled = compile_source(source)
    try:
        subject = " ".join(compiled.subject.render(variables).split())
        body = compiled.body.render(variables)
    except (JinjaError, TypeError, ValueError, ArithmeticError) as error:
        raise TemplateError("body", f"variable absente ou incorrecte ({error})") from None
    if compiled.channel == "sms":
        return Rendered("", "", " ".join(body.split()))
    return Rendered(subject, body, _text_part(body))


def render_text(text: str, variables: Mapping[str, Any]) -> str:
    """Write out a line of plain text, such as an alert. Raises TemplateError."""
    try:
        return _compile(_text, "text", text).render(variables)
    except JinjaError as error:
        raise TemplateError("text", f"variable absente ou incorrecte ({error})") from None


LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
HIDDEN = re.compile(r'<div style="display:none.*?</div>', re.S)


def _text_part(html: str) -> str:
    """Return the text part of an email: its paragraphs, each link followed by its address."""
    raw = get_text(HIDDEN.sub("", html), ParserConfig(display_links=True))
    lines = [" ".join(LINK.sub(_link, line).split()) for line in raw.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _link(found: re.Match[str]) -> str:
    label, address = found.group(1).strip(), found.group(2).strip()
    plain = address.removeprefix("tel:").removeprefix("mailto:")
    if label in (address, plain) or not address or address.startswith(("tel:", "mailto:")):
        return label
    return f"{label} : {address}" if label else address
