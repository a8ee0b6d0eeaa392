"""What a reply resembles, where no phrase is found: weights of words, learned from labelled examples. Pure.

The weights are a file that tests/evaluation/learn.py writes (agents/intent_weights.json): how much each word beginning,
and each pair of them, speaks for each intent. What spoke most is told, so that an answer can be explained.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from math import exp, sqrt
from pathlib import Path

STEM = 5  # letters: `intéressé`, `intéressante` begin alike
MOST_WORDS = 150


def features(line: str) -> list[str]:
    """Return what is looked at in what `plain` gives: beginnings of words, pairs, and the ends of the text."""
    words = [word[:STEM] for word in line.split() if word not in {".", ","}][:MOST_WORDS]
    return sorted(set(_single(words)) | set(_pairs(words)) | {_length(words)})


def likeness(line: str) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the probability of each intent, and the words that spoke most for the likeliest."""
    weights, intents = _weights()
    seen = features(line)
    known = [feature for feature in seen if feature in weights]
    scale = 1 / sqrt(len(seen))
    sums = [weights["bias"][place] + scale * sum(weights[f][place] for f in known) for place in range(len(intents))]
    chances = softmax(sums)
    best = max(range(len(intents)), key=chances.__getitem__)
    telling = sorted((f for f in known if f[0] not in "#="), key=lambda feature: -weights[feature][best])[:3]
    return dict(zip(intents, chances, strict=True)), tuple(telling)


def softmax(sums: list[float]) -> list[float]:
    """Return probabilities that add up to one."""
    raised = [exp(each - max(sums)) for each in sums]
    return [each / sum(raised) for each in raised]


def _single(words: list[str]) -> Iterator[str]:
    for word in words:
        yield word
        if len(word) >= STEM:
            yield f"{word[:4]}*"


def _pairs(words: list[str]) -> Iterator[str]:
    ends = ["^", *words, "$"]
    for place, word in enumerate(ends[:-1]):
        yield f"{word} {ends[place + 1]}"
        if place + 2 < len(ends):
            yield f"{word} _ {ends[place + 2]}"


def _length(words: list[str]) -> str:
    return f"#{min(len(words), 40) // 4}" if len(words) >= 4 else f"={len(words)}"


@cache
def _weights() -> tuple[Mapping[str, list[float]], list[str]]:
    file = json.loads((Path(__file__).parent / "intent_weights.json").read_text())
    return file["weights"], file["intents"]
