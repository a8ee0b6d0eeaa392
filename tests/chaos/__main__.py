"""`make chaos`: a storm of some minutes, and what the audit found. Exit code 1 when it found something."""

import argparse
import os
import random
import sys
from pathlib import Path

os.environ["ENV_FILE"] = os.devnull  # no keys of this machine

from tests.chaos.storm import figures, raise_storm

SHOWN = 40


def main() -> int:
    """Run one storm; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=200, help="events a second")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--keep", type=Path, default=Path(".data/chaos"), help="logs and journal of a failed storm")
    parser.add_argument("--calm", action="store_true", help="the load alone, without any trouble")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    storm = raise_storm(
        options.seed, options.minutes * 60, options.rate, most_faults=2, patience=300, keep=options.keep,
        is_calm=options.calm, say=lambda text: print(text, flush=True),
    )  # fmt: skip
    print(figures(storm))
    for wrong in storm.wrong[:SHOWN]:
        print(f"! {wrong}")
    print(f"{len(storm.wrong)} findings" + (f"; see {options.keep}" if storm.wrong else ""))
    return 1 if storm.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
