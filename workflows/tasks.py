"""Celery entry points. A task says *wake up*, never *what for*: losing one loses nothing."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from berinia.turns import turns
from berinia.wake import woken
from workflows.execute import execute_batch
from workflows.route import route_batch


@shared_task
def drain() -> None:
    """Route what is new and advance what is due, in turn, until nothing is left. Any number may run at once.

    In turn: where events come in without end, what is due does not wait for them, nor they for it.
    """
    woken("engine")
    limit, last = settings.ENGINE_BATCH, 0
    for _ in turns("worker"):
        routed = route_batch(now=timezone.now(), limit=limit, after=last)
        executed = execute_batch(now=timezone.now(), limit=limit)
        if not routed.events and not executed.executions:
            break
        # After the last one it begins again: an event may be committed later than others with higher ids.
        last = routed.last_id if routed.events == limit else 0
