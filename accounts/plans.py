"""What each plan allows in a calendar month (UTC). Pure. An organization's own rules may say otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Messages a month by channel; None: as many as one likes."""

    name: str
    email: int | None
    sms: int | None
    whatsapp: int | None


PLANS: Mapping[str, Plan] = {
    "starter": Plan("Starter", 10_000, 1_000, 1_000),
    "pro": Plan("Pro", 100_000, 10_000, 10_000),
    "agence": Plan("Agence", None, None, None),
}


def plan_choices() -> list[tuple[str, str]]:
    """Return the plans for a form."""
    return [(slug, plan.name) for slug, plan in PLANS.items()]


def monthly(plan: str, channel: str) -> int | None:
    """Return how many messages a plan allows on a channel in a month; one that is not known allows Starter's."""
    allowed: int | None = getattr(PLANS.get(plan, PLANS["starter"]), channel)
    return allowed
