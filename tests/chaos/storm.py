"""One storm: the real processes, a load, troubles by plan, then rest, and the audit."""

import contextlib
import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg.rows import namedtuple_row

from tests.chaos import clock
from tests.chaos.auditor import Report, audit
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.plan import Kind, plan
from tests.chaos.troubles import Troubles, Weather
from tests.chaos.village import life
from tests.chaos.world import UNDER_WAY, World, read
from tests.fakes.hook import FakeHook
from tests.fakes.resend import FakeResend
from tests.fakes.server import Answer
from tests.fakes.twilio import FakeTwilio
from tests.road.conftest import System

# Longer than a claimed batch of messages may take when providers are slow, or two would have it in hand.
LEASE_SECONDS = 12
REST_SECONDS = 3.0  # nothing under way for so long
INSTALL = """
from accounts.models import Site
from tests.chaos.village import install
site = Site.objects.get(slug='site-123')
install(site, {hook!r})
print(site.pk, site.hook_secret)
"""


class BriefHook(FakeHook):
    """One that asks for a short pause: the storm is short."""

    pause: ClassVar[str] = "2"

    def too_many(self) -> Answer:
        answer = super().too_many()
        answer.headers["Retry-After"] = self.pause
        return answer


@dataclass(slots=True)
class Storm:
    """What came of it."""

    seed: int
    seconds: float
    journal: Journal = field(default_factory=Journal)
    report: Report = field(default_factory=Report)
    world: World | None = None
    retries: int = 0
    rested_after: float = 0.0  # seconds from the end of the load until nothing was under way
    failures: list[str] = field(default_factory=list)  # of the storm itself, not of the system

    @property
    def wrong(self) -> list[str]:
        """All that is not as it should be."""
        return [*self.failures, *map(str, self.report.findings)]


def raise_storm(
    seed: int, seconds: float, rate: float, *, most_faults: int, patience: float, keep: Path, is_calm: bool = False,
    say: Callable[[str], None] = print,
) -> Storm:  # fmt: skip
    """Start the system, load and trouble it for so many seconds, wait for rest, audit; return what came of it.

    `most_faults`: how many faults of its provider a message meets at the most. `patience`: how long to wait for
    rest, in seconds. `is_calm`: without any trouble, for what the load alone does. When something is wrong, logs
    and journal are left under `keep`.
    """
    storm = Storm(seed, seconds)
    with tempfile.TemporaryDirectory(prefix="berinia-chaos-") as name:
        folder = Path(name)
        with FakeResend() as resend, FakeTwilio(reports=True) as twilio, BriefHook() as hook:
            steps = clock.library()
            stepped = clock.Clock(folder, steps) if steps else None
            if stepped is None:
                say("no clock steps: libfaketime does not work here")
            system = _system(folder, resend, twilio, stepped)
            try:
                _weather_the_storm(
                    storm, system, (twilio, resend, hook), stepped, rate, most_faults, patience, is_calm, say
                )
            finally:
                _end(system)
                if storm.wrong or storm.world is None:
                    _keep(folder, keep, storm)
    return storm


def _system(folder: Path, resend: FakeResend, twilio: FakeTwilio, stepped: clock.Clock | None) -> System:
    data = folder / "data"
    data.mkdir()
    return System(
        data, resend, twilio, CALLS_TRUSTED_HOSTS="127.0.0.1", DELIVERY_LEASE_SECONDS=str(LEASE_SECONDS),
        **(stepped.environment if stepped else {}),
    )  # fmt: skip


def _weather_the_storm(
    storm: Storm, system: System, fakes: Sequence[Any], stepped: clock.Clock | None, rate: float, most_faults: int,
    patience: float, is_calm: bool, say: Callable[[str], None],
) -> None:  # fmt: skip
    hook = fakes[-1]
    system.start()
    site_id, hook.secret = _install(system, hook.url)
    weather = Weather(storm.seed, most_faults)
    for fake in fakes:
        fake.weather = weather
    access = json.loads((system.folder / "demo.json").read_text())
    load = Load(system.port, access["site_key"], storm.journal, storm.seed)
    kinds = frozenset(Kind) if stepped else frozenset(k for k in Kind if "clock" not in k)
    troubles = Troubles(system, storm.journal, weather, stepped, say)
    planned = [] if is_calm else plan(storm.seed, storm.seconds, kinds)
    troubling = threading.Thread(target=troubles.run, args=(planned,), daemon=True)
    troubling.start()
    load.run(life(storm.seed, storm.seconds, rate), storm.seconds)
    troubling.join()
    say(f"{storm.seconds:6.1f} s  the storm is over; {len(storm.journal.asked)} events were asked for")
    storm.retries, storm.failures = load.retries, troubles.failures + load.unexpected
    begun = time.monotonic()
    _wait_for_rest(system, patience, storm)
    storm.rested_after = time.monotonic() - begun
    with _connection(system) as connection:

        def fetch(query: str, values: Sequence[Any]) -> list[Any]:
            return connection.execute(query, values).fetchall()

        storm.world = read(fetch, site_id, datetime.now(UTC), *fakes)
    say("auditing")
    storm.report = audit(storm.journal, storm.world)


