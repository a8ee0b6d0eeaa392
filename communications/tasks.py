"""Celery entry points. A task says *wake up*, never *what for*: losing one loses nothing."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from berinia.alone import alone
from berinia.turns import turns
from berinia.wake import wake, wake_in, woken
from communications import alert, brakes, days, report_mail, spikes
from communications.calls import call_batch
from communications.deliver import deliver_all
from communications.receive import receive_batch
from communications.reconcile import reconcile_batch
from communications.redact import redact_batch

RECIPIENTS = 20  # of alerts, in one turn

WEBHOOKS = 500  # stored requests applied in one transaction


@shared_task
def deliver_due() -> None:
    """Hand due messages to their providers until none is left. Any number may run at once."""
    woken("delivery")
    is_more, wait = deliver_all(timezone.now, turns("delivery", shares=True), settings.DELIVERY_BATCH)
    if is_more:
        wake("delivery")  # behind the calls that wait in this queue
    elif wait is not None:
        wake_in("delivery", wait)


@shared_task
def make_calls() -> None:
    """Make the HTTP calls of workflows until none is left. One at a time: slow ones must not hold messages up."""
    woken("calls")
    with alone("calls") as is_alone:
        for _ in turns("delivery"):
            if not is_alone or not call_batch(now=timezone.now(), limit=settings.DELIVERY_CALLS):
                break


@shared_task
def receive_webhooks() -> None:
    """Apply what providers and contacts have reported until nothing is left. Any number may run at once."""
    woken("webhooks")
    for _ in turns("worker", shares=True):
        if not receive_batch(now=timezone.now(), limit=WEBHOOKS):
            break
    else:
        wake("webhooks")  # behind what else waits in this queue


@shared_task
def reconcile_unknown() -> None:
    """Find out what became of messages whose outcome is unknown."""
    for _ in turns("worker"):
        if not reconcile_batch(now=timezone.now(), limit=settings.DELIVERY_BATCH):
            break


@shared_task
def watch_brakes() -> None:
    """Stop the channels of workflows that go wrong."""
    brakes.watch(timezone.now())


@shared_task
def redact_provider_copies() -> None:
    """Empty, at the providers, the messages of people who were erased."""
    for _ in turns("worker"):
        if not redact_batch(now=timezone.now(), limit=settings.DELIVERY_CALLS):
            break


@shared_task
def send_alerts() -> None:
    """Tell operators by email and in Slack. One at a time: a slow provider must not take every worker."""
    woken("alerts")
    with alone("alerts") as is_alone:
        for _ in turns("worker"):
            if not is_alone or not alert.send_alerts(now=timezone.now(), limit=RECIPIENTS):
                break


@shared_task
def send_reports() -> None:
    """Send weekly reports by email. One at a time, for the same reason."""
    with alone("reports") as is_alone:
        for _ in turns("worker"):
            if not is_alone or not report_mail.send_reports(now=timezone.now(), limit=RECIPIENTS):
                break


@shared_task
def count_days() -> None:
    """Sum the days that are over."""
    with alone("days") as is_alone:
        for _ in turns("worker"):
            if not is_alone or not days.count_days(timezone.now(), limit=1):
                break


@shared_task
def watch_opt_outs() -> None:
    """Tell operators when unusually many contacts opt out."""
    spikes.watch(timezone.now())
