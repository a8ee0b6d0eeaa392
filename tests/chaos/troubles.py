"""Troubles: the plan, carried out on the running system."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import psutil
import psycopg
import redis

from tests.chaos.clock import STEP_SECONDS, Clock
from tests.chaos.journal import Incident, Journal
from tests.chaos.plan import Kind, Trouble
from tests.fakes.server import Call
from tests.road.conftest import ROOT, System

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# A share of the calls, for as long as it lasts.
FAULTS = {Kind.BROKEN: (0.5, ("500", "503_html")), Kind.THROTTLED: (0.5, ("429",)), Kind.DROPPING: (0.5, (
    "drop", "accept_then_drop", "accept_then_drop",
))}  # fmt: skip
SLOWNESS = (0.1, 1.2)  # seconds, below the system's time-out


class Weather:
    """What the providers are like just now.

    The same message meets `most` faults and then gets through: an outage that outlasts every attempt is another
    story, in which messages are rightly left to a person.
    """

    def __init__(self, seed: int, most: int) -> None:
        self.now: set[Kind] = set()
        self.most = most
        self.met: Counter[tuple[str, bytes]] = Counter()
        self.chance = random.Random(f"weather/{seed}")
        self.lock = threading.Lock()

    def __call__(self, call: Call) -> str:
        """Return the fault that befalls a call. A repeat sends the same bytes: so it is known again."""
        with self.lock:
            for kind in sorted(self.now & set(FAULTS)):
                share, faults = FAULTS[kind]
                if self.chance.random() < share and self.met[call.path, call.body] < self.most:
                    self.met[call.path, call.body] += 1
                    return self.chance.choice(faults)
            return f"slow:{self.chance.uniform(*SLOWNESS):.2f}" if Kind.SLOW in self.now else ""


class Troubles:
    """Carries out a plan and notes what it did."""

    def __init__(
        self, system: System, journal: Journal, weather: Weather, clock: Clock | None, say: Callable[[str], None]
    ) -> None:
        self.system, self.journal, self.weather, self.clock, self.say = system, journal, weather, clock, say
        self.begun = time.monotonic()
        self.failures: list[str] = []

    def run(self, plan: list[Trouble]) -> None:
        """Carry it out, each trouble in a thread of its own; return when the last is over."""
        self.begun = time.monotonic()
        threads = []
        for trouble in plan:
            self._sleep_until(trouble.at)
            threads.append(threading.Thread(target=self._befall, args=(trouble,), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _sleep_until(self, at: float) -> None:
        time.sleep(max(0.0, self.begun + at - time.monotonic()))

    def _befall(self, trouble: Trouble) -> None:
        began_at = datetime.now(UTC)
        try:
            note = self._act(trouble)
        except (OSError, ValueError, psycopg.Error, psutil.Error, redis.RedisError) as error:  # told at the end
            self.failures.append(f"{trouble.kind}: {type(error).__name__} {error}")
            return
        self.journal.incidents.append(Incident(str(trouble.kind), began_at, datetime.now(UTC), note))

    def _act(self, trouble: Trouble) -> str:
        self.say(f"{trouble.at:6.1f} s  {trouble.kind}" + (f", {trouble.lasts:.0f} s" if trouble.lasts else ""))
        match trouble.kind:
            case Kind.KILL_WORKER | Kind.KILL_DELIVERY | Kind.KILL_BEAT | Kind.KILL_WEB:
                return self._kill(trouble)
            case Kind.FLUSH_REDIS:
                self.system.flush_redis()
            case Kind.KILL_REDIS:
                self._signal("redis-server", signal.SIGKILL)
            case Kind.CUT_CONNECTIONS:
                with psycopg.connect(self.system.database_url(), autocommit=True) as connection:
                    return f"{connection.execute(CUT).rowcount} connections"
            case Kind.RESTART_POSTGRESQL:
                self._signal_postgresql(signal.SIGINT)
            case Kind.CRASH_POSTGRESQL:
                self._signal_postgresql(signal.SIGQUIT)
            case Kind.SECOND_BEAT:
                self._second_beat(trouble)
            case Kind.CLOCK_AHEAD | Kind.CLOCK_BEHIND:
                return self._step(trouble)
            case _:
                self.weather.now.add(trouble.kind)
                self._sleep_until(trouble.until)
                self.weather.now.discard(trouble.kind)
        return ""

    def _kill(self, trouble: Trouble) -> str:
        """Kill a process with its pool; one time in three only one process of the pool."""
        word = {
            Kind.KILL_WORKER: "engine", Kind.KILL_DELIVERY: "--queues delivery", Kind.KILL_BEAT: "beat --pidfile",
            Kind.KILL_WEB: "uvicorn",
        }[trouble.kind]  # fmt: skip
        found = sorted((p for p in self._programs() if word in p[1]), key=lambda p: p[0].pid)
        chosen = found[-1:] if trouble.size < 1 / 3 else found
        for process, _command in chosen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return f"{len(chosen)} of {len(found)} processes"

    def _programs(self) -> list[tuple[psutil.Process, str]]:
        found = []
        for process in self.system.processes():
            with contextlib.suppress(psutil.Error):
                found.append((process, " ".join(process.cmdline())))
        return [(p, command) for p, command in found if "supervisord" not in command]

    def _signal(self, word: str, number: signal.Signals) -> None:
        for process, command in self._programs():
            if word in command:
                process.send_signal(number)

    def _signal_postgresql(self, number: signal.Signals) -> None:
        pid = int((self.system.folder / "postgresql" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, number)

    def _second_beat(self, trouble: Trouble) -> None:
        beat = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "-A", "berinia", "beat", "--pidfile="], cwd=ROOT,
            env=self.system.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._sleep_until(trouble.until)
        beat.terminate()
        try:
            beat.wait(10)
        except subprocess.TimeoutExpired:
            beat.kill()
            beat.wait()

    def _step(self, trouble: Trouble) -> str:
        assert self.clock is not None, "a plan without a clock has no clock steps"
        low, high = STEP_SECONDS
        offset = low + trouble.size * (high - low)
        offset = offset if trouble.kind is Kind.CLOCK_AHEAD else -offset
        self.clock.set(offset)
        self._sleep_until(trouble.until)
        self.clock.set(0.0)
        return f"{offset:+.1f} s"
