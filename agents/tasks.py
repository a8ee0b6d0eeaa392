"""Celery entry points. A task says *wake up*, never *what for*: losing one loses nothing."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from agents import classify, exporting, replay, sending, steps
from berinia.alone import alone
from berinia.turns import turns
from berinia.wake import woken


@shared_task
def run_steps() -> None:
    """Run the agents that workflows wait for, and what people replay, until none is left."""
    woken("agents")
    for _ in turns("agents", shares=True):
        limit = settings.AGENT_CALLS
        if not (steps.run_batch(now=timezone.now(), limit=limit) or replay.run_batch(now=timezone.now(), limit=limit)):
            break


@shared_task
def classify_leads() -> None:
    """Classify leads of which something new is known, until none is left. Any number may run at once."""
    woken("classify")
    for _ in turns("agents", shares=True):
        if not classify.classify_batch(now=timezone.now(), limit=settings.AGENT_CALLS):
            break


@shared_task
def decide_exports() -> None:
    """Decide what is exported, for each connection whose turn it is. Any number may run at once."""
    for _ in turns("agents", shares=True):
        if not exporting.decide_next(now=timezone.now()):
            break


@shared_task
def send_exports() -> None:
    """Hand decided leads over to their CRMs until none is left. One at a time: an account takes so much a second."""
    woken("exports")
    with alone("exports") as is_alone:
        for _ in turns("agents", shares=True):
            if not is_alone or not sending.send_batch(now=timezone.now()):
                break
