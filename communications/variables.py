"""The variables of a message: what it knows of its reader, its sender and the event. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import phonenumbers

from berinia.clock import zone

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
FRANCE = frozenset({33, 262, 590, 594, 596})  # the mainland and overseas
TITLES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "me", "maître", "dr", "docteur"})
# What a name never has: someone may type an address into a form to have it sent out in our messages.
NOT_A_NAME = re.compile(r"[/\\@<>{}\[\]|\d]|www|\.\w{2}")
MAX_NAME, MAX_VALUE = 60, 500


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What a message knows of its reader. `phone` is E.164; each may be empty."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a message knows of its sender. `phone` is E.164, `details` are the site's own fields."""

    name: str
    phone: str = ""
    address: str = ""
    url: str = ""
    email: str = ""
    sector: str = ""
    timezone: str = "Europe/Paris"
    details: Mapping[str, Any] = field(default_factory=dict)


def context(
    contact: ContactFacts, site: SiteFacts, event: Mapping[str, Any], *, now: datetime, unsubscribe_url: str
) -> dict[str, Any]:
    """Return the variables of a message; `docs/library.md` lists them.

    A field of the event or a detail of the site that is empty is left out, so that `default` and
    `is defined` mean what one expects.
    """
    local = now.astimezone(zone(site.timezone))
    name, first = one_line(contact.name)[:MAX_NAME], first_name(contact.name)
    return {
        "contact": {
            "nom": name, "prenom": first, "email": contact.email, "telephone": french(contact.phone),
            "salutation": greeting(contact.name),
        },
        "site": {
            **_filled(site.details), "nom": site.name, "telephone": french(site.phone), "telephone_lien": site.phone,
            "adresse": site.address, "url": site.url, "email": site.email, "secteur": site.sector,
        },
        "event": _filled(event),
        "date": {
            "jour": f"{DAYS[local.weekday()]} {'1er' if local.day == 1 else local.day} {MONTHS[local.month - 1]}",
            "heure": f"{local.hour} h {local.minute:02d}",
        },
        "liens": {"desinscription": unsubscribe_url},
    }  # fmt: skip


def first_name(name: str) -> str:
    """Return the first name, or nothing when the name does not look like one of a person.

    A word in capitals is taken for the surname if another is not: "DURAND Zoé" is Zoé.
    """
    words = one_line(name).split(" ")
    if not words[0] or len(name) > MAX_NAME or NOT_A_NAME.search(name) or is_title(words[0]):
        return ""
    word = next((w for w in words if w != w.upper()), words[0])
    return "-".join(part[:1].upper() + (part[1:].lower() if part.isupper() else part[1:]) for part in word.split("-"))


def greeting(name: str) -> str:
    """Return `Bonjour Zoé`, `Bonjour Madame Durand` or `Bonjour`."""
    words = one_line(name).split(" ")
    if len(words) > 1 and is_title(words[0]) and len(name) <= MAX_NAME and not NOT_A_NAME.search(" ".join(words[1:])):
        return f"Bonjour {' '.join(words)}"
    return f"Bonjour {first_name(name)}".strip()


def is_title(word: str) -> bool:
    """Tell whether a word is a title such as Mme or Dr."""
    return word.removesuffix(".").lower() in TITLES


@lru_cache(maxsize=10_000)
def french(phone: str) -> str:
    """Return an E.164 number as it is read: French ones as 01 23 45 67 89, else +32 2 …; or as it is."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    formats = phonenumbers.PhoneNumberFormat
    form = formats.NATIONAL if number.country_code in FRANCE else formats.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def one_line(text: str) -> str:
    """Return a text without line breaks, control characters and double spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    plain = {str(name): _plain(value) for name, value in values.items()}
    return {name: value for name, value in plain.items() if value not in ("", None)}


def _plain(value: Any) -> str | int | float | None:
    """What a site reports becomes short text or a number: nothing that can be called, or fill a page."""
    match value:
        case None:
            return None
        case bool():
            return "oui" if value else "non"
        case int() | float():
            return value
        case list() | tuple():
            return one_line(", ".join(str(_plain(item)) for item in value))[:MAX_VALUE]
        case Mapping():
            return one_line(", ".join(str(_plain(item)) for item in value.values()))[:MAX_VALUE]
    return one_line(str(value))[:MAX_VALUE]
