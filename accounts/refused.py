"""Refused origins: from where browsers were turned away in the last hour, so that a page can say what to allow."""

import logging
from dataclasses import dataclass

import redis

from berinia.redis_client import connected

logger = logging.getLogger(__name__)

KEPT_SECONDS = 3_600
MOST = 20  # anybody may write anything in a header: no more than this is kept of it


@dataclass(frozen=True, slots=True)
class Refused:
    """An origin that is not allowed, and how often it tried."""

    origin: str
    count: int


def note_refused(site_id: int, origin: str) -> None:
    """Remember that a browser was turned away. Never raises."""
    name = _name(site_id)
    try:
        store = connected()
        if store.hexists(name, origin) or int(store.hlen(name)) < MOST:
            store.hincrby(name, origin, 1)
            store.expire(name, KEPT_SECONDS)
    except redis.RedisError:
        logger.warning("redis does not answer: a refused origin is not remembered")


def refused_origins(site_id: int) -> list[Refused]:
    """Return the origins that were turned away within the hour, the most frequent first; none without Redis."""
    try:
        found: dict[bytes, bytes] = connected().hgetall(_name(site_id))  # type: ignore[assignment]
    except redis.RedisError:
        return []
    rows = [Refused(origin.decode(errors="replace"), int(count)) for origin, count in found.items()]
    return sorted(rows, key=lambda row: -row.count)


def forget_refused(site_id: int, origin: str) -> None:
    """Forget an origin that is allowed by now. Never raises."""
    try:
        connected().hdel(_name(site_id), origin)
    except redis.RedisError:
        logger.warning("redis does not answer: a refused origin is not forgotten")


def _name(site_id: int) -> str:
    return f"berinia:origins:refused:{site_id}"
