"""What sites report, and what they read and change of their leads."""

from crm.api.browsers import attributed
from crm.api.events import IDEMPOTENCY_KEY, PROBLEMS, check_site, idempotency_key, take
from crm.api.pages import CURSOR, LIMIT, READ_PROBLEMS

__all__ = [
    "CURSOR", "IDEMPOTENCY_KEY", "LIMIT", "PROBLEMS", "READ_PROBLEMS", "attributed", "check_site", "idempotency_key",
    "take",
]  # fmt: skip
