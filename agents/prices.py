"""Prices: what a call costs, and at most. Unknown is None, never nothing. Pure, in millionths of a dollar.

The prices are those of genai-prices as installed (it asks no network); a table of ours goes before it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from genai_prices import Usage, calc_price

# The first answer, and two more when it does not hold.
REQUESTS = 3
# What the wire adds to a prompt: roles, the tool's name, its description.
OVERHEAD_TOKENS = 500
# What a repeat carries of the answer before: its text again, and what was wrong with it.
REPEAT_FACTOR = 4

Prices = Mapping[str, Sequence[float]]


def cost(model: str, tokens_in: int, tokens_out: int, now: datetime, own: Prices) -> int | None:
    """Return what so many tokens cost, or None where the model's price is not known. `own`: dollars a million."""
    if model in own:
        read, written = own[model]
        return _micros((Decimal(str(read)) * tokens_in + Decimal(str(written)) * tokens_out) / 1_000_000)
    provider, _colon, name = model.partition(":")
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    try:
        return _micros(calc_price(usage, name, provider_id=provider, genai_request_timestamp=now).total_price)
    except LookupError:
        return None


def bound(model: str, prompt_bytes: int, max_tokens: int, now: datetime, own: Prices) -> int | None:
    """Return what a question costs at most, with every repeat, or None where the price is not known."""
    return cost(model, read_at_most(prompt_bytes, max_tokens), REQUESTS * max_tokens, now, own)


def read_at_most(prompt_bytes: int, max_tokens: int) -> int:
    """Return how many tokens are read at most, with every repeat: no token is shorter than a byte."""
    repeated = sum(range(REQUESTS)) * REPEAT_FACTOR * max_tokens
    return REQUESTS * (prompt_bytes + OVERHEAD_TOKENS) + repeated


def _micros(dollars: Decimal) -> int:
    return int((dollars * 1_000_000).to_integral_value(ROUND_CEILING))
