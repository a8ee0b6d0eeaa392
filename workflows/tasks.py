"""Celery entry points. A task says *wake up*, never *what for*: losing one loses nothing."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from berinia.alone import alone
from berinia.turns import turns
from berinia.wake import woken
from workflows.execute import execute_batch
from workflows.retention import retain
from workflows.route import route_batch


@shared_task
def drain() -> None:
    """Route what is new and advance what is due, until nothing is left. Any number may run at once."""
    woken("engine")
    limit, last = settings.ENGINE_BATCH, 0
    for _ in turns("worker"):
        routed = route_batch(now=timezone.now(), limit=limit, after=last)
        if not routed.events:
            break
        last = routed.last_id
    for _ in turns("worker"):
        if not execute_batch(now=timezone.now(), limit=limit).executions:
            break


@shared_task
def remove_old() -> None:
    """Make coming partitions and remove what is old, for a while; then let others in, and go on."""
    with alone("retention") as is_alone:
        pieces = retain(now=timezone.now())
        for _ in turns("worker"):
            if not is_alone or next(pieces, None) is None:
                return
    remove_old.apply_async(retry=False, expires=600)
