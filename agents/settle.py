"""Settle: write down what a run came to and cost, and do with the answer what its caller wants, or neither."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from agents import cache, days, ledger
from agents.answer import MODEL, Answer, RulesError, answer, as_stored
from agents.asks import Answered
from agents.models import AgentRun, RunStatus
from agents.prepare import Prepared
from agents.questions import Outcome
from agents.reasons import EFFECTS, RULES
from agents.told import tell_agents
from berinia import tally

logger = logging.getLogger(__name__)

Effects = Callable[[Answered], None]


@dataclass(frozen=True, slots=True)
class _End:
    """What the run's row is to say."""

    status: str
    error: str
    answer: Answer | None = None


def settle(prepared: Prepared, outcome: Outcome, effects: Effects, now: datetime) -> Answered | None:
    """Settle a run in a transaction of its own, in which `effects` is called; None where nothing came of it."""
    try:
        found = answer(prepared.agent, prepared.ask.given, outcome.output, outcome.error)
    except RulesError as error:
        logger.error(
            "%s: the rules raised %s\n%s", prepared.agent.name, error, _where(error.__cause__), extra=_ids(prepared)
        )
        _finish(prepared, outcome, _End(RunStatus.FAILED, f"{RULES}:{error}"), now)
        return None
    answered = _answered(prepared, outcome, found)
    try:
        end = _End(RunStatus.DONE, _why(found, outcome), found)
        if not _finish(prepared, outcome, end, now, lambda: effects(answered)):
            return None
    except Exception as error:  # noqa: BLE001 - one answer that cannot be applied must not stop the others
        name = type(error).__name__
        logger.error(
            "%s: effects of run %d raised %s\n%s", prepared.agent.name, prepared.run_id, name, _where(error),
            extra=_ids(prepared),
        )  # fmt: skip
        _finish(prepared, outcome, _End(RunStatus.FAILED, f"{EFFECTS}:{name}", found), now)
        return None
    _remember(prepared, outcome, found)
    return answered


def _finish(
    prepared: Prepared, outcome: Outcome, end: _End, now: datetime, then: Callable[[], None] = lambda: None
) -> bool:
    """Write the end of a run and what it cost; False where somebody else has the row by now, or it is gone."""
    paid, known = ledger.bill(outcome.attempts, prepared.plan.bounds, now, settings.AGENT_PRICES)
    with transaction.atomic():
        run = AgentRun.objects.select_for_update(of=("self",)).filter(pk=prepared.run_id).first()
        is_ours = run is not None and run.status == RunStatus.RUNNING and run.due_at == prepared.lease
        if run is not None and is_ours:
            _write(run, prepared, outcome, end, known, now)
            is_failed = end.status == RunStatus.FAILED
            tell_agents([(prepared, "error" if is_failed else "completed", run.decided_by or None)])
            then()
            tally.add("agent_runs", {(run.agent, str(run.status), str(run.decided_by)): 1})
        if run is None or is_ours:  # what another took over, it has paid
            ledger.settle(prepared.ask.organization_id, prepared.month, prepared.reserved, paid, _requests(outcome))
        if is_ours:
            days.count_ended([prepared.run_id])
    return is_ours


def _write(run: AgentRun, prepared: Prepared, outcome: Outcome, end: _End, known: int | None, now: datetime) -> None:
    run.status, run.error, run.due_at = end.status, end.error[:300], None
    run.finished_at = now + timedelta(milliseconds=outcome.latency_ms)
    run.requests = _requests(outcome)
    run.tokens_in = sum(attempt.tokens_in for attempt in outcome.attempts)
    run.tokens_out = sum(attempt.tokens_out for attempt in outcome.attempts)
    run.cost_micros, run.reserved_micros, run.latency_ms = known, 0, outcome.latency_ms
    if end.answer is not None:
        run.output, run.guarded = as_stored(end.answer.output), list(end.answer.notes)
        run.decided_by = end.answer.decided_by
        run.model = _model(end.answer, outcome)
        run.is_cached = prepared.plan.known is not None
    run.save()


def _answered(prepared: Prepared, outcome: Outcome, found: Answer) -> Answered:
    model = _model(found, outcome)
    return Answered(
        prepared.ask, prepared.run_id, found.output, found.decided_by, model, found.error, tuple(found.notes)
    )


def _model(found: Answer, outcome: Outcome) -> str:
    return outcome.model if found.decided_by == MODEL else ""


def _why(found: Answer, outcome: Outcome) -> str:
    """Return why no model answered; where one did, why the one before it did not."""
    return found.error or next((attempt.error for attempt in outcome.attempts if attempt.error), "")


def _remember(prepared: Prepared, outcome: Outcome, found: Answer) -> None:
    if found.decided_by == MODEL and outcome.output is not None and outcome.attempts and prepared.plan.cache_key:
        cache.remember(prepared.plan.cache_key, outcome.output, outcome.model)


def _requests(outcome: Outcome) -> int:
    return sum(attempt.requests for attempt in outcome.attempts)


def _ids(prepared: Prepared) -> dict[str, object]:
    """Return what a line about this run says that it is about."""
    return {"agent_run": prepared.run_id, "organization": prepared.ask.organization_id}


def _where(error: Any) -> str:
    """Return where in the code: the exception's own text may quote what a contact wrote."""
    return "".join(traceback.format_tb(error.__traceback__))
