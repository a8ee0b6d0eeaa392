"""What a message that an agent wrote has to be before anybody may get it. Pure: whatever a model writes, code decides.

Each check yields in French what is wrong; one finding is enough, and the template is sent instead.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.claims import forbidden, plain
from agents.figures import untold
from communications.sms import GSM7, segments, transliterate
from communications.variables import is_title

MOST_SEGMENTS, LONGEST_EMAIL, LONGEST_WHATSAPP, LONGEST_SUBJECT = 2, 1_500, 1_000, 78
SHORTEST = 15
SIGNS = frozenset(" \n\u00a0\u202f.,;:!?'’\"«»()-–—…/&+%€°²³•")
LINK = re.compile(
    r"[^\W_]\.[^\W\d_]|://|\bhttps?\b|\bwww\b|@|\barobase\b|\b(?:point|dot)\s+(?:com|fr|net|org|eu|io|info)\b"
)
HOLE = re.compile(
    r"\b(?:x{3,}|lorem|prenom du client|nom du client|votre nom|a completer)\b|\.{4,}|\((?:prenom|nom|date|montant)\)"
)
GREETING = re.compile(r"^\W*(?:bonjour|bonsoir|salut|hello|coucou|chere?s?)\b[ ,]*(?P<who>[^\n.!?,;:]*)", re.IGNORECASE)
TO_ALL = frozenset({"madame", "monsieur", "madame monsieur", "a vous", "a tous", "a toutes et a tous"})
# The words that French is made of, and English.
FRENCH = frozenset({
    "a", "au", "aux", "avec", "bien", "bonjour", "ce", "cette", "chez", "dans", "de", "des", "du", "elle", "en", "est",
    "et", "etes", "il", "je", "la", "le", "les", "leur", "mais", "ne", "nos", "notre", "nous", "on", "ou", "par", "pas",
    "plus", "pour", "que", "qui", "sa", "ses", "si", "son", "sur", "un", "une", "votre", "vos", "vous", "y",
})  # fmt: skip
ENGLISH = frozenset({
    "the", "and", "you", "your", "for", "with", "this", "that", "have", "are", "our", "will", "be", "is", "of", "to",
    "please", "hello", "dear", "thank",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What a message is held to. `told`: what the business says of itself; `reserve`: the length of its STOP."""

    channel: str
    sector: str
    first_name: str
    told: str
    reserve: int = 0


def problems(subject: str, text: str, terms: Terms) -> Iterator[str]:
    """Yield what is wrong with a message."""
    if len(text) < SHORTEST:
        yield "le texte est vide ou trop court"
        return
    yield from _length(subject, text, terms)
    for part in (subject, text):
        yield from _signs(part)
        yield from (f"{found} : ni les faits ni la consigne ne le disent" for found in untold(part, terms.told))
        yield from (f"affirmation interdite : {found}" for found in forbidden(part, terms.sector, terms.told))
    yield from _name(text, terms)
    if not is_french(text):
        yield "le texte n'est pas en français"


def _length(subject: str, text: str, terms: Terms) -> Iterator[str]:
    if terms.channel == "sms":
        size = segments(transliterate(text) + "\n" + "x" * terms.reserve if terms.reserve else transliterate(text))
        if size.encoding != GSM7:
            yield "un SMS avec des caractères qui doublent son prix"
        if size.count > MOST_SEGMENTS:
            yield f"trop long pour un SMS ({size.count} segments, {MOST_SEGMENTS} au plus)"
    elif len(text) > (longest := LONGEST_EMAIL if terms.channel == "email" else LONGEST_WHATSAPP):
        yield f"trop long ({len(text)} caractères, {longest} au plus)"
    if len(subject) > LONGEST_SUBJECT or "\n" in subject:
        yield f"objet trop long ({LONGEST_SUBJECT} caractères au plus, sur une ligne)"


def _signs(text: str) -> Iterator[str]:
    """No markup, no variables, no addresses, and no letters that only look like ours."""
    strange = dict.fromkeys(c for c in text if not (c in SIGNS or (c.isascii() and c.isalnum()) or _is_latin(c)))
    if strange:
        yield f"caractère inattendu ({', '.join(f'U+{ord(c):04X}' for c in list(strange)[:3])})"
    if LINK.search(plain(text)):
        yield "un lien ou une adresse"
    if HOLE.search(plain(text)):
        yield "un trou à remplir"


def _is_latin(c: str) -> bool:
    return c.isalpha() and unicodedata.name(c, "").startswith("LATIN ") and "FULLWIDTH" not in unicodedata.name(c, "")


def _name(text: str, terms: Terms) -> Iterator[str]:
    """A greeting names its reader rightly, or nobody."""
    found = GREETING.match(text)
    who = (found["who"] if found else "").strip()
    words = who.split()
    if not words or plain(who) in TO_ALL or not (words[0][:1].isupper() or is_title(words[0])):
        return
    if not terms.first_name or plain(words[0]) != plain(terms.first_name):
        yield "il s'adresse à quelqu'un d'autre"


def is_french(text: str) -> bool:
    """Tell whether a text looks like French: its small words are."""
    words = re.findall(r"[a-z]+", plain(text))
    french, english = (sum(word in small for word in words) for small in (FRENCH, ENGLISH))
    return french >= max(2, len(words) // 8) and french > 2 * english


def tidy(text: str) -> str:
    """Return a text with single blanks, without blanks at the ends of lines, one empty line at the most."""
    lines = "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def told_by(*parts: str | Sequence[str]) -> str:
    """Return what a business says of itself as one text, each fact on a line of its own."""
    return "\n".join(line for part in parts for line in ([part] if isinstance(part, str) else part) if line)
