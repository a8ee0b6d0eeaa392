"""Throttle: how much each API key may ask for in a minute. Counted in Redis; without Redis, nothing is refused."""

import logging
import time
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# After a failure, requests are let through for so long without asking Redis again: none waits for it.
SILENCE_SECONDS = 5.0
_silent_until = 0.0


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )


def charge(key_id: int, cost: int) -> int:
    """Count `cost` against a key in the current minute.

    Returns 0 when it may go on, else the seconds until the next minute. A refused request counts too.
    """
    global _silent_until
    limit: int = settings.API_THROTTLE_PER_MINUTE
    if not limit or time.monotonic() < _silent_until:
        return 0
    minute, second = divmod(int(time.time()), 60)
    name = f"berinia:throttle:{key_id}:{minute}"
    try:
        with _redis().pipeline(transaction=False) as pipeline:
            pipeline.incrby(name, cost)
            pipeline.expire(name, 120)
            used = int(pipeline.execute()[0])
    except redis.RedisError:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("redis does not answer: no API request is throttled for %s s", SILENCE_SECONDS)
        return 0
    return 60 - second if used > limit else 0
