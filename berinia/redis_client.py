"""Redis, as requests and tasks ask it: nobody waits for it long, and nobody again and again.

Nothing in it is the truth, which is in PostgreSQL. So time-outs are short enough for a request, nothing is tried twice,
and whoever can do without it leaves it alone for a while once it has not answered.
"""

import time
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 0.5
SILENCE_SECONDS = 5.0


def connected() -> redis.Redis:
    """Return this process's client of the Redis of the settings."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=Retry(NoBackoff(), 0)
    )


@dataclass(slots=True)
class Silence:
    """Whether Redis is left alone just now, because it did not answer less than SILENCE_SECONDS ago."""

    until: float = 0.0

    def begin(self) -> None:
        """Leave it alone from now on."""
        self.until = time.monotonic() + SILENCE_SECONDS

    def __bool__(self) -> bool:
        return time.monotonic() < self.until
