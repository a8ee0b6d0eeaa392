"""How long a drainer goes round: until nothing is left, or for a while. The next tick takes over."""

from collections.abc import Iterator
from time import monotonic

from berinia.health import beats

# Well within the time limits of a task, so that these only end what is stuck.
LONGEST_SECONDS = 60.0


def turns(part: str) -> Iterator[None]:
    """Yield once a turn, for a while; after each, say that this part of the system lives: it is busy, not dead."""
    began = monotonic()
    while monotonic() - began < LONGEST_SECONDS:
        yield
        beats(part)
