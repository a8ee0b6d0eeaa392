"""A bad day of the providers, with many messages: `python -m tests.chaos.mail --count 20000`, or `make chaos-mail`.

The real processes deliver to fakes that time out, break, ask for patience and drop answers; what becomes of each
message comes back twice and in any order; workers are killed in the middle. Then every message is looked at: taken
once or explained, its status right, none to a closed address, none without consent or outside its hours.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("ENV_FILE", os.devnull)  # no keys of this machine

import psycopg
from psycopg.rows import namedtuple_row

from tests.chaos.mail_audit import Day, Taken, audit
from tests.chaos.mail_people import SENDER, whatsapp_people
from tests.fakes.resend import FakeResend
from tests.fakes.server import Call
from tests.fakes.twilio import FakeTwilio
from tests.road.conftest import ROOT, System

# What befalls a call, and how often.
SHARES = {"hang": 0.025, "accept_then_hang": 0.025, "500": 0.05, "429": 0.03, "accept_then_drop": 0.02}
TIMES = 2  # each report comes so often
PATIENCE = 900.0
REST = 3.0
UNDER_WAY = """
SELECT (SELECT count(*) FROM messages WHERE status = 'sending' OR status IN ('queued', 'unknown') AND due_at <= now()
            OR status = 'unknown' AND due_at IS NOT NULL) AS messages,
    (SELECT count(*) FROM messages
     WHERE status = 'queued' AND reason IN ('pace', 'account', 'unknown', 'reprise', 'seul'))
        AS again,
    (SELECT count(*) FROM lots_envoi WHERE due_at IS NOT NULL) AS batches,
    (SELECT count(*) FROM webhooks_recus WHERE processed_at IS NULL) AS webhooks
