"""`make bench`: all figures, on embedded PostgreSQL with fsync on, in a folder of its own.

The whole run writes results.json and the table of docs/benchmarks.md; `make bench-quick` takes some minutes.

Options: `--quick` (fewer rows, one run), `--only engine,delivery,latency,ingest,peers,pages`.
"""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, machine, publish, table, write
from berinia import embedded
from berinia.env import Env

SUBJECTS = ("engine", "delivery", "peers", "latency", "ingest", "pages")
RESULTS = Path(__file__).parent / "results.json"
QUICK_RESULTS = Path(__file__).parent / "results-quick.json"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
RUNS = 3


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
        where |= {"postgresql": postgresql(), "runs": 1 if options.quick else RUNS}
        results: dict[str, float] = {}
        for subject in options.only.split(","):
            print(f"… {subject}", file=sys.stderr, flush=True)
            figures += measure(subject, options.quick, results)
            # What is measured is kept, also if the next subject fails.
            write(QUICK_RESULTS if options.quick else RESULTS, figures, where)
    finally:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
    print(table(figures))
    if not options.quick and options.only == ",".join(SUBJECTS):
        publish(PAGE, figures, where)
    return 0


def postgresql() -> str:
    """Return the version of the server that is measured."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def measure(subject: str, quick: bool, results: dict[str, float]) -> list[Figure]:
    """Run one subject; `results` carries numbers from one to the next."""
    figures: list[Figure] = importlib.import_module(f"benchmarks.{subject}").measure(quick, results)
    return figures


if __name__ == "__main__":
    sys.exit(main())
