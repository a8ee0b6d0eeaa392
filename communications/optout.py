"""Words by which people ask not to be written to any more, or to be again, and the first word of an SMS. Pure."""

import re
import unicodedata
from enum import StrEnum

# Twilio's own words that are also answers to an appointment (CANCEL, END, QUIT) are not ours: it handles them itself.
STOP = frozenset({
    "STOP", "STOPALL", "STOPSMS", "STOPPUB", "ARRET", "ARRETE", "ARRETER", "ARRETEZ", "DESABO", "DESABONNE",
    "DESABONNER", "DESABONNEMENT", "DESABONNEZ", "DESINSCRIRE", "DESINSCRIPTION", "DESINSCRIS", "DESINSCRIVEZ",
    "DESINSCRIVES", "UNSUBSCRIBE", "OPTOUT",
})  # fmt: skip
# `Oui` is an answer, and `reprendre rendez-vous` is one too: these mean it only when they stand alone.
START = frozenset({"START", "UNSTOP", "DEBUT", "REPRENDRE"})
POLITE = frozenset({"SVP", "STP", "MERCI", "BONJOUR", "BONSOIR", "PLEASE"})
# Of these, in the middle of a sentence, nobody can say what is meant (`Stop ou encore ?`). An `arrêt` there is a bus's.
DOUBTFUL = STOP - {"ARRET", "ARRETE", "ARRETER", "ARRETEZ"}
# Sentences that say it, written as `_words` reads them. `Plus` alone also means more: `m'envoyer plus de détails`.
SENTENCES = (
    r"(?:NE|VEUX|VOULONS|SOUHAITE|SOUHAITONS|DESIRE) PLUS (?:RIEN )?RECEVOIR",
    r"PLUS AVOIR VOS (?:SMS|MESSAGE|PUB|MAIL)S?", r"PLUS RIEN RECEVOIR", r"PLUS ETRE (?:CONTACT|RELANC|SOLLICIT)E+S?",
    r"(?:ME|MOI) (?:DESINSCRI|DESABONN)\w*", r"(?:DESINSCRI|DESABONN)\w* MOI",
    r"NE M ?(?:ENVOYE|ECRIVE)Z PLUS", r"NE ME (?:CONTACT|RELANC|SOLLICIT)EZ PLUS",
    r"NE PLUS (?:M ?(?:ECRIRE|ENVOYER)|ME (?:CONTACT|RELANC|SOLLICIT)ER)",
    r"(?:RETIR|SUPPRIM|ENLEV|EFFAC)E[RZ] (?:MOI DE|MON NUMERO|MES COORDONNEES)",
)  # fmt: skip
PHRASES = re.compile(rf"\b(?:{'|'.join(SENTENCES)})\b")
NON_STOP = re.compile(r"\bNON STOP\b")
SHORT, LONG = 3, 15  # words: up to here a word alone says it, and beyond here a phrase no longer does


class Wish(StrEnum):
    """What a message asks for, besides what it says."""

    STOP = "stop"  # not to be written to any more
    UNCLEAR = "unclear"  # perhaps that: a person has to read it
    START = "start"  # to be written to again
    NONE = "none"


def first_word(text: str) -> str:
    """Return the first word in capitals without accents, as triggers write it; "" when there is none."""
    return next(iter(_words(text)), "")


def is_stop(text: str) -> bool:
    """Tell whether a message asks for an end. One that begins with such a word does: `Arrêtez vos messages`."""
    return wish(text) is Wish.STOP


def wish(text: str) -> Wish:
    """Return what a message asks for.

    It ends everything when it begins with a word of STOP, is hardly more than such a word, or says so in a short
    sentence. Such a word or sentence within a longer text is unclear.
    """
    words = _words(text)
    if not words:
        return Wish.NONE
    plain = NON_STOP.sub("", " ".join(words))
    asks, core = bool(PHRASES.search(plain)), [word for word in words if word not in POLITE]
    if words[0] in STOP or (core and core[0] in STOP and len(core) < SHORT):
        return Wish.STOP
    if asks or DOUBTFUL.intersection(plain.split()):
        is_clear = (asks and len(words) <= LONG) or len(plain.split()) <= SHORT
        return Wish.STOP if is_clear else Wish.UNCLEAR
    return Wish.START if len(core) == 1 and core[0] in START else Wish.NONE


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return re.findall(r"[A-Z0-9]+", plain)
