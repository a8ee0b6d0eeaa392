"""The gate of an account, on a real Redis: its rate, what it asks for, and the circuit breaker."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from berinia.redis_client import connected
from communications import gate
from communications.providers import Provider, provider_named
from communications.providers.resend import Resend


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.RESEND_API_KEY, settings.RESEND_RATE_PER_SECOND = "re_gate", 0
    found = provider_named(Resend.name)
    yield found
    connected().delete(f"berinia:gate:{found.account_key}")


def shift(provider: Provider, seconds: float, *fields: str) -> None:
    """Let time pass for a gate: its instants lie so much further back."""
    key = f"berinia:gate:{provider.account_key}"
    for name in fields or ("t", "open", "probe", "pause"):
        if connected().hget(key, name) is not None:
            connected().hincrbyfloat(key, name, -seconds)


def test_without_a_rate_all_are_allowed(provider: Provider) -> None:
    assert gate.take(provider, 500).requests == 500


def test_a_rate_is_held(provider: Provider, settings: Any) -> None:
    settings.RESEND_RATE_PER_SECOND = 10
    assert gate.take(provider, 100).requests == 5  # half a second's worth
    refused = gate.take(provider, 1)
    assert refused.requests == 0
    assert timedelta(0) < refused.wait <= timedelta(seconds=0.1)
    shift(provider, 0.3)
    assert gate.take(provider, 100).requests == 3
    shift(provider, 3600)
    assert gate.take(provider, 100).requests == 5


def test_what_is_not_needed_is_given_back(provider: Provider, settings: Any) -> None:
    settings.RESEND_RATE_PER_SECOND = 10
    gate.take(provider, 5)
    gate.give_back(provider, 2)
    assert gate.take(provider, 5).requests == 2
    gate.give_back(provider, 100)  # never more than the bucket holds
    assert gate.take(provider, 100).requests == 5


def test_an_account_that_asks_for_a_pause_gets_it(provider: Provider) -> None:
    gate.pause(provider, timedelta(seconds=30))
    gate.pause(provider, timedelta(seconds=5))  # a shorter one does not end the longer
    refused = gate.take(provider, 1)
    assert (refused.requests, refused.wait > timedelta(seconds=29)) == (0, True)
    shift(provider, 30)
    assert gate.take(provider, 3).requests == 3


def test_five_failures_in_a_row_open_the_breaker_and_one_request_closes_it(provider: Provider) -> None:
    assert gate.report(provider, 0, 4) == 0
    assert gate.take(provider, 7).requests == 7
    assert gate.report(provider, 0, 1) == 1  # just now
    assert gate.take(provider, 7).requests == 0
    shift(provider, 30)
    assert gate.take(provider, 7).requests == 1  # a probe
    assert gate.take(provider, 7).requests == 0  # by one only
    assert gate.report(provider, 1, 0) == -1
    assert gate.take(provider, 7).requests == 7


def test_a_probe_that_fails_opens_it_again(provider: Provider) -> None:
    gate.report(provider, 0, 5)
    shift(provider, 30)
    gate.take(provider, 1)
    assert gate.report(provider, 0, 1) == 0
    assert gate.take(provider, 1).requests == 0


def test_an_answer_between_ends_the_row(provider: Provider) -> None:
    gate.report(provider, 0, 4)
    gate.report(provider, 3, 2)
    assert gate.report(provider, 0, 2) == 0
    assert gate.report(provider, 0, 1) == 1


def test_a_probe_that_nobody_reports_is_followed_by_another(provider: Provider, settings: Any) -> None:
    gate.report(provider, 0, 5)
    shift(provider, 30)
    assert gate.take(provider, 1).requests == 1
    shift(provider, settings.DELIVERY_TIMEOUT_SECONDS + 5)
    assert gate.take(provider, 1).requests == 1


def test_accounts_do_not_share_a_gate(provider: Provider, settings: Any) -> None:
    gate.pause(provider, timedelta(seconds=30))
    settings.RESEND_API_KEY = "re_other"
    assert gate.take(provider_named(Resend.name), 3).requests == 3
