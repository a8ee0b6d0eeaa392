"""What a reply resembles: how much its words and letters speak for each intent, learned from labelled replies. Pure.

Phrases (optout_phrases.py, agents/intent_phrases/) say what they know for sure; people find other words every day. The
weights are two files that tests/evaluation/learn.py writes: for each intent a logistic regression over words, their
beginnings, pairs and threes of them, and runs of letters, each put by its checksum into one of 65,536 places. What
spoke most is told, so that an answer can be explained.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import exp, sqrt
from pathlib import Path
from typing import Any
from zlib import crc32

PLACES = 1 << 16
STEM = 5  # letters: `intéressé`, `intéressante` begin alike
RUNS = (3, 4, 5, 6)  # letters, across words
MOST_WORDS, MOST_LETTERS = 150, 900
LARGEST = 30.0  # beyond it nothing is any surer
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much it resembles each intent (0 to 1, each by itself), and the words that spoke most for the likeliest."""

    chances: dict[str, float]
    words: tuple[str, ...]


@lru_cache(maxsize=16)  # one reply is read several times: for an opt-out, for its meaning, by a guardrail
def likeness(line: str) -> Likeness:
    """Return what a line, as communications/french.plain gives it, resembles."""
    model = _model()
    said, runs = features(line)
    sums = list(model.bias)
    for seen in (said, runs):
        length = sqrt(len(seen) or 1)
        for feature in seen:
            for number, weight in enumerate(model.weights_of(feature)):
                if weight:
                    sums[number] += weight * model.units[number] / length
    chances = [1 / (1 + exp(-max(-LARGEST, min(LARGEST, each)))) for each in sums]
    best = max(range(len(sums)), key=sums.__getitem__)
    words = {feature[1:] for feature in said if feature[0] in "wb"}
    telling = sorted(words, key=lambda w: (-max(model.weights_of(kind + w)[best] for kind in "wb"), w))[:3]
    return Likeness(dict(zip(model.intents, chances, strict=True)), tuple(telling))


def features(line: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what is looked at: words and what they form, and runs of letters."""
    words = line.split()[:MOST_WORDS]
    ends, stems = ["^", *words, "$"], ["^", *(word[:STEM] for word in words), "$"]
    said = {
        *(f"w{word}" for word in words), *(f"s{stem}" for stem in stems[1:-1]),
        *(f"b{a} {b}" for a, b in pairwise(ends)), *(f"S{a} {b}" for a, b in pairwise(stems)),
        *(f"k{a}_{b}" for a, b in zip(stems, stems[2:], strict=False)),
        *(f"t{a} {b} {c}" for a, b, c in zip(ends, ends[1:], ends[2:], strict=False)),
    }  # fmt: skip
    text = f" {' '.join(words)} "[:MOST_LETTERS]
    return frozenset(said), frozenset(f"c{text[n : n + size]}" for size in RUNS for n in range(len(text) - size + 1))


def place(feature: str) -> int:
    """Return where the weights of a feature are."""
    return crc32(feature.encode()) % PLACES


def softmax(sums: Sequence[float]) -> list[float]:
    """Return probabilities that add up to one."""
    raised = [exp(each - max(sums)) for each in sums]
    return [each / sum(raised) for each in raised]


@dataclass(frozen=True, slots=True)
class _Model:
    intents: tuple[str, ...]
    bias: tuple[float, ...]
    units: tuple[float, ...]  # what one unit of a weight is, by intent
    weights: "array[int]"

    def weights_of(self, feature: str) -> "array[int]":
        at = place(feature) * len(self.intents)
        return self.weights[at : at + len(self.intents)]


@cache
def _model() -> _Model:
    head: dict[str, Any] = json.loads((FOLDER / "likeness.json").read_text())
    weights = array("b", (FOLDER / "likeness.weights").read_bytes())
    return _Model(tuple(head["intents"]), tuple(head["bias"]), tuple(head["units"]), weights)
