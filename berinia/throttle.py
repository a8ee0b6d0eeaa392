"""Throttle: how much each API key, and each visitor of a page, may ask for in a minute.

Counted in Redis; without Redis, nothing is refused.
"""

import hashlib
import hmac
import logging
import time
from ipaddress import ip_address, ip_network

import redis
from django.conf import settings

from berinia.redis_client import SILENCE_SECONDS, Silence, connected

logger = logging.getLogger(__name__)

_silence = Silence()  # requests are let through meanwhile


def charge(key_id: int | str, cost: int) -> int:
    """Count `cost` against a key in the current minute.

    Returns 0 when it may go on, else the seconds until the next minute. A refused request counts too.
    """
    return _charge(f"berinia:throttle:{key_id}", cost, settings.API_THROTTLE_PER_MINUTE)


def charge_visitor(key_id: int, address: str | None, cost: int) -> int:
    """Count `cost` against who calls with a publishable key, as `charge` does; no address is kept, only its mark."""
    name = f"berinia:throttle:{key_id}:{_mark(address)}"
    return _charge(name, cost, settings.VISITOR_EVENTS_PER_MINUTE) if address else 0


def _mark(address: str | None) -> str:
    """Return a mark by which an address is known again, and not found out; of IPv6, that of one household's network."""
    if address and ip_address(address).version == 6:
        address = str(ip_network(f"{address}/64", strict=False).network_address)
    return hmac.new(settings.SECRET_KEY.encode(), (address or "").encode(), hashlib.sha256).hexdigest()[:20]


def _charge(name: str, cost: int, limit: int) -> int:
    if not limit or _silence:
        return 0
    minute, second = divmod(int(time.time()), 60)
    try:
        with connected().pipeline(transaction=False) as pipeline:
            pipeline.incrby(f"{name}:{minute}", cost)
            pipeline.expire(f"{name}:{minute}", 120)
            used = int(pipeline.execute()[0])
    except redis.RedisError:
        _silence.begin()
        logger.warning("redis does not answer: no API request is throttled for %s s", SILENCE_SECONDS)
        return 0
    return 60 - second if used > limit else 0
