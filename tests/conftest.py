"""What the tests share: a fixed clock and a clean Redis."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Paris


@pytest.fixture()
def now() -> datetime:
    """The instant at which the tests take place."""
    return NOW
