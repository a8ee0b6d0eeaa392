"""Which leads a lead resembles: a softmax regression over its features, learned from labelled leads. Pure.

The weights are a file that tests/evaluation/learn_leads.py writes (agents/lead_weights.json): how much each feature of
agents/lead_features.py speaks for hot, warm and cold.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agents.lead_features import readable
from communications.likeness import softmax

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadType

TYPES: "tuple[LeadType, ...]" = ("hot", "warm", "cold")
BIAS = "bias"
Weights = Mapping[str, Sequence[float]]


def chances(seen: Mapping[str, float], weights: Weights | None = None) -> "dict[LeadType, float]":
    """Return the probability of each quality."""
    known = learned() if weights is None else weights
    given = [(weight, known[name]) for name, weight in {**seen, BIAS: 1.0}.items() if name in known]
    sums = [sum(weight * each[place] for weight, each in given) for place in range(len(TYPES))]
    return dict(zip(TYPES, softmax(sums), strict=True))


def telling(seen: Mapping[str, float], lead_type: "LeadType", most: int = 3) -> tuple[str, ...]:
    """Return in French what spoke most for a quality: what was found in the words, before the words themselves."""
    place, known = TYPES.index(lead_type), learned()
    pull = {name: weight * known[name][place] for name, weight in seen.items() if name in known}
    heaviest = sorted(
        (name for name in pull if pull[name] > 0 and readable(name)), key=lambda n: (n.startswith("word:"), -pull[n])
    )
    return tuple(dict.fromkeys(readable(name) for name in heaviest))[:most]


@cache
def learned() -> Weights:
    """Return the weights of the file."""
    weights: Weights = json.loads((Path(__file__).parent / "lead_weights.json").read_text())
    return weights
