"""What may be paid, what it costs, and who is asked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.budget import Month, affordable, micros
from agents.prices import REQUESTS, bound, cost, read_at_most
from agents.routing import DEFAULTS, models_for, provider

NOW = datetime(2026, 3, 20, tzinfo=UTC)
ALL = {"mistral", "openai", "anthropic"}
amounts = st.integers(0, 10**9)


@given(amounts, amounts, amounts, st.lists(amounts, max_size=5))
def test_what_is_allowed_can_be_paid_and_no_more_could_be(
    budget: int, spent: int, reserved: int, bounds: list[int]
) -> None:
    month = Month(budget, spent, reserved)
    count = affordable(month, bounds)
    if count:
        assert spent + reserved + sum(bounds[:count]) <= max(budget, spent + reserved)
        assert budget > 0
    if count < len(bounds) and budget > 0:
        assert sum(bounds[: count + 1]) > month.left


def test_no_budget_allows_not_even_what_is_free() -> None:
    assert affordable(Month(0), [0]) == 0
    assert affordable(Month(1), [0, 0]) == 2
    assert affordable(Month(10, 6, 3), [1, 1]) == 1


def test_dollars_are_counted_in_millionths() -> None:
    assert (micros(20), micros("0.01"), micros(0.1)) == (20_000_000, 10_000, 100_000)


@pytest.mark.parametrize("model", DEFAULTS)
def test_the_price_of_every_model_that_is_asked_by_default_is_known(model: str) -> None:
    assert cost(model, 1_000_000, 0, NOW, {})
    assert cost(model, 0, 1_000_000, NOW, {})


@pytest.mark.parametrize("model", ["local:llama3", "openai:inconnu", "inconnu:x", "mistral:", ""])
def test_a_price_that_is_not_known_is_not_nothing(model: str) -> None:
    assert cost(model, 1, 1, NOW, {}) is None
    assert bound(model, 1, 1, NOW, {}) is None


def test_our_own_prices_go_before() -> None:
    own = {"local:llama3": (0.0, 0.0), "openai:gpt-4.1-mini": (1.5, 3.0)}
    assert cost("local:llama3", 10**6, 10**6, NOW, own) == 0
    assert cost("openai:gpt-4.1-mini", 10**6, 10**6, NOW, own) == 4_500_000


def test_a_part_of_a_millionth_is_one() -> None:
    assert cost("mistral:mistral-small-latest", 1, 0, NOW, {}) == 1


@given(st.integers(0, 20_000), st.integers(1, 4_000), st.integers(1, REQUESTS), st.data())
def test_no_call_costs_more_than_its_bound(prompt: int, max_tokens: int, requests: int, data: Any) -> None:
    """Each request reads the prompt and all answers before it; what is wrong with one is told at thrice its length."""
    read = written = carried = 0
    for _ in range(requests):
        answer = data.draw(st.integers(0, max_tokens))
        read += data.draw(st.integers(0, prompt)) + 400 + carried
        written += answer
        carried += 4 * answer
    assert read <= read_at_most(prompt, max_tokens)
    for model in DEFAULTS:
        paid, most = cost(model, read, written, NOW, {}), bound(model, prompt, max_tokens, NOW, {})
        assert paid is not None
        assert most is not None
        assert paid <= most


@pytest.mark.parametrize(
    ("own", "house", "configured", "models"),
    [
        ((), (), ALL, list(DEFAULTS)),
        ((), (), {"anthropic", "openai"}, ["openai:gpt-4.1-mini", "anthropic:claude-haiku-4-5"]),
        ((), (), set(), []),
        ((), (), {"local"}, []),
        ((), ("local:a", "openai:b"), {"local", "openai"}, ["local:a", "openai:b"]),
        ((), ("local:a", "openai:b"), {"openai"}, ["openai:b"]),
        (("openai:c", "openai:c"), ("openai:b",), ALL, ["openai:c"]),
        (("local:a",), ("openai:b",), ALL, []),  # its own, or none
        (("inconnu:a",), (), ALL, []),
    ],
)
def test_who_is_asked(own: tuple[str, ...], house: tuple[str, ...], configured: set[str], models: list[str]) -> None:
    assert models_for(own, house, configured) == models


def test_a_model_s_own_name_may_hold_colons() -> None:
    assert provider("local:org/llama3:8b") == "local"
