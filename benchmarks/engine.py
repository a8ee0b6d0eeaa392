"""The engine: steps per second, alone, beside a million others, in two processes; and its memory."""

import subprocess
import sys
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from benchmarks.figures import Figure, at_least, at_most, median, seen
from benchmarks.load import MINUTE, executions, now, settle, site_with, workflow_of
from berinia.rows import copy_rows
from workflows.execute import STEP_RUN, execute_batch
from workflows.steps.send import MESSAGE

BATCH = settings.ENGINE_BATCH


def measure(quick: bool, results: dict[str, float]) -> list[Figure]:
    count, runs, waiting = (20_000, 1, 100_000) if quick else (100_000, 3, 1_000_000)
    one = median(runs, lambda: steps_per_second(count, processes=1))
    copied = median(runs, lambda: copied_per_second(count, with_executions=True))
    narrow = median(runs, lambda: copied_per_second(count, with_executions=False))
    beside = steps_per_second(count, waiting=waiting, processes=1)  # once: laying out a million rows takes a minute
    two = median(runs, lambda: steps_per_second(count, processes=2))
    memory = resident_megabytes(count, total=200_000 if quick else 1_000_000)
    results["steps"] = one
    return [
        at_least(f"steps per second, one process, {count:,} due executions of 3 steps", one, 12_000, "steps/s"),
        at_least("the least of this release", one, 5_000, "steps/s"),
        seen("bare COPY of the same rows: step runs, messages, new states of executions", copied, "steps/s"),
        at_least("against that bare COPY", one / copied, 0.6, "×"),
        seen("bare COPY of the step runs and messages alone", narrow, "steps/s"),
        seen("against that", one / narrow, "×"),
        at_least(f"the same with {waiting:,} others waiting", beside / one, 0.9, "×"),
        at_least(f"two worker processes ({two:,.0f} steps/s) against one", two / one, 1.7, "×"),
        at_most("resident memory after " + ("200,000" if quick else "a million") + " steps", memory[1], 250, "MB"),
        at_most("its growth over the second half", memory[1] - memory[0], 10, "MB"),
    ]


def steps_per_second(count: int, *, waiting: int = 0, processes: int = 1) -> float:
    """Live through all three steps of `count` executions: two turns each."""
    begun = now()
    prepare(count, begun, waiting)
    workers = [Worker() for _ in range(processes)]
    total, seconds = 0, 0.0
    for turn in (begun, begun + 2 * MINUTE):
        started = time.perf_counter()
        total += together(workers, turn)
        seconds += time.perf_counter() - started
    for worker in workers:
        worker.end()
    assert total == 3 * count, total
    return total / seconds


def prepare(count: int, due_at: datetime, waiting: int) -> None:
    site = site_with(count)
    workflow_of(site)
    for n in range(waiting // count):
        executions(site, due_at=due_at + timedelta(days=30 + n), key=f"later{n}")
    executions(site, due_at=due_at)
    settle()


def drain(turn: datetime) -> int:
    steps = 0
    while (done := execute_batch(now=turn, limit=BATCH)).executions:
        steps += done.steps
    return steps


class Worker:
    """A process of its own, up and connected, which drains when it is told to."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.worker"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("ready")

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        print(word, file=self.process.stdin, flush=True)

    def hear(self) -> list[float]:
        assert self.process.stdout is not None
        return [float(number) for number in self.process.stdout.readline().split()]

    def ask(self, word: str) -> list[float]:
        self.tell(word)
        return self.hear()

    def end(self) -> None:
        self.process.communicate(timeout=30)


def together(workers: list[Worker], turn: datetime) -> int:
    for worker in workers:
        worker.tell(turn.isoformat())
    return sum(int(worker.hear()[0]) for worker in workers)


EXECUTION = (
    "organization_id", "site_id", "workflow_id", "version_id", "contact_id", "event_id", "entry_key", "status", "at",
    "entered_at", "due_at", "started_at", "ended_at", "seen", "reason", "failures", "erreurs",
)  # fmt: skip


def copied_per_second(count: int, *, with_executions: bool) -> float:
    """What the disk allows: the rows that the engine writes, copied in batches and nothing else.

    An execution that is updated is a new row to PostgreSQL, with an entry in each index: `with_executions` copies
    that one too, once a turn. Without, step runs and messages alone.
    """
    site = site_with(count)
    workflow = workflow_of(site)
    at, organization = now(), site.organization_id
    settle()
    started = time.perf_counter()
    for kinds in (("send",), ("wait", "send")):
        for first in range(0, count, BATCH):
            ids = range(first + 1, first + BATCH + 1)
            with transaction.atomic():
                if with_executions:
                    copy_rows("executions_workflow", EXECUTION, [
                        (organization, site.pk, workflow.pk, workflow.version_id, n, 1, "", "terminee", kinds[-1], at,
                         None, at, at, "{}", "", 0, "[]") for n in ids
                    ])  # fmt: skip
                copy_rows(
                    "etapes_execution", STEP_RUN, [(organization, n, k, k, at, "sms") for n in ids for k in kinds]
                )
                copy_rows("messages", MESSAGE, [
                    (organization, site.pk, n, 1, n, 1, 1, str(len(kinds)), "plombier/urgence_accuse", "sms",
                     "transactional", "queued", "", "", at, at, "", "", "", False, at) for n in ids
                ])  # fmt: skip
    return 3 * count / (time.perf_counter() - started)


def resident_megabytes(count: int, total: int) -> tuple[float, float]:
    """Memory at the half and at the end of so many steps, of a worker process."""
    worker, steps, half = Worker(), 0, 0.0
    while steps < total:
        begun = now()
        prepare(count, begun, 0)
        for turn in (begun, begun + 2 * MINUTE):
            done, megabytes = worker.ask(turn.isoformat())
            steps += int(done)
        half = half or (megabytes if steps >= total / 2 else 0.0)
    worker.end()
    return half, megabytes
