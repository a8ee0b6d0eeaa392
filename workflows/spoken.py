"""Instants and conditions in French words. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from berinia.clock import zone

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
# The words of a condition; anything else leaves the whole as it is written.
TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign>==|!=|<=|>=|&&|\|\||[<>\[\](),]))"
)
SIGNS = {
    "==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">", "&&": "et", "||": "ou", "in": "parmi",
    "true": "oui", "false": "non", "[": "[", "]": "]", "(": "(", ")": ")", ",": ",",
}  # fmt: skip
CASTS = re.compile(r"\b(?:double|int|uint|string|bool)\(([A-Za-z_][\w.]*)\)")
# What a condition looks at: `event.note`, `contact.champs.ville`; texts are taken out before.
TEXT = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
LOOKED_AT = re.compile(r"\b(?:event|contact|execution)(?:\.[A-Za-z_]\w*)+\b(?!\()")
# What a text puts in: `{{ contact.nom | default('un client') }}`.
PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")
PLACES = {"event": "{}", "contact": "{} du contact", "execution": "{} de l'exécution"}
LEAD = "contact.lead."  # a part of the contact with a name of its own


def instant_in_words(instant: datetime, zone_name: str, now: datetime) -> str:
    """Return an instant in a zone: `12 mars à 9:00`, with its year unless it is that of `now`."""
    place = zone(zone_name)
    local = instant.astimezone(place)
    day = "1er" if local.day == 1 else str(local.day)
    year = "" if local.year == now.astimezone(place).year else f" {local.year}"
    return f"{day} {MONTHS[local.month - 1]}{year} à {local.hour}:{local.minute:02d}"


def condition_in_words(source: str) -> str:
    """Return a condition as one would read it: `note ≥ 4`; as it is written where that is not plain."""
    text, words = CASTS.sub(r"\1", source).strip(), []
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if not found or (word := _word(found)) is None:
            return source
        words.append(word)
        place = found.end()
    return re.sub(r"([(\[]) | (?=[)\],])", r"\1", " ".join(words))


def text_in_words(text: str) -> str:
    """Return a text that puts something in as one would read it: `Appel de [nom du contact]`."""
    return PLACEHOLDER.sub(lambda found: f"[{condition_in_words(found[1])}]", text)


def values_in_words(source: str, facts: Mapping[str, Any]) -> str:
    """Return what a condition looks at and what is there: `note = 5, urgence absent`; "" for nothing."""
    names = dict.fromkeys(LOOKED_AT.findall(TEXT.sub("''", source)))
    return ", ".join(_value(name, facts) for name in names)


def _value(name: str, facts: Mapping[str, Any]) -> str:
    where, *path = name.split(".")
    said = _named(name)
    value: Any = facts
    for part in (where, *path):
        if not isinstance(value, Mapping) or part not in value:
            return f"{said} absent"
        value = value[part]
    return f"{said} = {value_in_words(value)}"


def _named(name: str) -> str:
    """Say what a condition looks at: `etape du lead`, `ville du contact`."""
    if name.startswith(LEAD):
        return name.removeprefix(LEAD).replace(".", " ") + " du lead"
    where, _, field = name.partition(".")
    return PLACES[where].format(field.replace(".", " "))


def value_in_words(value: Any) -> str:
    """Return a value as one would read it: « haute », 4,5, oui, vide."""
    match value:
        case bool():
            return "oui" if value else "non"
        case None | "":
            return "vide"
        case int() | float():
            return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)
        case str():
            return f"« {value[:80]} »"
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(value_in_words(item) for item in value) + "]"
        case Mapping():
            return "{" + ", ".join(data_in_words(value)) + "}"
    return str(value)[:80]


def data_in_words(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield each field of an event's data: `note = 5`."""
    for name, value in data.items():
        yield f"{name} = {value_in_words(value)}"


def _word(found: re.Match[str]) -> str | None:
    token = found[found.lastgroup or 0]
    match found.lastgroup:
        case "text":
            return f"« {token[1:-1]} »" if len(token) > 2 else "vide"
        case "number":
            return token.removesuffix(".0").replace(".", ",")
        case "name" if token not in SIGNS:
            where, dot, _field = token.partition(".")
            return _named(token) if dot and where in PLACES else None
    return SIGNS.get(token)
