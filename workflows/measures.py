"""Measures: the figures of the whole house for /metrics, read when they are asked for.

They come from the tables and from Redis, so they are right however many processes there are, and each web process
answers the same. Every query is bounded and answered by an index; all of them together share a time-out. What was read
is kept for two seconds: two scrapers cost one.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, NamedTuple

import redis
from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from berinia.readonly import read_only
from workflows import measured_counts, measured_now

logger = logging.getLogger(__name__)

KEPT_SECONDS = 2.0
TIMEOUT = "1500ms"  # of one query


class Reader(NamedTuple):
    """Reads some of it."""

    name: str
    read: Callable[[datetime], Iterator[Any]]
    asks_database: bool = True


# What fails leaves out its own figures, and is named.
READERS = (
    Reader("queues", measured_now.queues),
    Reader("executions", measured_now.executions),
    Reader("house", measured_now.house),
    Reader("database", measured_now.database),
    Reader("counters", measured_counts.counters),
    Reader("agents", measured_counts.agents),
    Reader("answers", measured_counts.answers, asks_database=False),
    Reader("celery", measured_now.celery, asks_database=False),
    Reader("providers", measured_now.providers, asks_database=False),
    Reader("sockets", measured_now.sockets, asks_database=False),
    Reader("parts", measured_now.parts, asks_database=False),
)


class Measures(Collector):
    """The collector that Prometheus's client asks. One a process; threads wait for the one that reads."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._kept: list[Any] = []
        self._until = 0.0

    def describe(self) -> list[Any]:
        """Return nothing: to be registered must not read the database."""
        return []

    def collect(self) -> Iterator[Any]:
        """Yield the figures, read at most every two seconds."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = list(self._read())
                self._until = time.monotonic() + KEPT_SECONDS
            kept = self._kept
        yield from kept

    def forget(self) -> None:
        """Read anew when asked next."""
        self._until = 0.0

    def _read(self) -> Iterator[Any]:
        began, now = time.perf_counter(), self.clock()
        failed = GaugeMetricFamily(
            "berinia_scrape_failed", "1 where these figures could not be read: they are then missing.", labels=["part"]
        )
        for reader in READERS:
            found, is_read = _tried(reader, now)
            yield from found
            failed.add_metric([reader.name], float(not is_read))
        yield failed
        yield GaugeMetricFamily(
            "berinia_scrape_seconds", "How long the figures of the whole house took to be read.",
            value=time.perf_counter() - began,
        )  # fmt: skip


def _tried(reader: Reader, now: datetime) -> tuple[list[Any], bool]:
    try:
        with _hurried() if reader.asks_database else nullcontext():
            return list(reader.read(now)), True
    except (DatabaseError, redis.RedisError, OSError) as error:
        logger.warning("/metrics: %s cannot be read: %s", reader.name, type(error).__name__)
        return [], False


@contextmanager
def _hurried() -> Iterator[None]:
    """Look without writing, and never for long."""
    with read_only(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
        yield


MEASURES = Measures()
