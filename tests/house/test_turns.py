"""A drainer that is busy is heard of, and hands over to the next tick after a while."""

import time

import pytest

from berinia import turns
from berinia.redis_client import connected


def test_each_turn_is_a_heartbeat() -> None:
    connected().delete("berinia:heartbeat:worker")
    for turn, _ in enumerate(turns.turns("worker")):
        assert connected().exists("berinia:heartbeat:worker") == (turn > 0)
        if turn == 2:
            break


def test_it_goes_round_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 0.1)
    count = 0
    for _ in turns.turns("worker"):
        time.sleep(0.03)
        count += 1
    assert 1 < count < 6
