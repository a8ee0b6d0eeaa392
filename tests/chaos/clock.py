"""A clock that can be stepped, under the system's own processes.

The machine's clock is not ours to move, so the processes get another one: libfaketime, preloaded, adds an
offset that it reads from a file to every reading of the wall clock (`time.time`, `datetime.now`, whatever
library asks); monotonic clocks go on undisturbed, as they do when a real clock is set. PostgreSQL and
Redis keep the true time, as servers on another machine would: this stands for the clock of an
application server that is set wrong for some seconds and then right again.
"""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

# Less than the lease of a message and than the skew that is allowed for when Twilio is searched.
STEP_SECONDS = (2.0, 8.0)


def library() -> Path | None:
    """Return libfaketime if it is installed and works on this machine, else None."""
    found = importlib.util.find_spec("libfaketime")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
    environment = os.environ | {"LD_PRELOAD": str(path), "FAKETIME": "+1d", "FAKETIME_DISABLE_SHM": "1"}
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"], env=environment, capture_output=True, text=True,
        check=False,
    ).stdout  # fmt: skip
    return path if said and float(said) > time.time() + 80_000 else None


class Clock:
    """An offset in a file, which the processes that have `environment` add to the time."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.file = folder / "clock"
        self.set(0.0)
        self.environment = {
            "LD_PRELOAD": str(path),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
            "FAKETIME_SKIP_CMDS": "postgres,redis-server,initdb",
        }

    def set(self, offset: float) -> None:
        """Step the clock: from within a second on it is `offset` seconds ahead of the true time."""
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{offset:+.3f}\n")
        draft.replace(self.file)
