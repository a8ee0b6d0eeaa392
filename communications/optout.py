"""Words by which people ask not to be written to any more, or to be again, and the first word of an SMS. Pure."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from rapidfuzz.distance import OSA

from berinia.letters import ascii_letters
from communications.french import plain
from communications.likeness import likeness
from communications.optout_doubts import HINTS, LIKELY, NOT_MEANT
from communications.optout_phrases import SURE
from communications.phrases import compiled
from communications.quoted import written

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
DOUBTFUL = {word.lower() for word in STOP} - {"arret", "arrete", "arreter", "arretez"}
# A letter away from STOP, and words of their own.
NO_TYPOS = frozenset({"top", "stp", "step", "shop", "stoc", "stock", "spot", "slop", "stup", "flop", "stor", "sto"})
ABOUT_ELSE, CLEAR, IF_SHORT, PERHAPS = (compiled(lines) for lines in (NOT_MEANT, SURE, LIKELY, HINTS))
ONLY_STOP = re.compile(r" (?:emojistop[ .,!]*)+")
# How much a text has to resemble an opt-out (likeness.py) for one to be suspected where no phrase is known, and where
# one is known that is about something else. Below the last, what a phrase says is doubted.
LIKE, LIKE_IN_SPITE, UNLIKE = 0.55, 0.95, 0.1
SHORT, LONG = 3, 15  # words: up to here a word alone says it, and beyond here a likely phrase no longer does


class Wish(StrEnum):
    """What a message asks for, besides what it says."""

    STOP = "stop"  # not to be written to any more
    UNCLEAR = "unclear"  # perhaps that: a person has to read it
    START = "start"  # to be written to again
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message asks for, and the words that say so. `like`: how much the whole resembles an opt-out, 0 to 1."""

    wish: Wish
    words: str = ""
    like: float = 1.0


def first_word(text: str) -> str:
    """Return the first word in capitals without accents, as triggers write it; "" when there is none."""
    return next(iter(_words(text)), "")


def is_stop(text: str) -> bool:
    """Tell whether a message asks for an end. One that begins with such a word does: `Arrêtez vos messages`."""
    return wish(text) is Wish.STOP


def wish(text: str) -> Wish:
    """Return what a message asks for.

    It ends everything when it begins with a word of STOP, is hardly more than such a word, or says so in a phrase.
    Such a word within a longer text, what only may mean it, and what resembles it, is unclear. Quoted threads count
    for nothing.
    """
    return heard(text).wish


def heard(text: str) -> Heard:
    """Return what a message asks for, and by which words."""
    text = written(text)
    words, line = _words(text), plain(text)
    core = [word for word in words if word not in POLITE]
    begins = bool(words) and (words[0] in STOP or (core[:1] != [] and core[0] in STOP and len(core) < SHORT))
    if line.startswith(" stop ") or (begins and not _is_about_else(line)):
        return Heard(Wish.STOP, (core or words or ["stop"])[0].lower())
    if len(core) == 1 and core[0] in START:
        return Heard(Wish.START, core[0].lower())
    meant = ABOUT_ELSE.sub(" ,", line)
    said = _said(meant)
    return _weighed(said, meant, LIKE if meant == line else LIKE_IN_SPITE) if core else said


def _weighed(said: Heard, line: str, enough: float) -> Heard:
    """Return what phrases say beside what the whole resembles: of two that differ, a person decides."""
    found = likeness(line)
    like = found.chances["opt_out"]
    if said.wish is Wish.STOP and like < UNLIKE:
        return Heard(Wish.UNCLEAR, said.words, like)
    if said.wish is Wish.NONE and like > enough:
        return Heard(Wish.UNCLEAR, ", ".join(found.words), like)
    return replace(said, like=like)


def _is_about_else(line: str) -> bool:
    """Tell whether the first word is a bus's `arrêt` or the like. A `stop` never is."""
    return bool(ABOUT_ELSE.match(line)) and not line.startswith(" stop")


def _said(line: str) -> Heard:
    spoken = [word for word in line.split() if word.isalnum() and word.upper() not in POLITE]
    if ONLY_STOP.fullmatch(line) or (len(spoken) == 1 and _is_typo(spoken[0])):
        return Heard(Wish.STOP, " ".join(spoken))
    if found := CLEAR.search(line):
        return Heard(Wish.STOP, found.group().strip())
    if found := IF_SHORT.search(line):
        return Heard(Wish.STOP if len(spoken) <= LONG else Wish.UNCLEAR, found.group().strip())
    if words := DOUBTFUL.intersection(spoken):
        return Heard(Wish.STOP if len(spoken) <= SHORT else Wish.UNCLEAR, min(words))
    found = PERHAPS.search(line)
    return Heard(Wish.UNCLEAR, found.group().strip()) if found else Heard(Wish.NONE)


def _is_typo(word: str) -> bool:
    return word not in NO_TYPOS and len(word) in {4, 5} and OSA.distance(word, "stop", score_cutoff=1) <= 1


def _words(text: str) -> list[str]:
    plainer = ascii_letters(text).upper()
    return re.findall(r"[A-Z0-9]+", plainer)
