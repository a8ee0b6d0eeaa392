"""What the contracts share."""

from collections.abc import Iterator

import pytest

from tests.fakes.listener import Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody whom the fakes can report to."""
    with Listener() as fake:
        yield fake
