"""Write agents/intent_weights.json: what words speak for which intent, learned from labelled examples.

Run from the root: `.venv/bin/python tests/evaluation/learn.py`. It reads the examples that may be looked at (`dev` and
`own`) and sentences made of the phrases (agents/intent_phrases, communications/optout_*.py); a few seconds of
stochastic gradient descent on a softmax regression, the same result each time.
"""

import json
import random
import re
import sys
from collections import Counter
from importlib import import_module
from math import sqrt
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from agents.intents import Intent  # noqa: E402
from agents.likeness import features, softmax  # noqa: E402
from communications import optout_doubts, optout_phrases  # noqa: E402
from communications.french import plain  # noqa: E402
from communications.phrase_words import MACROS  # noqa: E402
from communications.phrases import UNIT  # noqa: E402
from communications.quoted import written  # noqa: E402

TARGET = HERE.parent.parent / "agents" / "intent_weights.json"
INTENTS = [intent.value for intent in Intent]
MADE_WEIGHT, MADE_PER_LINE = 0.2, 3  # a made sentence weighs less than somebody's
ROUNDS, RATE, PENALTY, KEPT = 15, 4.0, 0.002, 3_500


def examples(*names: str) -> list[tuple[str, str, float]]:
    """Return (line, intent, weight) of labelled files."""
    rows = [json.loads(line) for name in names for line in (HERE / name).read_text().splitlines()]
    return [(plain(written(row["text"])), row["intent"], 1.0) for row in rows]


def balanced(rows: list[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """Let a rare intent weigh more, a frequent one less."""
    counts = Counter(intent for _, intent, _ in rows)
    usual = len(rows) / len(counts)
    return [(line, intent, weight * sqrt(usual / counts[intent])) for line, intent, weight in rows]


def made(chance: random.Random) -> list[tuple[str, str, float]]:
    """Return sentences made of phrases: of each line a few of the ways in which it can be read."""
    sets = {"opt_out": [optout_phrases.SURE, optout_doubts.LIKELY, optout_doubts.HINTS]}
    for intent in INTENTS[1:]:
        file = import_module(f"agents.intent_phrases.{intent}")
        sets[intent] = [file.SURE, file.LIKELY]
    return [
        (f" {_read(line.strip(), chance)} ", intent, MADE_WEIGHT)
        for intent, texts in sets.items()
        for text in texts
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith("# ")
        for _ in range(MADE_PER_LINE)
    ]


def _read(line: str, chance: random.Random) -> str:
    for name, words in MACROS.items():
        line = line.replace(f"{{{name}}}", words)
    return " ".join(word for unit in UNIT.findall(line) for word in _choice(unit, chance).split())


def _choice(unit: str, chance: random.Random) -> str:
    if unit in {"_", "__", "^", "$"} or (unit.startswith("!") and len(unit) > 1):
        return ""
    if unit.startswith("["):
        return _choice(f"({unit[1:-1]})", chance) if chance.random() < 0.4 else ""
    while inner := re.search(r"\(([^()]*)\)", unit):
        unit = unit[: inner.start()] + chance.choice(inner.group(1).split("|")) + unit[inner.end() :]
    return unit.replace("~", "").replace("#", "3").replace("$", "")


def learn(rows: list[tuple[str, str, float]], chance: random.Random) -> dict[str, list[float]]:
    """Return the weights of each feature, an intent each, and the `bias`."""
    told = [(features(line), INTENTS.index(intent), weight) for line, intent, weight in balanced(rows)]
    common = {feature for feature, count in Counter(f for seen, _, _ in told for f in seen).items() if count > 1}
    weights = {feature: [0.0] * len(INTENTS) for feature in common | {"bias"}}
    for round_ in range(ROUNDS):
        chance.shuffle(told)
        rate = RATE / (1 + round_ * 0.5)
        for seen, right, weight in told:
            _step(weights, [f for f in seen if f in common], 1 / sqrt(len(seen)), right, rate * weight)
    return weights


def _step(weights: dict[str, list[float]], seen: list[str], scale: float, right: int, rate: float) -> None:
    sums = [weights["bias"][k] + scale * sum(weights[f][k] for f in seen) for k in range(len(INTENTS))]
    for k, likely in enumerate(softmax(sums)):
        slope = rate * ((k == right) - likely)
        weights["bias"][k] += 0.1 * slope
        for feature in seen:
            weights[feature][k] += slope * scale - PENALTY * rate * weights[feature][k]


def compact(weights: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return the features that say most, rounded."""
    heaviest = sorted(weights, key=lambda feature: (-max(map(abs, weights[feature])), feature))[:KEPT]
    kept = {*heaviest, "bias"}
    return {feature: [round(each, 1) for each in weights[feature]] for feature in sorted(kept)}


def main() -> None:
    """Learn and write."""
    chance = random.Random(5)
    weights = compact(learn(examples("replies.dev.jsonl", "replies.own.jsonl") + made(chance), chance))
    lines = ",\n".join(f"{json.dumps(f, ensure_ascii=False)}: {json.dumps(w)}" for f, w in weights.items())
    TARGET.write_text(f'{{"intents": {json.dumps(INTENTS)},\n"weights": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
