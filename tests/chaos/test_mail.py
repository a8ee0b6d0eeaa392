"""A short bad day, another at each run; when something was found, its seed says how to play it again."""

import random

import pytest

from tests.chaos.mail import run

pytestmark = pytest.mark.road


def test_on_a_bad_day_each_message_is_taken_once_or_explained() -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    day = run(600, seed, say=lambda _text: None)
    again = f"again: python -m tests.chaos.mail --seed {seed} --count 600"
    assert not day.findings, "\n".join([day.figures(), *day.findings[:20], again])
    assert day.killed > 2
    assert day.faults.total() > 10
    assert day.webhooks < day.reports
