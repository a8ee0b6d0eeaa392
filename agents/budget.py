"""Budget: may this call be paid? Pure; in millionths of a dollar."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Month:
    """What an organization may spend, has spent, and has set aside for calls that are being made."""

    budget: int
    spent: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        """What no call has a claim on."""
        return max(self.budget - self.spent - self.reserved, 0)


def affordable(month: Month, bounds: Sequence[int]) -> int:
    """Return how many of these models, from the first on, may be asked: all of them may have to be paid.

    A budget of nothing allows no model, not even one that costs nothing.
    """
    if month.budget <= 0:
        return 0
    total = 0
    for count, bound in enumerate(bounds):
        total += bound
        if total > month.left:
            return count
    return len(bounds)


def micros(dollars: float | str) -> int:
    """Return an amount in millionths of a dollar."""
    return round(float(dollars) * 1_000_000)
