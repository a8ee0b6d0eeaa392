"""What a reply means, by the phrases that people use. Pure; the opt-out is communications/optout.py's.

A phrase is sure, likely or weak. What is said before a « mais » weighs less than what comes after it. Of the intents
that weigh about the same, the one higher in the guide (tests/evaluation/README.md) holds. To that is added what the
whole resembles (communications/likeness.py), which decides where there is no phrase.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import import_module
from math import log

from communications.french import plain
from communications.likeness import likeness, softmax
from communications.phrases import compiled
from communications.quoted import written


class Intent(StrEnum):
    """What the business has to do next, the one that holds first. tests/evaluation/README.md tells them apart."""

    OPT_OUT = "opt_out"
    WRONG_PERSON = "wrong_person"
    OUT_OF_OFFICE = "out_of_office"
    PRICE_OBJECTION = "price_objection"
    NOT_NOW = "not_now"
    QUESTION = "question"
    INTERESTED = "interested"
    OTHER = "other"


BY_PHRASES = tuple(intent for intent in Intent if intent is not Intent.OPT_OUT)
SURE, LIKELY, WEAK = 3.0, 2.0, 1.0
NEAR = 0.7  # of the heaviest: what weighs less is mentioned only
BEFORE_BUT = {Intent.WRONG_PERSON: 0.9, Intent.OUT_OF_OFFICE: 1.0}  # said first, it is still so
CONTRAST = re.compile(
    r" (?:mais|par contre|en revanche|cependant|toutefois|seulement|neanmoins|pourtant|malheureusement|helas|sauf que|"
    r"sinon|reste que|bref|blague a part)(?= )"
)
# What a phrase adds to the likeness; where the text turns, which a likeness does not see; and being the one that holds.
PHRASE, TURNED, HOLDS = 0.2, 1.5, 1.0
TINY, MOST = 1e-9, 0.95


@dataclass(frozen=True, slots=True)
class Meaning:
    """An intent, how heavily a phrase says so (SURE, LIKELY, WEAK; 0: none does), the words, and how sure that is."""

    intent: Intent
    weight: float = 0.0
    words: str = ""
    confidence: float = 0.3


@dataclass(frozen=True, slots=True)
class Phrases:
    """What one intent sounds like."""

    not_meant: re.Pattern[str]
    tiers: tuple[tuple[float, re.Pattern[str]], ...]

    def heaviest(self, line: str) -> tuple[float, str]:
        """Return the weight of the heaviest phrase in a line, and the words."""
        line = self.not_meant.sub(" ,", line)
        found = ((weight, match.group().strip()) for weight, tier in self.tiers if (match := tier.search(line)))
        return next(found, (0.0, ""))


@cache
def phrases(intent: Intent) -> Phrases:
    """Return the phrases of an intent, from its file."""
    file = import_module(f"agents.intent_phrases.{intent}")
    tiers = ((SURE, file.SURE), (LIKELY, file.LIKELY), (WEAK, file.WEAK))
    return Phrases(compiled(file.NOT_MEANT), tuple((weight, compiled(lines)) for weight, lines in tiers))


@cache
def by_hand() -> re.Pattern[str]:
    """Return what shows that no machine wrote it."""
    return compiled(import_module("agents.intent_phrases.out_of_office").BY_HAND)


def meaning(text: str) -> Meaning:
    """Return what a reply means, opt-outs apart. OTHER when nothing is recognised."""
    line = plain(written(text))
    if not any(char.isalnum() or char == "?" for char in line):
        return Meaning(Intent.OTHER)
    heard = _heard(line)
    like = likeness(line)
    counts = TURNED if CONTRAST.search(line) else PHRASE
    scores = {intent: log(like.chances[intent] + TINY) + counts * said.weight for intent, said in heard.items()}
    best = max(scores, key=scores.__getitem__)
    share = softmax(list(scores.values()))[list(scores).index(best)]
    words = heard[best].words or ", ".join(like.words)
    return Meaning(best, heard[best].weight, words, min(share, MOST))


def _heard(line: str) -> dict[Intent, Meaning]:
    """Return the weight of each intent in a line, the one that holds first."""
    parts = _parts(line)
    heard: dict[Intent, Meaning] = {intent: _weighed(intent, parts) for intent in BY_PHRASES}
    if by_hand().search(line):  # whoever writes themselves is not absent
        heard[Intent.OUT_OF_OFFICE] = Meaning(Intent.OUT_OF_OFFICE, min(heard[Intent.OUT_OF_OFFICE].weight, WEAK))
    heaviest = max(said.weight for said in heard.values())
    holds = next((intent for intent, said in heard.items() if heaviest and said.weight >= heaviest * NEAR), None)
    if holds is not None:  # the one that is higher in the guide holds
        heard[holds] = replace(heard[holds], weight=heard[holds].weight + HOLDS)
    return heard


def _weighed(intent: Intent, parts: Iterable[tuple[str, bool]]) -> Meaning:
    kind, said = phrases(intent), Meaning(intent)
    for part, is_before_but in parts:
        weight, words = kind.heaviest(part)
        weight *= BEFORE_BUT.get(intent, 0.45) if is_before_but else 1.0
        if weight > said.weight:
            said = Meaning(intent, weight, words)
    return said


def _parts(line: str) -> list[tuple[str, bool]]:
    """Cut a line where it turns; True for what comes before a turn."""
    pieces = [f"{piece} " for piece in CONTRAST.split(line)]
    said = [piece for piece in pieces if any(char.isalnum() or char == "?" for char in piece)]
    return [(piece, place < len(said) - 1) for place, piece in enumerate(said)]
