"""Replay: put what an agent was once told to it anew, to see what it says today. Nothing else comes of it.

A person asks for it on a page; the worker does it: no model is asked while somebody waits for a page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from pydantic import ValidationError

from agents import days
from agents.agent import agents
from agents.answer import read
from agents.asks import Ask
from agents.models import AgentRun, RunStatus
from agents.reasons import Reason
from agents.run import ask_all
from berinia.wake import wake

# Until asking sets its own.
LEASE = timedelta(minutes=5)


def queue(run_ids: Sequence[int], now: datetime) -> int:
    """Have runs done anew by the worker; return how many. Those whose input is gone cannot be."""
    found = AgentRun.objects.filter(pk__in=run_ids, input__isnull=False).order_by("pk")
    anew = [
        AgentRun(
            organization_id=run.organization_id, site_id=run.site_id, contact_id=run.contact_id, agent=run.agent,
            input=run.input, replay_of=run.pk, created_at=now,
        )
        for run in found
    ]  # fmt: skip
    AgentRun.objects.bulk_create(anew)
    wake("agents")
    return len(anew)


def run_batch(*, now: datetime, limit: int) -> int:
    """Do up to `limit` of those that wait; return how many there were."""
    runs = _claimed(now, limit)
    asks = [_ask(run, now) for run in runs]
    ask_all([ask for ask in asks if ask is not None], now=now)
    return len(runs)


def _claimed(now: datetime, limit: int) -> list[AgentRun]:
    with transaction.atomic():
        waiting = AgentRun.objects.filter(status=RunStatus.QUEUED, replay_of__isnull=False).order_by("pk")
        runs = list(waiting.select_for_update(skip_locked=True)[:limit])
        claimed = AgentRun.objects.filter(pk__in=[run.pk for run in runs])
        claimed.update(status=RunStatus.RUNNING, due_at=now + LEASE, attempts=F("attempts") + 1)
    return runs


def _ask(run: AgentRun, now: datetime) -> Ask | None:
    """Return the question of a run; one that its agent no longer understands ends here."""
    try:
        given = read(agents()[run.agent].input_type, run.input)
    except (KeyError, ValidationError):
        with transaction.atomic():
            ended = AgentRun.objects.filter(pk=run.pk)
            ended.update(status=RunStatus.FAILED, error=Reason.STALE, due_at=None, finished_at=now)
            days.count_ended([run.pk])
        return None
    return Ask(
        run.agent, run.organization_id, given, site_id=run.site_id, contact_id=run.contact_id, run_id=run.pk,
        replay_of=run.replay_of,
    )  # fmt: skip
