"""Whoever carries messages: one file each, found by name, all with the small interface of base.py."""

from communications.faults import Fault
from communications.providers.base import (
    CANNOT_LOOK_UP,
    Draft,
    Outgoing,
    Provider,
    Receipt,
    Refusal,
    UndeliverableError,
)
from communications.providers.choice import provider_for, provider_named

__all__ = [
    "CANNOT_LOOK_UP",
    "Draft",
    "Fault",
    "Outgoing",
    "Provider",
    "Receipt",
    "Refusal",
    "UndeliverableError",
    "provider_for",
    "provider_named",
]
