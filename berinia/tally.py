"""Tally: counts of what no table keeps for ever, in Redis, added to by all processes and only ever upwards.

For Prometheus: a Redis that was emptied begins again at nothing, which `rate()` takes for what it is. What has to be
right to the unit is counted in PostgreSQL.
"""

from collections import Counter
from collections.abc import Mapping

import redis

from berinia.redis_client import Silence, connected

APART = "|"  # between the parts of a field's name

Labels = tuple[str, ...]


_silence = Silence()


def add(name: str, counts: Mapping[Labels, int]) -> None:
    """Add to counters of one name, each by its labels. Never raises."""
    if not counts or _silence:
        return
    try:
        with connected().pipeline(transaction=False) as pipeline:
            for labels, n in counts.items():
                pipeline.hincrby(_key(name), APART.join(labels), n)
            pipeline.execute()
    except redis.RedisError:
        _silence.begin()


def read(name: str) -> Counter[Labels]:
    """Return the counters of one name. Raises redis.RedisError."""
    found = connected().hgetall(_key(name))
    return Counter({tuple(field.decode().split(APART)): int(value) for field, value in found.items()})  # type: ignore[union-attr]


def _key(name: str) -> str:
    return f"berinia:tally:{name}"
