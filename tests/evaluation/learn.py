"""Write communications/likeness.{json,weights}: what words and letters speak for which intent.

`make learn` runs it (scikit-learn is in tests/evaluation/requirements.txt: only this needs it). It reads the examples
that may be looked at (`dev`, `own`, `corpus/`), prints how well each file is told by what the others teach, and learns
from all of them; a minute, the same result each time.
"""

import json
import sys
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, vstack
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from agents.evaluation import alarm, macro_f1  # noqa: E402
from communications.french import plain  # noqa: E402
from communications.likeness import PLACES, features, place  # noqa: E402
from communications.quoted import written  # noqa: E402

FILES = [HERE / "replies.dev.jsonl", HERE / "replies.own.jsonl", *sorted((HERE / "corpus").glob("replies.*.jsonl"))]
LEAST_PENALTY, SMOOTHING = 20.0, 0.05  # scikit-learn's C; what is added to counts


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def matrix(cases: list[dict[str, Any]]) -> csr_matrix:
    """Return the features of cases: each of the two kinds has length one."""
    ends, places, values = [0], [], []
    for case in cases:
        for seen in features(plain(written(case["text"]))):
            places += [place(feature) for feature in sorted(seen)]
            values += [1 / sqrt(len(seen) or 1)] * len(seen)
        ends.append(len(places))
    found = csr_matrix((values, places, ends), shape=(len(cases), PLACES))
    found.sum_duplicates()
    return found


def learned(cases: csr_matrix, labels: np.ndarray, intents: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights (a column for each intent) and the bias of each.

    One intent against all others, each feature first weighed by how much oftener it is seen there: S. Wang and C. D.
    Manning, Baselines and Bigrams (ACL 2012), which does better on short texts than one regression over all intents.
    """
    columns, bias = [], []
    for intent in intents:
        inside = labels == intent
        often, seldom = (np.asarray(cases[rows].sum(0)).ravel() + SMOOTHING for rows in (inside, ~inside))
        ratio = np.log((often / often.sum()) / (seldom / seldom.sum()))
        fitted = LogisticRegression(C=LEAST_PENALTY, max_iter=300, class_weight="balanced")
        fitted.fit(cases @ diags(ratio), inside)
        columns.append(ratio * fitted.coef_[0])
        bias.append(float(fitted.intercept_[0]))
    return np.stack(columns, axis=1), np.array(bias)


def main() -> None:
    """Judge, learn and write."""
    cases = {path.name: rows(path) for path in FILES}
    seen = {name: matrix(found) for name, found in cases.items()}
    labels = {name: np.array([case["intent"] for case in found]) for name, found in cases.items()}
    intents = sorted(set(np.concatenate(list(labels.values()))))
    for name in cases if "--fast" not in sys.argv else ():
        others = [other for other in cases if other != name]
        taught = vstack([seen[o] for o in others]).tocsr(), np.concatenate([labels[o] for o in others])
        weights, bias = learned(*taught, intents)
        answers = [intents[n] for n in (seen[name] @ weights + bias).argmax(1)]
        pairs = list(zip(labels[name], answers, strict=True))
        told = alarm(pairs, "opt_out")
        print(f"{name:24} {len(pairs):5} macro-F1 {macro_f1(pairs, intents):.3f}, "
              f"opt_out {told.recall:.3f}, fausses alertes {told.false_rate:.3f}", flush=True)  # fmt: skip
    weights, bias = learned(vstack(list(seen.values())).tocsr(), np.concatenate(list(labels.values())), intents)
    units = np.abs(weights).max(0) / 127
    whole = np.round(weights / units).astype(np.int8)
    (ROOT / "communications" / "likeness.weights").write_bytes(whole.tobytes())
    head = {
        "intents": intents, "bias": [round(float(each), 4) for each in bias],
        "units": [round(float(each), 6) for each in units],
    }  # fmt: skip
    (ROOT / "communications" / "likeness.json").write_text(json.dumps(head, indent=1) + "\n")


if __name__ == "__main__":
    main()
