"""The figures of a text: numbers with what they count, amounts, percentages, dates. Pure.

A figure of a message is allowed only where the business has told it, number and unit: that something lasts 10 years
allows no 10 %.
"""

import re
from collections.abc import Iterator

from agents.claims import plain

NUMBER = r"\d+(?:(?:[ .,'/:-]| ?h ?)?\d+)*"
FIGURE = re.compile(rf"(?P<before>[€$£+-]|(?<!\w)eur ?)? ?(?P<number>{NUMBER}) ?(?P<unit>[%€$£°]|[^\W\d_]+)?")
PERCENT = re.compile(r"pour ?cents?\b")
UNITS = {
    "€": "euro", "eur": "euro", "euros": "euro", "heure": "h", "heures": "h", "jours": "jour", "j": "jour", "ans": "an",
    "annee": "an", "annees": "an", "minutes": "min", "minute": "min", "mn": "min", "semaines": "semaine",
}  # fmt: skip
# Words behind a number that say nothing about it.
NO_UNITS = frozenset({
    "a", "au", "aux", "avec", "ce", "cette", "chez", "dans", "de", "des", "du", "en", "est", "et", "la", "le", "les",
    "mais", "ne", "nous", "ou", "par", "pour", "qui", "sans", "si", "sur", "un", "une", "vous",
})  # fmt: skip
MONEY = frozenset({"euro", "%", "$", "£", "centime", "centimes"})
PHONE = 9  # digits: from here on a number is one whatever stands between them
# What says how much or when without a digit. `Un` is an article, and `neuf` is new as often as nine.
IN_WORDS = re.compile(
    r"(?<!\w)(?:deux|trois|quatre|cinq|six|sept|huit|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|"
    r"cinquante|soixante|septante|huitante|nonante|cents?|mille|millions?|milliers?|dizaines?|douzaines?|centaines?|"
    r"moitie|quart|neuf(?= (?:an|jour|mois|heure|minute|semaine|euro|fois|client|%))|un (?=euro|%)|euros?|centimes?|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janvier|fevrier|mars|avril|mai|juin|juillet|aout|"
    r"septembre|octobre|novembre|decembre|demain|apres-demain|aujourd'hui|ce soir|ce matin|cet apres-midi|ce week-?end|"
    r"midi|minuit|(?:cette|la) semaine(?: prochaine)?|(?:le|ce|du) mois(?: prochain)?)(?!\w)"
)
ZERO = ord("0")


def _read(text: str) -> str:
    """Return a text as figures are looked for in it: digits of all scripts as ours, percents as a sign."""
    digits = "".join(chr(ZERO + int(c)) if c.isdecimal() and not c.isascii() else c for c in text)
    return PERCENT.sub("%", plain(digits))


def figures(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number with its unit ("" for none), written one way. A unit stands on the number's own line."""
    yield from (_figure(found) for line in text.splitlines() for found in FIGURE.finditer(_read(line)))


def _figure(found: re.Match[str]) -> tuple[str, str]:
    number = re.sub(r"[ ']", "", found["number"]).replace(",", ".")
    digits = re.sub(r"\D", "", number)
    before, unit = (found["before"] or "").strip(), found["unit"] or ""
    if before in ("€", "$", "£", "eur"):
        unit, before = before, ""
    unit = "" if unit in NO_UNITS else UNITS.get(unit, unit)
    is_phone = len(digits) >= PHONE
    if (is_phone or "h" in number) and unit not in MONEY:  # the next word says nothing about a phone or an hour
        unit = ""
    return digits.removeprefix("33").lstrip("0") if is_phone else before + number, unit


def untold(text: str, told: str) -> Iterator[str]:
    """Yield in French what figures a text has that the business has not told."""
    known = set(figures(told))
    for number, unit in figures(text):
        if (number, unit) not in known:
            yield f"le nombre « {number}{f' {unit}' if unit else ''} »"
    rest = _words(text)
    if sign := re.search("[%€$£]", rest):
        yield f"« {sign.group()} »"
    words = set(IN_WORDS.findall(_words(told)))
    yield from (f"« {word.strip()} »" for word in dict.fromkeys(IN_WORDS.findall(rest)) if word not in words)


def _words(text: str) -> str:
    """Return a text without its figures."""
    return "\n".join(FIGURE.sub(" ", _read(line)) for line in text.splitlines())