"""
DONE = "SELECT count(*) AS done FROM messages WHERE status NOT IN ('queued', 'sending', 'unknown')"
POPULATE = "from tests.chaos.mail_people import populate; populate({count}, {seed})"


@dataclass(slots=True)
class Run:
    """What came of it."""

    count: int
    seconds: float = 0.0
    killed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    webhooks: int = 0
    reports: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def figures(self) -> str:
        """Return what was seen, in lines."""
        statuses = ", ".join(f"{n} {status}" for status, n in self.statuses.most_common())
        faults = ", ".join(f"{n} {fault}" for fault, n in self.faults.most_common())
        return (
            f"{self.count} messages in {self.seconds:.0f} s, {self.killed} processes killed\nfaults: {faults}\n"
            f"reports sent: {self.reports}, webhooks stored: {self.webhooks}\nin the end: {statuses}\n"
            f"{len(self.findings)} findings"
        )


class Weather:
    """Chooses what befalls each call, and counts it."""

    def __init__(self, seed: int) -> None:
        self.chance, self.lock = random.Random(f"mail/{seed}"), threading.Lock()
        self.befell: Counter[str] = Counter()

    def __call__(self, call: Call) -> str:
        with self.lock:
            fault = self.chance.choices(["", *SHARES], [1 - sum(SHARES.values()), *SHARES.values()])[0]
            if fault:
                self.befell[fault] += 1
            return fault


class Journal(list[dict[str, Any]]):
    """What a fake took, each with the instant."""

    def append(self, message: dict[str, Any]) -> None:
        message["taken_at"] = time.time()
        super().append(message)


def run(count: int, seed: int, say: Callable[[str], None] = print) -> Run:
    """Let the day pass; return what came of it."""
    result = Run(count)
    with tempfile.TemporaryDirectory(prefix="berinia-mail-") as name, _fakes() as (resend, twilio):
        data = Path(name) / "data"
        data.mkdir()
        system = System(
            data, resend, twilio, RESEND_WEBHOOK_SECRET=resend.secret, TWILIO_WHATSAPP_NUMBER=SENDER,
            DELIVERY_LEASE_SECONDS="12", DELIVERY_BATCH="20", RESEND_RATE_PER_SECOND="20", RECONCILE_AFTER_SECONDS="5",
            DELIVERY_TIMEOUT_SECONDS="2", BRAKE_FAILURE_RATE="0.9", BRAKE_COMPLAINT_RATE="0.9",
        )  # fmt: skip
        resend.webhook_url = f"http://127.0.0.1:{system.port}/webhooks/resend"
        try:
            _live(result, system, resend, twilio, seed, say)
        finally:
            if system.process and system.process.poll() is None:
                system.stop()
            for left in system.processes():
                left.kill()
    return result


@contextmanager
def _fakes() -> Iterator[tuple[FakeResend, FakeTwilio]]:
    with (
        FakeResend(reports="set later", times=TIMES, shuffled=True) as resend,
        FakeTwilio(reports=True, times=TIMES, shuffled=True) as twilio,
    ):
        for fake in (resend, twilio):
            fake.messages = Journal()
        yield resend, twilio


def _live(
    result: Run, system: System, resend: FakeResend, twilio: FakeTwilio, seed: int, say: Callable[[str], None]
) -> None:
    system.start()
    for phone in whatsapp_people(result.count):
        twilio.heard[f"whatsapp:{SENDER}", f"whatsapp:{phone}"] = twilio.clock()
    weather = Weather(seed)
    resend.weather = twilio.weather = weather
    system.manage(POPULATE.format(count=result.count, seed=seed))
    say("populated")
    begun = time.monotonic()
    with psycopg.connect(system.database_url(), autocommit=True, row_factory=namedtuple_row) as database:
        killer = threading.Thread(target=_kill, args=(system, result, say), daemon=True)
        killer.start()
        _rest(database, say)
        killer.join()
        _rest(database, say)
        for fake in (resend, twilio):
            assert fake.reporter is not None
            result.reports += sum(fake.reporter.settle(120).values())
        _rest(database, say)
        result.seconds = time.monotonic() - begun
        taken = [Taken.of_resend(m) for m in resend.accepted()] + [Taken.of_twilio(m) for m in twilio.accepted()]
        day = Day.read(lambda query: database.execute(query).fetchall(), taken, resend.fate)
        result.findings += audit(day)
        result.findings += _recount(system)
        result.statuses = Counter(f"{m.status} {m.reason}".strip() for m in day.messages)
        left = Counter((m.channel, m.category, m.attempts, m.detail) for m in day.messages if m.status == "unknown")
        for about, n in left.most_common():
            say(f"left to a person: {n} × {about}")
        result.webhooks = database.execute("SELECT count(*) AS stored FROM webhooks_recus").fetchone()[0]  # type: ignore[index]
    result.faults = weather.befell


def _kill(system: System, result: Run, say: Callable[[str], None]) -> None:
    """Kill delivery twice and the engine's worker twice, as the messages go out."""
    with psycopg.connect(system.database_url(), autocommit=True) as database:
        for share, queue in ((0.15, "delivery"), (0.3, "engine"), (0.45, "delivery"), (0.6, "engine")):
            deadline = time.monotonic() + PATIENCE
            while database.execute(DONE).fetchone()[0] < share * result.count:  # type: ignore[index]
                if time.monotonic() > deadline:
                    result.findings.append(f"{share} of the messages were never reached")
                    return
                time.sleep(0.05)
            result.killed += system.kill(queue)
            say(f"killed {queue}")


def _rest(database: Any, say: Callable[[str], None]) -> None:
    """Wait until nothing is under way for a while."""
    deadline, quiet_since = time.monotonic() + PATIENCE, time.monotonic()
    told = 0.0
    while time.monotonic() - quiet_since < REST:
        left = database.execute(UNDER_WAY).fetchone()
        if any(left):
            quiet_since = time.monotonic()
        if time.monotonic() - told > 10:
            say(f"under way: {tuple(left)}")
            told = time.monotonic()
        if time.monotonic() > deadline:
            raise TimeoutError(f"no rest: {tuple(left)}")
        time.sleep(0.2)


def _recount(system: System) -> list[str]:
    """Let the counters be compared with the rows."""
    done = subprocess.run(
        [sys.executable, "manage.py", "recount_messages", "--check"], cwd=ROOT, env=system.environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return [f"the counters: {line}" for line in done.stdout.splitlines()] if done.returncode else []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.mail", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    result = run(options.count, options.seed, lambda text: print(text, flush=True))
    for finding in result.findings[:40]:
        print(f"! {finding}")
    print(result.figures())
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
