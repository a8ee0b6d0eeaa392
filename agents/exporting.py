"""Exporting: decide what goes to a CRM."""

from datetime import datetime


def decide_next(*, now: datetime) -> bool:
    """Decide for the next connection whose turn it is; tell whether there was one."""
    return False
