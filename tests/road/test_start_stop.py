"""`make run` comes back from what kills its parts, and leaves no process behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.road.conftest import ROOT, System

pytestmark = pytest.mark.road


def _pids(system: System, word: str) -> set[int]:
    found = set()
    for process in system.processes():
        with suppress(psutil.Error):  # it ended meanwhile
            if word in " ".join(process.cmdline()):
                found.add(process.pid)
    return found


def test_what_is_killed_comes_back_and_a_signal_ends_all(system: System) -> None:
    for word in ("uvicorn", "--queues delivery", "--queues agents", "beat", "redis-server", "postgres -D"):
        before = _pids(system, word)
        assert before, word
        os.kill(min(before), signal.SIGKILL)
        system.wait(lambda word=word, before=before: bool(_pids(system, word) - before), 60)
    time.sleep(1)
    system.wait(system.is_healthy)

    assert system.stop(signal.SIGTERM) == 0

    assert system.processes() == []


def test_a_run_that_was_killed_outright_is_cleaned_up_by_the_next(system: System) -> None:
    assert system.process is not None
    system.process.kill()
    system.process.wait()
    left = _pids(system, "supervisord") | _pids(system, "uvicorn") | _pids(system, "celery")
    assert len(left) > 3

    system.start()

    system.wait(lambda: not left & {process.pid for process in system.processes()})
    system.wait(system.is_healthy)
    assert system.stop(signal.SIGINT) == 0
    assert system.processes() == []


def test_a_second_run_says_why_it_cannot(system: System, tmp_path: Path) -> None:
    for folder, words in ((system.folder, "DATA_DIR"), (tmp_path, f"le port {system.port} est déjà pris")):
        answer = _run(folder, system.port)
        assert answer.returncode == 1
        assert words in answer.stderr
    assert system.is_healthy()


@pytest.mark.parametrize("seconds", [0.6, 1.5, 3.0])
def test_a_signal_during_the_start_leaves_nothing(tmp_path: Path, seconds: float) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "berinia.dev"], cwd=ROOT, env=_environment(tmp_path, port), start_new_session=True
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)

    # A slow machine may not even have read the program by then: the signal ends it as it ends any other.
    assert process.wait(30) in (0, -signal.SIGINT)

    commands = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    assert [command for command in commands if str(tmp_path) in command] == []


def _environment(folder: Path, port: int) -> dict[str, str]:
    forgotten = ("REDIS_URL", "DJANGO_SETTINGS_MODULE")
    mine = {name: value for name, value in os.environ.items() if name not in forgotten}
    return mine | {"PORT": str(port), "DATA_DIR": str(folder)}


def _run(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "berinia.dev"], cwd=ROOT, env=_environment(folder, port), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
