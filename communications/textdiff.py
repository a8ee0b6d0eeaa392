"""What differs between two texts of a message, line by line, as a person reads it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum

from communications.rendering import Source


class Kind(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    SKIPPED = "skipped"  # lines that stayed the same, left out


KINDS = {" ": Kind.SAME, "-": Kind.REMOVED, "+": Kind.ADDED, "@": Kind.SKIPPED}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison."""

    kind: Kind
    text: str


def differences(old: Source, new: Source) -> list[Line]:
    """Return what turns one text into another, with a few lines around; an empty list when they are the same."""
    found = list(unified_diff(list(_lines(old)), list(_lines(new)), lineterm="", n=2))[2:]
    lines = [Line(KINDS[line[0]], "" if line[0] == "@" else line[1:]) for line in found]
    return lines[1:] if lines and lines[0].kind == Kind.SKIPPED else lines


def _lines(source: Source) -> Iterator[str]:
    if source.channel == "email":
        yield from (f"Objet : {source.subject}", f"Aperçu : {source.preheader}", f"Format : {source.format.upper()}")
    if source.channel == "sms":
        yield f"Caractères simplifiés : {'oui' if source.transliterates else 'non'}"
    if source.channel == "whatsapp":
        yield f"Modèle approuvé : {source.content_sid or 'aucun'}"
        yield from (f"Variable {name} : {text}" for name, text in source.content_variables)
    yield ""
    yield from source.body.splitlines()
