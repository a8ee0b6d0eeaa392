"""What goes through many rows keeps few of them: ten times the rows need no more memory."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.make import NOW
from workflows.generate import charge_sites, generate
from workflows.models import Execution
from workflows.retention import retain

pytestmark = pytest.mark.django_db


def peak(work: Callable[[], Iterator[Any]]) -> int:
    """Return the most memory (bytes) that was in use while an iterator was gone through, piece by piece."""
    for _piece in work():  # what is loaded and compiled once does not count
        break
    gc.freeze()  # what was there before is not gone through again and again
    tracemalloc.start()
    for _piece in work():
        gc.collect()  # garbage that waits for its turn is not what is held
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.unfreeze()
    return most


def test_generating_and_retaining_hold_one_piece_at_a_time() -> None:
    sites, later = charge_sites(1, NOW), NOW + timedelta(days=1_500)

    def filling(executions: int) -> int:
        return peak(lambda: generate(sites, executions=executions, contacts=executions, seed=1, now=NOW, chunk=500))

    def emptying() -> int:
        Execution.objects.update(status="terminee", ended_at=NOW)
        return peak(lambda: retain(now=later, window=100))

    few, few_removed = filling(1_000), emptying()
    assert filling(6_000) < 1.3 * few
    assert Execution.objects.count() > 6_000
    assert emptying() < 1.3 * few_removed
    assert Execution.objects.count() == 0
