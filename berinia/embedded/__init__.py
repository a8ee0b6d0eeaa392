"""PostgreSQL and Redis from wheels, for a machine that has none: `make run`, tests and benchmarks.

Both run as processes of their own under one folder and are found again through `servers.json`, so that
any command in another shell talks to the same servers. PostgreSQL listens on a Unix socket only; Redis
on a loopback port with a password. Redis keeps nothing on disk: it holds no truth.

`python -m berinia.embedded start|stop FOLDER` does it from a shell.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from berinia.embedded import postgresql, redis_server
from berinia.embedded.processes import NotStartedError, write_private

__all__ = [
    "NotStartedError", "Servers", "database_url", "is_alive", "redis_url", "running", "secret_key", "start", "stop",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the embedded servers answer."""

    database_url: str
    redis_url: str
    redis_pid: int


def start(folder: Path, *, database: bool = True) -> Servers:
    """Start both servers under a folder, or find them running. Raises processes.NotStartedError.

    `database=False` leaves PostgreSQL out, for a machine that has one.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    uri = postgresql.start(folder / "postgresql") if database else ""
    known = _known(folder)
    url, pid = (known.redis_url, known.redis_pid) if known else ("", 0)
    if not redis_server.answers(url):
        url, pid = redis_server.start(folder / "redis", last_url=url)
    servers = Servers(uri, url, pid)
    write_private(folder / "servers.json", json.dumps(asdict(servers)))
    return servers


def stop(folder: Path) -> None:
    """Stop both servers, and wait until they are gone. A second call does nothing."""
    folder = folder.resolve()
    known = _known(folder)
    if known is not None:
        redis_server.stop(known.redis_pid, folder / "redis")
    postgresql.stop(folder / "postgresql")


@contextmanager
def running(folder: Path, *, is_wanted: bool) -> Iterator[None]:
    """Have the servers of a folder run meanwhile: those that ran already go on, others are stopped after."""
    mine = is_wanted and not is_alive(folder)
    if mine:
        start(folder)
    try:
        yield
    finally:
        if mine:
            stop(folder)


def is_alive(folder: Path) -> bool:
    """Return whether the processes that `start` left behind are still there."""
    folder = folder.resolve()
    known = _known(folder)
    if known is None or redis_server.find(known.redis_pid, folder / "redis") is None:
        return False
    return not known.database_url or postgresql.find(folder / "postgresql") is not None


def database_url(folder: Path) -> str:
    """Return where the embedded database answers, as `start` wrote it down."""
    known = _known(folder)
    if known and known.database_url:
        return known.database_url
    return f"postgresql://postgres@/{postgresql.DATABASE}?host={folder / 'postgresql'}"


def redis_url(folder: Path) -> str:
    """Return where the embedded Redis answers, as `start` wrote it down."""
    known = _known(folder)
    return known.redis_url if known else "redis://127.0.0.1:6379/0"


def secret_key(folder: Path) -> str:
    """Return the key of this folder, made on the first call and readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        write_private(draft, secrets.token_urlsafe(50))
        try:
            os.link(draft, path)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def _known(folder: Path) -> Servers | None:
    try:
        return Servers(**json.loads((folder / "servers.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
