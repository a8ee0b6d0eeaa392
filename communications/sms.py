"""SMS: how many segments a text takes, and how to write it in fewer (3GPP TS 23.038). Pure."""

import unicodedata
from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # two units each
GSM7, UCS2 = "GSM-7", "UCS-2"
ONE, MANY = {GSM7: 160, UCS2: 70}, {GSM7: 153, UCS2: 67}

# What has no simple form of its own in Unicode.
SIMPLER = {
    "œ": "oe", "Œ": "OE", "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-",
    "‐": "-", "‑": "-", "−": "-", "°": "o", "•": "-", "\t": " ", "\u200b": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: `units` are septets (GSM-7) or UTF-16 code units (UCS-2)."""

    encoding: str
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count the segments of a text. A character of two units never straddles two of them."""
    used_characters = set(text)
    if used_characters <= BASIC:  # most texts, once simplified: one unit each
        count = 1 if len(text) <= ONE[GSM7] else -(-len(text) // MANY[GSM7])
        return Segments(GSM7, len(text), count)
    encoding = GSM7 if used_characters <= BASIC | EXTENDED else UCS2
    widths = [_width(c, encoding) for c in text]
    total = sum(widths)
    if total <= ONE[encoding]:
        return Segments(encoding, total, 1)
    count, used = 1, 0
    for width in widths:
        if used + width > MANY[encoding]:
            count, used = count + 1, 0
        used += width
    return Segments(encoding, total, count)


def _width(character: str, encoding: str) -> int:
    if encoding == GSM7:
        return 2 if character in EXTENDED else 1
    return len(character.encode("utf-16-be", "surrogatepass")) // 2


def transliterate(text: str) -> str:
    """Write what GSM-7 lacks with what it has: ç → c, ’ → ', « → ". What has no simpler form stays as it is."""
    if set(text) <= BASIC:
        return text
    return "".join(_simpler(c) for c in unicodedata.normalize("NFC", text))


def costly(text: str) -> tuple[str, ...]:
    """Return what GSM-7 lacks of a text, each character once: any of them more than halves a segment."""
    return tuple(dict.fromkeys(c for c in unicodedata.normalize("NFC", text) if c not in BASIC and c not in EXTENDED))


def simplifications(text: str) -> tuple[tuple[str, str], ...]:
    """Return what `transliterate` would change of a text: each character once, with what is written instead."""
    return tuple((c, simpler) for c in costly(text) if (simpler := _simpler(c)) != c)


def _simpler(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    if character in SIMPLER:
        return SIMPLER[character]
    parts = unicodedata.normalize("NFKD", character)
    base = "".join(c for c in parts if not unicodedata.combining(c))
    return base if base and all(c in BASIC for c in base) else character
