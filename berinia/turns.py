"""How long a drainer goes round: until nothing is left, or for a while. The next tick takes over."""

from collections.abc import Iterator
from time import monotonic

from berinia.health import beats

# Well within the time limits of a task, so that these only end what is stuck.
LONGEST_SECONDS = 60.0
# For work that shares its queue with other work, which waits meanwhile.
SHARED_SECONDS = 2.0


def turns(part: str, *, shares: bool = False) -> Iterator[None]:
    """Yield once a turn, for a while; after each, say that this part of the system lives: it is busy, not dead.

    `shares`: other work waits in the same queue, so the while is short, and who has more to do wakes itself again.
    """
    longest = SHARED_SECONDS if shares else LONGEST_SECONDS
    began = monotonic()
    while monotonic() - began < longest:
        yield
        beats(part)
