"""Celery entry points. A task says *wake up*, never *what for*: losing one loses nothing."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from berinia.alone import alone
from berinia.turns import turns
from berinia.wake import woken
from workflows import control, weekly
from workflows.enrol import enrol_batch
from workflows.execute import execute_batch
from workflows.retention import retain
from workflows.route import route_batch
from workflows.schedule import fire_batch
from workflows.segments import refresh_part
from workflows.standing import fold

PARTS = 60  # parts of segments refreshed in one go
SCHEDULES = 100  # triggers fired in one transaction
ENROLMENTS = 20  # parts of audiences let in before events are routed


@shared_task
def refresh_segments() -> None:
    """Bring segments up to date, part by part in turn. One at a time: this reads many contacts."""
    with alone("segments") as is_alone:
        done: list[int] = []
        for _turn, _n in zip(turns("worker"), range(PARTS if is_alone else 0), strict=False):
            refreshed = refresh_part(now=timezone.now(), skip=done)
            if refreshed is None and not done:
                break
            done = [] if refreshed is None else [*done, refreshed]


@shared_task
def drain() -> None:
    """Fire schedules and let audiences in; route what is new and advance what is due, in turn, until nothing is left.

    Any number may run at once. In turn: where events come in without end, what is due does not wait for them, nor
    they for it.
    """
    woken("engine")
    limit, last = settings.ENGINE_BATCH, 0
    for _ in turns("worker"):
        if not fire_batch(now=timezone.now(), limit=SCHEDULES):
            break
    for _n in range(ENROLMENTS):
        if not enrol_batch(now=timezone.now()):
            break
    for _ in turns("worker"):
        routed = route_batch(now=timezone.now(), limit=limit, after=last)
        executed = execute_batch(now=timezone.now(), limit=limit)
        if not routed.events and not executed.executions:
            break
        # After the last one it begins again: an event may be committed later than others with higher ids.
        last = routed.last_id if routed.events == limit else 0


@shared_task
def finish_stops() -> None:
    """End what a stop that was cut off half way left behind."""
    control.finish_stops(timezone.now())


@shared_task
def fold_standing() -> None:
    """Add up the counters of where executions stand."""
    fold()


@shared_task
def write_reports() -> None:
    """Write the weekly reports that are due."""
    with alone("weekly") as is_alone:
        for _ in turns("worker"):
            if not is_alone or not weekly.write_reports(timezone.now()):
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
