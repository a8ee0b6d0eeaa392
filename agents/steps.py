"""Steps."""

from datetime import datetime


def run_batch(*, now: datetime, limit: int) -> int:
    """Do up to `limit`; return how many."""
    return 0
