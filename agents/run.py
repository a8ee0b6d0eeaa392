"""Run: ask agents, and write down what they answered and what it cost.

Three parts: `prepare` reads and reserves in the database, `perform` calls the model in a thread without the
database, `settle` writes the AgentRun, the ledger and, in the same transaction, what the caller does with the answer.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError

from agents import ledger
from agents.asks import Answered, Ask
from agents.prepare import Prepared, prepare
from agents.questions import Outcome
from agents.settle import settle
from agents.told import tell_agents
from berinia.health import beats
from berinia.logs import about

logger = logging.getLogger(__name__)

__all__ = ["Answered", "Ask", "ask_all"]

# Well within what /healthz calls silent.
BEAT_SECONDS = 2.0
# What a run takes besides its calls, generously: a lease that ends too soon lets another ask again.
MARGIN = timedelta(seconds=60)


def ask_all(
    asks: Sequence[Ask], *, now: datetime, effects: Callable[[Answered], None] = lambda answered: None
) -> list[Answered]:
    """Ask agents side by side. Each answer is settled in a transaction of its own, in which `effects` is called.

    Return the answers in the order of the asks, without those that failed (their AgentRun says why) and without
    those whose run is gone, or was taken over by another.
    """
    ledger.reclaim(now)
    lease = now + _longest(len(asks))
    prepared = [_prepared(ask, now, lease) for ask in asks]
    tell_agents((each, "started", None) for each in prepared if each is not None)
    answered: dict[int, Answered | None] = {}
    for number, outcome in perform(prepared):
        begun = prepared[number]
        assert begun is not None
        answered[number] = settle(begun, outcome, effects, now)
    in_order = (answered.get(number) for number in range(len(asks)))
    return [each for each in in_order if each is not None]


def _prepared(ask: Ask, now: datetime, lease: datetime) -> Prepared | None:
    try:
        return prepare(ask, now=now, lease=lease)
    except IntegrityError:
        logger.info("%s: whom it is about was erased meanwhile", ask.agent)
        return None


def perform(prepared: Sequence[Prepared | None]) -> Iterator[tuple[int, Outcome]]:
    """Yield what came of each run, by its number, as it comes: first those that need no model."""
    asked: list[int] = []
    for number, each in enumerate(prepared):
        if each is None:
            continue
        if each.plan.known is not None:
            yield number, Outcome(*each.plan.known)
        elif each.plan.reason:
            yield number, Outcome(None, error=each.plan.reason)
        else:
            asked.append(number)
    if asked:
        yield from _side_by_side({number: prepared[number] for number in asked})  # type: ignore[misc]


def _side_by_side(prepared: dict[int, Prepared]) -> Iterator[tuple[int, Outcome]]:
    pool = ThreadPoolExecutor(min(settings.AGENT_CALLS, len(prepared)), "agents")
    try:
        waiting = {pool.submit(_ask, each): number for number, each in prepared.items()}
        while waiting:
            done: set[Future[Outcome]]
            done, _rest = wait(waiting, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
            beats("agents")
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _ask(prepared: Prepared) -> Outcome:
    """Ask the models of a run. In a thread: no database."""
    from agents import llm  # 40 MB and a second, for the one process that asks

    with about(agent_run=prepared.run_id, organization=prepared.ask.organization_id):
        return llm.ask(
            prepared.plan.models, prepared.question,
            timeout=settings.AGENT_TIMEOUT_SECONDS, run_timeout=settings.AGENT_RUN_TIMEOUT_SECONDS,
        )  # fmt: skip


def _longest(count: int) -> timedelta:
    """Return how long so many runs may take, some waiting for others."""
    rounds = -(-count // settings.AGENT_CALLS)
    return timedelta(seconds=settings.AGENT_RUN_TIMEOUT_SECONDS) * rounds + MARGIN
