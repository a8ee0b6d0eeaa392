"""Evaluation: how well answers agree with labels. Pure.

Precision: of those called so, how many are. Recall: of those that are, how many were called so. F1: their harmonic
mean; macro-F1 is its plain mean over the labels that occur, so that rare ones count as much as frequent ones.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

Pairs = Sequence[tuple[str, str]]  # (label, answer)


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one label is found. `support` is how many cases bear it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """How well one label is told from all others: `recall` of those that bear it, `false_rate` among the others."""

    recall: float
    false_rate: float


def scores(pairs: Pairs, labels: Sequence[str]) -> dict[str, Scores]:
    """Return the scores of each label that occurs among labels or answers."""
    said, meant = Counter(answer for _label, answer in pairs), Counter(label for label, _answer in pairs)
    right = Counter(label for label, answer in pairs if label == answer)
    found: dict[str, Scores] = {}
    for label in labels:
        if not said[label] and not meant[label]:
            continue
        precision, recall = _part(right[label], said[label]), _part(right[label], meant[label])
        total = precision + recall
        found[label] = Scores(precision, recall, 2 * precision * recall / total if total else 0.0, meant[label])
    return found


def macro_f1(pairs: Pairs, labels: Sequence[str]) -> float:
    """Return the mean F1 over the labels that some case bears; 0 without cases."""
    return fmean([s.f1 for s in scores(pairs, labels).values() if s.support] or [0.0])


def accuracy(pairs: Pairs) -> float:
    """Return the part of answers that are right; 0 without cases."""
    return _part(sum(label == answer for label, answer in pairs), len(pairs))


def alarm(pairs: Pairs, label: str) -> Alarm:
    """Return how well a label is told from all others, as an alarm is judged."""
    inside = [answer for meant, answer in pairs if meant == label]
    outside = [answer for meant, answer in pairs if meant != label]
    return Alarm(_part(inside.count(label), len(inside)), _part(outside.count(label), len(outside)))


def confusion(pairs: Pairs, labels: Sequence[str]) -> list[list[int]]:
    """Return how often each label (rows) was answered by each (columns), in the order of `labels`."""
    counts = Counter(pairs)
    return [[counts[label, answer] for answer in labels] for label in labels]


def latencies(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile; zeros without measures."""
    if len(seconds) < 2:
        return (seconds[0], seconds[0]) if seconds else (0.0, 0.0)
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49], cuts[94]


def _part(n: int, of: int) -> float:
    return n / of if of else 0.0
