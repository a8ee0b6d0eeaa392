"""Is everything alive? `GET /healthz`, and the heartbeats that it looks at.

It answers before the rest of Django looks at the request: a probe comes under any host name.
"""

import logging
from collections.abc import Callable

import redis
from celery.signals import task_postrun
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from berinia.redis_client import connected

logger = logging.getLogger(__name__)

# A part that was not heard of for so long is reported as silent.
FRESH_SECONDS = 10
# Which task shows that which process lives: each runs once a second.
TICKS = {
    "workflows.tasks.drain": "worker", "communications.tasks.deliver_due": "delivery",
    "agents.tasks.run_steps": "agents",
}  # fmt: skip


def beats(part: str) -> None:
    """Write the heartbeat of a part of the system. Never raises."""
    try:
        connected().set(f"berinia:heartbeat:{part}", 1, ex=FRESH_SECONDS)
    except redis.RedisError:
        logger.warning("redis does not answer: the heartbeat of %s is not written", part)


@task_postrun.connect
def _after_task(task: object = None, **_kwargs: object) -> None:
    part = TICKS.get(getattr(task, "name", ""))
    if part:
        beats(part)


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _heard(part: str) -> Callable[[], bool]:
    return lambda: bool(connected().exists(f"berinia:heartbeat:{part}"))


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "redis": lambda: bool(connected().ping()),
    "worker": _heard("worker"),
    "delivery": _heard("delivery"),
    "agents": _heard("agents"),
    "beat": _heard("beat"),
}


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer /healthz, and let everything else through."""
    return lambda request: healthz() if request.path == "/healthz" else get_response(request)


def healthz() -> JsonResponse:
    """Answer 200 when every part answers, 503 with the names of those that do not."""
    states = {name: state(check) for name, check in CHECKS.items()}
    response = JsonResponse(states, status=200 if set(states.values()) == {"ok"} else 503)
    response._has_been_logged = True  # type: ignore[attr-defined] # Django would log each 503 as an error
    return response


def state(check: Callable[[], bool]) -> str:
    """Return `ok`, `silent`, or the name of the error that a check met."""
    try:
        return "ok" if check() else "silent"
    except (DatabaseError, redis.RedisError, OSError) as error:
        return type(error).__name__