def _install(system: System, url: str) -> tuple[int, str]:
    said = system.manage(INSTALL.format(hook=url))
    site_id, secret = said.split()[-2:]
    return int(site_id), secret


@contextlib.contextmanager
def _connection(system: System) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(system.database_url(), row_factory=namedtuple_row) as connection:
        yield connection


def _wait_for_rest(system: System, patience: float, storm: Storm) -> None:
    """Wait until nothing is under way for some seconds, or say what still is."""
    deadline, quiet_since = time.monotonic() + patience, time.monotonic()
    left: Any = ()
    while time.monotonic() - quiet_since < REST_SECONDS:
        if time.monotonic() > deadline:
            storm.failures.append(
                f"no rest after {patience} s: events, executions, messages, calls, reports under way: {left}"
            )
            return
        try:
            (left,) = system.rows(UNDER_WAY)
        except psycopg.OperationalError as error:  # it may still be recovering
            left = (str(error),)
        if any(left):
            quiet_since = time.monotonic()
        time.sleep(0.5)


def _end(system: System) -> None:
    if system.process and system.process.poll() is None:
        system.stop()
    for left in system.processes():
        left.kill()


def _keep(folder: Path, keep: Path, storm: Storm) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    storm.journal.write(keep / "journal.jsonl")
    for log in (*(folder / "data" / "logs").glob("*"), folder / "output", folder / "data" / "postgresql" / "log"):
        if log.is_file():
            (keep / log.name).write_bytes(log.read_bytes())
    if storm.world is not None:
        with (keep / "world.txt").open("w") as file:
            for table in ("events", "executions", "steps", "messages", "calls", "sms", "emails", "hooks"):
                file.writelines(f"{table} {row}\n" for row in getattr(storm.world, table))


def figures(storm: Storm) -> str:
    """Return the summary as a table."""
    lines = [f"seed {storm.seed}, {storm.seconds:.0f} s"]
    asked = storm.journal.asked
    accepted = sum(a.accepted_at is not None for a in asked)
    lines.append(f"  events      {len(asked)} asked, {accepted} accepted, {accepted / storm.seconds:.0f} a second, "
                 f"{storm.retries} requests tried again")  # fmt: skip
    if world := storm.world:
        statuses = Counter(e.status for e in world.executions)
        lines.append(f"  executions  {len(world.executions)} {dict(statuses)}, {len(world.steps)} steps")
        settled = dict(Counter(m.status for m in world.messages))
        lines.append(f"  messages    {len(world.messages)} {settled}; providers "
                     f"took {len(world.sms)} SMS, {len(world.emails)} emails")  # fmt: skip
        lines.append(f"  calls       {len(world.calls)} {dict(Counter(c.status for c in world.calls))}, "
                     f"{len(world.requests)} requests")  # fmt: skip
        lines.append(f"  at rest     {storm.rested_after:.0f} s after the last event")
    for kind, n in sorted(Counter(i.kind for i in storm.journal.incidents).items()):
        lines.append(f"  {n:4} × {kind}")
    for what, seconds in storm.report.lateness.items():
        if seconds:
            ranked = sorted(seconds)
            lines.append(f"  {what:15} late by p50 {ranked[len(ranked) // 2]:.2f} s, "
                         f"p99 {ranked[int(len(ranked) * 0.99)]:.2f} s, most {ranked[-1]:.2f} s")  # fmt: skip
    lines += [f"  {n:4} later than 5 s: {what}" for what, n in sorted(storm.report.late.items())]
    if storm.report.unknown:
        lines.append(f"  {storm.report.unknown} messages are left to a person: their outcome stayed unknown")
    return "\n".join(lines)
