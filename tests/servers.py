"""PostgreSQL and Redis for the tests, started once for all workers, in a folder of their own.

A pytest plugin (`-p tests.servers`): it has to act before Django reads its settings.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from berinia import embedded

# What the tests must not see of the machine's own environment.
FORGET = [
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "RESEND_API_KEY", "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER", "FROM_EMAIL", "SLACK_WEBHOOK", "ALLOWED_HOSTS", "DEBUG", "PORT",
]  # fmt: skip


def _begin() -> None:
    if "BERINIA_TESTS" in os.environ:  # a worker: the servers are running
        return
    for name in FORGET:
        os.environ.pop(name, None)
    folder = Path(tempfile.mkdtemp(prefix="berinia-tests-"))
    os.environ["BERINIA_TESTS"] = os.environ["DATA_DIR"] = str(folder)
    embedded.start(folder)
    atexit.register(_end, folder, os.getpid())


def _end(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


_begin()
