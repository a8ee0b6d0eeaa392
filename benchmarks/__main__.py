"""`make bench`: all figures, on embedded PostgreSQL with fsync on, in a folder of its own.

Options: `--quick` (fewer rows, one run), `--only engine,latency,ingest,peers`.
"""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, machine, table, write
from berinia import embedded
from berinia.env import Env

SUBJECTS = ("engine", "peers", "latency", "ingest")
RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(SUBJECTS))
    options = parser.parse_args()
    where, figures = machine(), []
    folder = Path(tempfile.mkdtemp(prefix="berinia-bench-"))
    for name in Env.model_fields:
        os.environ.pop(name.upper(), None)
    os.environ |= {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "berinia.settings",
        "API_THROTTLE_PER_MINUTE": "0",
    }
    try:
        embedded.start(folder)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        import django

        django.setup()
        results: dict[str, float] = {}
        for subject in options.only.split(","):
            print(f"… {subject}", file=sys.stderr, flush=True)
            figures += measure(subject, options.quick, results)
            write(RESULTS, figures, where)  # what is measured is kept, also if the next subject fails
    finally:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
    print(table(figures))
    return 0


def measure(subject: str, quick: bool, results: dict[str, float]) -> list[Figure]:
    """Run one subject; `results` carries numbers from one to the next."""
    figures: list[Figure] = importlib.import_module(f"benchmarks.{subject}").measure(quick, results)
    return figures


if __name__ == "__main__":
    sys.exit(main())
