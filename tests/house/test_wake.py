"""A wake-up goes out on commit, once, and its loss is no error."""

import logging
import time
from typing import Any

import pytest
from django.db import transaction

from berinia import wake
from berinia.redis_client import connected
from berinia.wake import woken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue() -> None:
    connected().delete("engine", "delivery", wake._flag("engine"), wake._flag("delivery"))


def _waiting(queue: str) -> int:
    return connected().llen(queue)


def test_it_goes_out_when_the_transaction_commits() -> None:
    with transaction.atomic():
        wake.wake("engine")
        assert _waiting("engine") == 0
    assert _waiting("engine") == 1
    assert _waiting("delivery") == 0


def test_a_rolled_back_transaction_wakes_nobody() -> None:
    with transaction.atomic():
        wake.wake("engine")
        transaction.set_rollback(True)
    assert _waiting("engine") == 0


def test_many_are_one() -> None:
    for _ in range(50):
        with transaction.atomic():
            wake.wake("engine")
            wake.wake("engine")
    assert _waiting("engine") == 1


def test_whoever_commits_after_a_drainer_began_wakes_another() -> None:
    wake.wake("delivery")
    woken("delivery")
    wake.wake("delivery")
    assert _waiting("delivery") == 2


def test_a_redis_that_is_away_is_logged_and_costs_little(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    with caplog.at_level(logging.WARNING), transaction.atomic():
        wake.wake("engine")
    assert time.monotonic() - began < 1.5
    assert "waits for the next tick" in caplog.text
    woken("engine")
