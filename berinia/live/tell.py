"""Tell: what happened is put into one Redis stream once it is committed, where anybody looks.

Nothing here is the truth, which is in PostgreSQL: what is lost costs those who look a page that is a little late.
So nothing raises, nothing waits for long, and where nobody looks nothing is sent.
"""

import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import redis
from django.db import transaction

from berinia.redis_client import SILENCE_SECONDS, Silence, connected

logger = logging.getLogger(__name__)

STREAM = "berinia:live"
LENGTH = 10_000  # about: what a page that was away can be told again
# A sorted set of who is looked at, each until when: o:<organization>, o:* for all of them, e:<execution>.
WATCHED = "berinia:live:watched"
EVERYTHING = "o:*"
# How long a publisher believes what it knows of who is looked at.
KNOWN_FOR_SECONDS = 1.0
# Figures that change are looked at a second later (workflows/live): two of these within half of one are one too many.
FIGURES_SECONDS = 0.5


class Kind(StrEnum):
    """What is told. The first two are for the web alone: each page gets figures of its own, or loads again."""

    FIGURES = "FIGURES"
    RESYNC = "RESYNC"
    EXECUTION_PROGRESS = "EXECUTION_PROGRESS"
    EVENT_RECEIVED = "EVENT_RECEIVED"
    NOTIFICATION = "NOTIFICATION"
    AGENT_ACTIVITY = "AGENT_ACTIVITY"
    LEAD_UPDATE = "LEAD_UPDATE"


@dataclass(frozen=True, slots=True)
class Told:
    """One message. Its payload is JSON in camelCase: ids, statuses, names of steps, counts; never personal data."""

    organization_id: int
    kind: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class _Known:
    """What this process knows of who looks, and of Redis."""

    watched: frozenset[str] = frozenset()
    until: float = 0.0
    silence: Silence = field(default_factory=Silence)
    was_silent: bool = False
    figures_at: dict[int, float] = field(default_factory=dict)


_known = _Known()


def publish(organization_id: int, kind: str, payload: Mapping[str, Any]) -> None:
    """Tell one thing to those who look at an organization, when the transaction commits. Never raises."""
    publish_many([Told(organization_id, kind, payload)])


def publish_many(told: Sequence[Told]) -> None:
    """Tell several things in one go, when the transaction commits. Never raises."""
    looked_at = [one for one in told if is_watched(one.organization_id)]
    if looked_at:
        transaction.on_commit(lambda: _send(looked_at), robust=True)


def figures_changed(organization_ids: Iterable[int]) -> None:
    """Say that counters of organizations changed. Never raises."""
    ids = {pk for pk in organization_ids if is_watched(pk)}
    if ids:
        transaction.on_commit(lambda: _send([Told(pk, Kind.FIGURES, {}) for pk in ids if _is_news(pk)]), robust=True)


def is_watched(organization_id: int) -> bool:
    """Tell whether anybody looks at an organization."""
    found = _watched()
    return bool(found) and (f"o:{organization_id}" in found or EVERYTHING in found)


def watched_executions() -> frozenset[int]:
    """Return the executions that somebody looks at."""
    return frozenset(int(name[2:]) for name in _watched() if name.startswith("e:"))


def _watched() -> frozenset[str]:
    now = time.monotonic()
    if now < _known.until or _known.silence:
        return _known.watched
    try:
        found: Any = connected().zrangebyscore(WATCHED, time.time(), "+inf")
    except redis.RedisError:
        _fall_silent()
    else:
        _known.watched, _known.until = frozenset(name.decode() for name in found), now + KNOWN_FOR_SECONDS
    return _known.watched


def _is_news(organization_id: int) -> bool:
    now = time.monotonic()
    if now - _known.figures_at.get(organization_id, 0.0) < FIGURES_SECONDS:
        return False
    _known.figures_at[organization_id] = now
    return True


def _send(told: Sequence[Told]) -> None:
    if not told or _known.silence:
        return
    try:
        with connected().pipeline(transaction=False) as pipeline:
            if _known.was_silent:  # what happened meanwhile was not told to anybody
                _add(pipeline, 0, Kind.RESYNC, "{}")
            for one in told:
                text = json.dumps(one.payload, ensure_ascii=False, separators=(",", ":"), default=str)
                _add(pipeline, one.organization_id, one.kind, text)
            pipeline.execute()
        _known.was_silent = False
    except redis.RedisError:
        _fall_silent()


def _add(pipeline: Any, organization_id: int, kind: str, payload: str) -> None:
    entry = {"organization": organization_id, "type": str(kind), "payload": payload}
    pipeline.xadd(STREAM, entry, maxlen=LENGTH, approximate=True)


def _fall_silent() -> None:
    _known.silence.begin()
    _known.was_silent = True
    logger.warning("redis does not answer: nobody is told anything live for %s s", SILENCE_SECONDS)
