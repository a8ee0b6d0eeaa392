"""What a lead's words say of how near it is to buying. Pure.

Words are looked for in plain text: no accents, no shorthand, few typos (communications/french.py), by the phrases of
agents/lead_phrases/. agents/lead_signals.py weighs marks against one another.
"""

import re
from functools import lru_cache

from agents.intents import LIKELY, SURE, Intent, Meaning, meaning
from agents.lead_marks import Mark
from agents.lead_phrases import ends, strangers, waits, wants
from communications import french
from communications.optout import Wish, wish
from communications.quoted import written

SAYS = {**strangers.SAYS, **ends.SAYS, **waits.SAYS, **wants.SAYS}
PATTERNS = {mark: re.compile("|".join(ways)) for mark, ways in SAYS.items()}
NEEDS = {
    Mark.URGENT, Mark.DISTRESS, Mark.CALL, Mark.ACCEPTS, Mark.PAYS, Mark.FUNDED, Mark.QUOTE, Mark.JOB, Mark.STUDY,
}  # fmt: skip
MOMENTS = {Mark.DATED, Mark.MEET, Mark.COMPARES}
ASIDE = {Intent.PRICE_OBJECTION: Mark.DEAR, Intent.QUESTION: Mark.QUESTION}
ENDS = {Intent.WRONG_PERSON: Mark.WRONG, Intent.OUT_OF_OFFICE: Mark.AWAY}
PUNCTUATION = re.compile(r"[.,!]")


def marks(text: str) -> frozenset[Mark]:
    """Return what a text says; a quoted thread below it says nothing."""
    return _marks(written(text))


def plain(text: str) -> str:
    """Return the words of a text as patterns read them, and its question marks."""
    return " ".join(PUNCTUATION.sub(" ", line(text)).split())


@lru_cache(maxsize=2_000)
def line(text: str) -> str:
    """Return a text without accents, shorthand and typos; one lead's texts are asked for again and again."""
    return french.plain(text)


@lru_cache(maxsize=2_000)
def reply(text: str) -> Meaning:
    """Return what a text would mean as a reply."""
    return meaning(text)


@lru_cache(maxsize=2_000)
def _marks(text: str) -> frozenset[Mark]:
    words = plain(text)
    found = {mark for mark, pattern in PATTERNS.items() if pattern.search(words)}
    return frozenset(found | _as_reply(text, found))


def _as_reply(text: str, found: set[Mark]) -> set[Mark]:
    """Return what the reading of replies (communications/optout.py, agents/intents.py) adds.

    It takes a text for an answer to a message of ours. Where somebody states a need of their own, what it takes for
    a refusal is a turn of phrase.
    """
    if wish(text) is Wish.STOP and not found & NEEDS:
        return {Mark.LEAVE_ME}
    read = reply(text)
    if read.intent is Intent.INTERESTED and read.weight >= SURE:
        return {Mark.KEEN}
    if read.intent in ASIDE and read.weight >= LIKELY:
        return {ASIDE[read.intent]}
    if found & (NEEDS | MOMENTS):
        return set()
    if read.intent in ENDS and read.weight >= SURE and Mark.ASKS_OTHERS not in found:
        return {ENDS[read.intent]}
    return (
        {Mark.LATER} if read.intent is Intent.NOT_NOW and read.weight >= LIKELY and Mark.REFUSES not in found else set()
    )
