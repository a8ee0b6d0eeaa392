"""The embedded servers start, are found again, survive a kill -9, and stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from berinia import embedded
from berinia.embedded import Servers


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    embedded.stop(tmp_path)


def _ask(servers: Servers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("berinia",)
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()


def _postmaster(folder: Path) -> int:
    return int((folder / "postgresql" / "postmaster.pid").read_text().splitlines()[0])


def test_they_answer_are_found_again_and_stop(folder: Path) -> None:
    servers = embedded.start(folder)
    _ask(servers)
    assert embedded.start(folder) == servers
    assert (embedded.database_url(folder), embedded.redis_url(folder)) == (servers.database_url, servers.redis_url)
    assert (folder / "servers.json").stat().st_mode & 0o777 == 0o600

    embedded.stop(folder)

    assert not embedded.is_alive(folder)
    embedded.stop(folder)


def test_what_was_committed_survives_a_kill_and_the_address_stays(folder: Path) -> None:
    servers = embedded.start(folder)
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(_postmaster(folder), signal.SIGKILL)
    os.kill(servers.redis_pid, signal.SIGKILL)

    again = embedded.start(folder)

    assert (again.database_url, again.redis_url) == (servers.database_url, servers.redis_url)
    with psycopg.connect(again.database_url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_pid_file_that_names_another_program_is_no_obstacle(folder: Path) -> None:
    servers = embedded.start(folder)
    pid_file = folder / "postgresql" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    embedded.stop(folder)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    assert not embedded.is_alive(folder)
    embedded.stop(folder)  # kills nobody
    _ask(embedded.start(folder))
    assert servers.database_url == embedded.database_url(folder)


def test_the_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    key = embedded.secret_key(tmp_path)

    assert len(key) >= 50
    assert embedded.secret_key(tmp_path) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_server_that_is_told_to_stop_while_it_recovers_is_started_again(folder: Path) -> None:
    embedded.start(folder)
    os.kill(_postmaster(folder), signal.SIGKILL)
    command = [sys.executable, "-m", "berinia.embedded", "start", str(folder)]
    starting = subprocess.Popen(command, start_new_session=True)
    try:
        log, deadline = folder / "postgresql" / "log", time.monotonic() + 20
        while "was interrupted" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(_postmaster(folder), signal.SIGINT)
        assert starting.wait(20) == 0
    finally:
        starting.kill()  # it holds a lock that all others of this machine wait for
    _ask(embedded.start(folder))
