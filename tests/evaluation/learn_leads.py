"""Write agents/lead_weights.json: what features of a lead speak for hot, warm and cold, learned from labelled leads.

Run from the root: `.venv/bin/python tests/evaluation/learn_leads.py`, after learn.py, whose intents are features, too.
It reads the leads that may be looked at: `dev`, which the rules were written on and so weighs less, `own`, the corpus.
A few seconds of stochastic gradient descent on a softmax regression, the same result each time. With `--check` it
writes nothing and says what is reached on leads that were not learned from: k-fold over all, and one author's leads
after learning from all others'.
"""

import json
import random
import sys
from collections import Counter
from math import sqrt
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from agents.evaluation import macro_f1  # noqa: E402
from agents.lead_features import features  # noqa: E402
from agents.lead_likeness import BIAS, TYPES, Weights, chances  # noqa: E402
from agents.lead_ruling import Verdict, ruling  # noqa: E402
from agents.lead_verdict import decided  # noqa: E402
from agents.library.lead_classifier import LeadFacts  # noqa: E402

TARGET = HERE.parent.parent / "agents" / "lead_weights.json"
FILES = {"leads.dev.jsonl": 0.5, "leads.own.jsonl": 0.7, "corpus/leads.c.jsonl": 1.0, "corpus/leads.d.jsonl": 1.0,
         "corpus/leads.e.jsonl": 1.0}  # fmt: skip
ROUNDS, RATE, PENALTY, SEEN, KEPT, FOLDS = 40, 0.15, 0.05, 2, 2_500, 8
Row = tuple[dict[str, float], str, float, Verdict]


def examples(name: str) -> list[Row]:
    """Return (features, quality, weight, what the rules say) of a labelled file."""
    cases = [json.loads(line) for line in (HERE / name).read_text().splitlines()]
    found: list[Row] = []
    for case in cases:
        facts = LeadFacts.model_validate(case["lead"])
        ruled = ruling(facts)
        found.append((features(facts, ruled), case["quality"], FILES[name], ruled))
    return found


def learn(rows: list[Row], chance: random.Random) -> dict[str, list[float]]:
    """Return the weights of each feature, a quality each, and the bias. Steps shrink where much was learned."""
    counts = Counter(name for seen, *_ in rows for name in seen)
    weights = {name: [0.0] * len(TYPES) for name in [*sorted(n for n in counts if counts[n] >= SEEN), BIAS]}
    slopes = {name: [1e-3] * len(TYPES) for name in weights}
    order = list(rows)
    for _round in range(ROUNDS):
        chance.shuffle(order)
        for seen, quality, weight, _ruled in order:
            likely = chances(seen, weights)
            for name, much in {**seen, BIAS: 1.0}.items():
                if name in weights:
                    for place, lead_type in enumerate(TYPES):
                        away = (likely[lead_type] - (lead_type == quality)) * much * weight
                        slope = away + PENALTY * weights[name][place] * much
                        slopes[name][place] += slope * slope
                        weights[name][place] -= RATE * slope / sqrt(slopes[name][place])
    return weights


def compact(weights: dict[str, list[float]]) -> dict[str, list[float]]:
    """Return all features but words, and the words that say most, rounded."""
    words = [name for name in weights if name.startswith(("word:", "before:"))]
    heaviest = sorted(words, key=lambda name: (-max(map(abs, weights[name])), name))[:KEPT]
    kept = sorted(set(weights) - set(words) | set(heaviest))
    return {name: [round(each, 2) for each in weights[name]] for name in kept}


def answers(tested: list[Row], weights: Weights) -> list[tuple[str, str]]:
    """Return (label, answer)."""
    return [(quality, decided(ruled, chances(seen, weights))) for seen, quality, _weight, ruled in tested]


def check(files: dict[str, list[Row]]) -> None:
    """Say what is reached on leads that were not learned from."""
    for name, rows in files.items():
        rest = [row for other, others in files.items() if other != name for row in others]
        alone = macro_f1([(row[1], row[3].lead_type) for row in rows], TYPES)
        other = macro_f1(answers(rows, learn(rest, random.Random(5))), TYPES)
        folds = [rows[k::FOLDS] for k in range(FOLDS)] if "dev" not in name else []
        pairs = []
        for k, fold in enumerate(folds):
            near = [row for place, each in enumerate(folds) if place != k for row in each]
            pairs += answers(fold, learn(near + rest, random.Random(5)))
        print(f"{name}: rules {alone:.3f}, others' leads {other:.3f}, {FOLDS}-fold {macro_f1(pairs, TYPES):.3f}")


def main() -> None:
    """Learn and write, or check."""
    files = {name: examples(name) for name in FILES}
    if "--check" in sys.argv:
        check(files)
        return
    weights = compact(learn([row for rows in files.values() for row in rows], random.Random(5)))
    lines = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(each)}" for name, each in weights.items())
    TARGET.write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
