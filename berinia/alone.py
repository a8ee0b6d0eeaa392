"""One at a time: work that must not take up every worker. Not for correctness: rows are locked for that."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.exceptions import LockError

from berinia.redis_client import connected

logger = logging.getLogger(__name__)

# A lock that nobody gives back (its worker died) must not keep the work for long.
LOCK_SECONDS = 90


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Say whether this is the only one at work on `name` just now; when not, leave it to the other."""
    lock = connected().lock(f"berinia:alone:{name}", timeout=LOCK_SECONDS, blocking=False)
    try:
        is_alone = bool(lock.acquire())
    except redis.RedisError:
        logger.warning("redis does not answer: %s waits for the next tick", name)
        is_alone = False
    try:
        yield is_alone
    finally:
        if is_alone:
            _give_back(lock)


def _give_back(lock: "redis.lock.Lock") -> None:
    try:
        lock.release()
    except (LockError, redis.RedisError):
        logger.info("a lock ended by itself")
