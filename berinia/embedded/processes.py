"""What both servers need: files and processes that outlive the one that made them."""

import os
import signal
import time
from pathlib import Path

import psutil

# Long enough for a recovery after a crash.
PATIENCE_SECONDS = 60.0
STOPPED_WITHIN_SECONDS = 20.0


class NotStartedError(RuntimeError):
    """A server did not come up; the text names its log."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f"{path.name}.draft{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def find_process(pid: int, name: str, argument: str) -> psutil.Process | None:
    """Return the process of this number if it is the one meant: numbers are used again after a reboot."""
    try:
        process = psutil.Process(pid)
        is_it = name in process.name() and any(argument in part for part in process.cmdline())
        return process if is_it and not is_gone(process) else None
    except psutil.Error:
        return None


def is_gone(process: psutil.Process) -> bool:
    """Return whether a process has ended, be it that nobody has taken note of its end yet (a zombie)."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end_process(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal and wait until the process is gone; kill it if it takes too long."""
    for signal_number in (number, signal.SIGKILL):
        try:
            process.send_signal(signal_number)
        except psutil.NoSuchProcess:
            return
        deadline = time.monotonic() + STOPPED_WITHIN_SECONDS
        while not is_gone(process) and time.monotonic() < deadline:
            time.sleep(0.02)
        if is_gone(process):
            return
