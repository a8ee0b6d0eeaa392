"""Instants and conditions in French words. Pure."""

import re
from datetime import datetime

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
PLACES = {"event": "{}", "contact": "{} du contact", "execution": "{} de l'exécution"}


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


def _word(found: re.Match[str]) -> str | None:
    token = found[found.lastgroup or 0]
    match found.lastgroup:
        case "text":
            return f"« {token[1:-1]} »" if len(token) > 2 else "vide"
        case "number":
            return token.removesuffix(".0").replace(".", ",")
        case "name" if token not in SIGNS:
            where, dot, field = token.partition(".")
            return PLACES[where].format(field.replace(".", " ")) if dot and where in PLACES else None
    return SIGNS.get(token)
