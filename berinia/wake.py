"""Wake a drainer once the transaction is committed. A wake-up that is lost costs a second: Beat's tick."""

import logging
from datetime import timedelta
from typing import Literal

import redis
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from berinia.redis_client import connected

logger = logging.getLogger(__name__)

Queue = Literal["engine", "delivery", "calls", "alerts", "webhooks", "agents", "classify", "exports"]
TASKS: dict[Queue, str] = {
    "engine": "workflows.tasks.drain",
    "delivery": "communications.tasks.deliver_due",
    "calls": "communications.tasks.make_calls",
    "alerts": "communications.tasks.send_alerts",
    "webhooks": "communications.tasks.receive_webhooks",
    "agents": "agents.tasks.run_steps",
    "classify": "agents.tasks.classify_leads",
    "exports": "agents.tasks.send_exports",
}
# A flag that nobody takes down (its worker died) must not silence wake-ups for long.
FLAG_SECONDS = 1


def wake(queue: Queue) -> None:
    """Wake the drainer of a queue when the current transaction commits. Never raises."""
    transaction.on_commit(lambda: _publish(queue), robust=True)


def wake_in(queue: Queue, wait: timedelta) -> None:
    """Wake the drainer of a queue after a short while; for a second or more, Beat's tick will do. Never raises."""
    if wait < timedelta(seconds=1):
        try:
            current_app.send_task(TASKS[queue], retry=False, countdown=wait.total_seconds(), expires=60)
        except (redis.RedisError, OperationalError):
            logger.warning("redis does not answer: %s waits for the next tick", queue)


def woken(queue: Queue) -> None:
    """Say that a drainer begins: whoever commits from here on has to wake another."""
    try:
        connected().delete(_flag(queue))
    except redis.RedisError:
        logger.warning("redis does not answer: the wake-up flag of %s ends by itself", queue)


def _publish(queue: Queue) -> None:
    """Publish one wake-up, unless one is on its way that nobody has begun to work on."""
    try:
        if connected().set(_flag(queue), 1, nx=True, ex=FLAG_SECONDS):
            current_app.send_task(TASKS[queue], retry=False, expires=60)
    except (redis.RedisError, OperationalError):
        logger.warning("redis does not answer: %s waits for the next tick", queue)


def _flag(queue: Queue) -> str:
    return f"berinia:wake:{queue}"
