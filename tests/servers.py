"""PostgreSQL and Redis for the tests, started once for all workers, in a folder of their own.

A pytest plugin (`-p tests.servers`): it has to act before Django reads its settings. WITHOUT_SERVERS=1 starts
none, for the pure tests.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

# The tests see neither the keys of the machine they run on nor its `.env`.
os.environ["ENV_FILE"] = os.devnull

from berinia import embedded
from berinia.env import Env


def _begin() -> None:
    if "BERINIA_TESTS" not in os.environ:
        _start()
    elif "PYTEST_XDIST_WORKER" in os.environ:  # one of several: the servers run, but Redis has no test databases
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = embedded.redis_url(Path(os.environ["DATA_DIR"])).removesuffix("/0") + f"/{number}"


def _start() -> None:
    for name in Env.model_fields:
        os.environ.pop(name.upper(), None)
    folder = Path(tempfile.mkdtemp(prefix="berinia-tests-"))
    (folder / "static").mkdir()
    os.environ["BERINIA_TESTS"] = os.environ["DATA_DIR"] = str(folder)
    atexit.register(_end, folder, os.getpid())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # atexit runs then
    if not os.environ.get("WITHOUT_SERVERS"):
        embedded.start(folder)


def _end(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


_begin()
