"""Ledger: set an upper bound aside before a call, and pay what it really took after it.

A month's row is locked for a moment only, and last: whoever holds it waits for nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from agents import days
from agents.budget import Month, affordable
from agents.models import AgentRun, BudgetMonth, RunStatus
from agents.prices import REQUESTS, Prices, cost
from agents.questions import Attempt
from agents.reasons import Reason

# Runs whose worker died, at once.
MOST = 200


def month_of(now: datetime) -> date:
    """Return the month that pays, by its first day (UTC)."""
    return now.date().replace(day=1)


def reserve(organization_id: int, month: date, bounds: Sequence[int], budget: int) -> tuple[int, int]:
    """Set aside what the first models may cost; return how many of them the budget allows, and what that took.

    In the transaction of the run that says so.
    """
    BudgetMonth.objects.bulk_create([BudgetMonth(organization_id=organization_id, month=month)], ignore_conflicts=True)
    row = BudgetMonth.objects.select_for_update().get(organization_id=organization_id, month=month)
    count = affordable(Month(budget, row.spent_micros, row.reserved_micros), bounds)
    taken = sum(bounds[:count])
    if taken:
        row.reserved_micros += taken
        row.save(update_fields=["reserved_micros"])
    return count, taken


def settle(organization_id: int, month: date | None, reserved: int, spent: int, calls: int = 0) -> None:
    """Give back what was set aside, and write down what was spent."""
    if month is None or not (reserved or spent or calls):
        return
    BudgetMonth.objects.filter(organization_id=organization_id, month=month).update(
        reserved_micros=Greatest(F("reserved_micros") - reserved, 0),
        spent_micros=F("spent_micros") + spent, calls=F("calls") + calls,
    )  # fmt: skip


def bill(attempts: Sequence[Attempt], bounds: Mapping[str, int], now: datetime, own: Prices) -> tuple[int, int | None]:
    """Return what the budget pays, and what is known to have been spent: None where part of it is not known.

    A request of which no tokens are known is paid at its upper bound: it may have been made.
    """
    paid, is_known = 0, True
    for attempt in attempts:
        known = cost(attempt.model, attempt.tokens_in, attempt.tokens_out, now, own)
        is_known = is_known and known is not None and not attempt.unmeasured
        paid += (known or 0) + attempt.unmeasured * -(-bounds.get(attempt.model, 0) // REQUESTS)
    return paid, paid if is_known else None


def forfeit(run: AgentRun) -> None:
    """Count as spent what a run had set aside when its worker died: nobody knows better. The run is not saved."""
    settle(run.organization_id, run.month, run.reserved_micros, run.reserved_micros)
    run.reserved_micros = 0


def reclaim(now: datetime) -> int:
    """End the runs whose worker died: what they had set aside counts as spent. Return how many there were.

    Those of a workflow's step wait for whoever takes them up; the others have failed.
    """
    abandoned = Q(execution_id__isnull=True) | Q(reserved_micros__gt=0)
    lost = AgentRun.objects.filter(abandoned, status=RunStatus.RUNNING, due_at__lte=now)
    with transaction.atomic():
        runs = list(lost.select_for_update(skip_locked=True)[:MOST])
        for run in sorted(runs, key=lambda run: (run.organization_id, run.month or date.min)):
            forfeit(run)
            if run.execution_id is None:
                run.status, run.error, run.finished_at = RunStatus.FAILED, Reason.ABANDONED, now
                run.due_at = None
            run.save(update_fields=["reserved_micros", "status", "error", "finished_at", "due_at"])
        days.count_ended([run.pk for run in runs if run.status == RunStatus.FAILED])
    return len(runs)
