"""Plain words of what French people write: no accents, no apostrophes, no SMS shorthand, few typos. Pure.

`plain` gives lower-case words and the signs . , ? !, each between single spaces, so that phrases (communications/
phrases.py) need to know one spelling only. Some things become one word: an amount `montant`, an hour `heure`, a date
`date`, a phone number `numtel`, an address on the web `lien`, emojis their feeling.
"""

import re

from berinia.letters import ascii_letters
from communications.spellings import EMOJIS, GROUPS, JOINED, SHORT, corrected

LONGEST = 10_000  # characters that are looked at
THINGS = tuple(
    (re.compile(shape), f" {name} ")
    for shape, name in (
        (r"\[(?:lien|url)\]", "lien"),  # agents/minimise.py writes these
        (r"\[(?:telephone|numero)\]", "numtel"),
        (r"\[(?:e-?mail|courriel|adresse e-?mail)\]", "courriel"),
        (r"(?:https?://|www\.)\S{1,300}", "lien"),
        (r"[a-z0-9._%+-]{1,64}@[a-z0-9.-]{3,100}", "courriel"),
        (r"(?<![\w.])(?:\+33|0033|0) ?[1-9](?:[ .-]?\d{2}){4}(?!\w)", "numtel"),
        (
            r"(?<!\w)\d{1,3}(?:[ .]?\d{1,3}){0,3}(?:,\d{1,2})? ?(?:euros?|eur|balles|boules|roros|ht|ttc|\$)(?![a-z])",
            "montant",
        ),
        (r"(?<!\w)\d{2,5}(?:[.,]\d{1,2})? ?e(?!\w)", "montant"),
        (r"(?<!\w)\d{1,2} ?(?:h|heures?)(?: ?\d{2})?(?![a-z0-9])", "heure"),
        (r"(?<!\w)\d{1,2}:\d{2}(?!\w)", "heure"),
        (r"(?<!\w)\d{1,2}/\d{1,2}(?:/\d{2,4})?(?!\w)", "date"),
        (r"(?<!\w)\d{1,3} ?(?:i?eme|ieme|e)(?!\w)", "nieme"),
        (r"(?<!\w)[a-z]{3,12}ieme(?!\w)", "nieme"),
    )
)
STOP_LETTERS = re.compile(
    r"(?<![a-z0-9])s[\W_]{0,2}t[\W_]{0,2}[o0][\W_]{0,2}p(?![a-z0-9])|(?<![a-z0-9])(?:5t[o0]p|st0p|st[*]p)"
)
ELONGATED = re.compile(r"([a-z])\1{2,}")
SIGNS = {"?": " ? ", "!": " ! ", ",": " , ", ";": " . ", ":": " . ", ".": " . ", "\n": " . ", "(": " , ", ")": " , "}
WORD = re.compile(r"[a-z0-9]+|[.,?!]")
REPEATED = re.compile(r"(?: [.,!])+(?= [.?!])|(?<= [.?!])(?: [.,!])+|(?<= \?)(?: \?)+")
LONGEST_WORD = 40


def fold(text: str) -> str:
    """Return the text in small letters without accents; what emojis say is written out."""
    pictured = "".join(EMOJIS.get(char, char) for char in text[:LONGEST].lower().replace("€", " euros "))
    spelled = pictured.replace("œ", "oe").replace("æ", "ae").replace("…", ".").replace("’", "'")
    return ascii_letters(spelled)


def plain(text: str) -> str:
    """Return the words and signs of a text, as phrases are written; " " when there are none."""
    folded = ELONGATED.sub(r"\1", STOP_LETTERS.sub("stop", fold(text)))
    for shape, name in THINGS:
        folded = shape.sub(name, folded)
    for sign, spaced in SIGNS.items():
        folded = folded.replace(sign, spaced)
    words = [plainer for word in WORD.findall(folded) for plainer in _plainer(word[:LONGEST_WORD])]
    line = f" {' '.join(words)} "
    for shape, instead in GROUPS:
        line = shape.sub(instead, line)
    return REPEATED.sub("", line)


def _plainer(word: str) -> list[str]:
    """Write out one word: shorthand, words run together, typos."""
    if word in SHORT:
        return SHORT[word].split()
    for shape, instead in JOINED:
        if shape.match(word):
            return [plainer for part in shape.sub(instead, word).split() for plainer in SHORT.get(part, part).split()]
    return corrected(word).split()
