"""Prepare: before a model is asked, find out whether it may be, write the run down and set its price aside."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from pydantic import BaseModel

from agents import cache, ledger, prices, prompts
from agents.access import configured
from agents.agent import Agent, agents
from agents.answer import as_stored
from agents.asks import Ask
from agents.budget import micros
from agents.models import AgentRun, AgentSettings, RunStatus
from agents.prompts import Prompt
from agents.questions import Question, schema_bytes
from agents.reasons import PROMPT, Reason
from agents.routing import models_for

OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is asked what. Without models, `reason` says why."""

    models: Sequence[str] = ()
    reason: str = ""
    prompt: Prompt | None = None
    bounds: Mapping[str, int] = field(default_factory=dict)  # what each may cost at most
    budget: int = 0
    cache_key: str = ""
    known: tuple[BaseModel, str] | None = None  # a remembered answer, and whose it was


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is written down. `lease` tells it from a later attempt at the same row."""

    ask: Ask
    agent: Agent[Any, Any]
    plan: Plan
    run_id: int
    lease: datetime
    month: date
    reserved: int

    @property
    def question(self) -> Question:
        """What the models are asked."""
        assert self.plan.prompt is not None
        prompt, agent = self.plan.prompt, self.agent
        return Question(agent.name, prompt.instructions, prompt.data, agent.output_type, agent.max_tokens)


def prepare(ask: Ask, *, now: datetime, lease: datetime) -> Prepared | None:
    """Write a run down as begun; None where its row is gone, or no longer waits."""
    agent = agents()[ask.agent]
    plan = plan_for(ask, agent, now)
    with transaction.atomic():
        run = _row(ask, now)
        if run is None:
            return None
        month, reserved = ledger.month_of(now), 0
        if plan.bounds and plan.known is None:
            count, reserved = ledger.reserve(ask.organization_id, month, list(plan.bounds.values()), plan.budget)
            plan = replace(plan, models=plan.models[:count], reason="" if count else Reason.BUDGET)
        _begin(run, ask, plan, lease, month, reserved)
    return Prepared(ask, agent, plan, run.pk, lease, month, reserved)


def plan_for(ask: Ask, agent: Agent[Any, Any], now: datetime) -> Plan:
    """Return which models may be asked what, or why none."""
    own = AgentSettings.objects.filter(organization_id=ask.organization_id).first()
    if own is not None and not own.uses_models:
        return Plan(reason=Reason.SWITCHED_OFF)
    wanted = models_for(own.model_names if own else (), settings.AGENT_MODELS, configured())
    if not wanted:
        return Plan(reason=Reason.NO_MODEL)
    try:
        prompt = prompts.render(agent, ask.given)
    except Exception as error:  # noqa: BLE001 - a mistake in a prompt must not stop what the rules can do
        return Plan(reason=f"{PROMPT}:{type(error).__name__}")
    bounds = _bounds(wanted, prompt, agent, now)
    if not bounds:
        return Plan(reason=Reason.NO_PRICE, prompt=prompt)
    models = list(bounds)
    name = cache.key(ask.organization_id, agent, prompt, models) if agent.is_cached else ""
    known = cache.look_up(name, agent.output_type) if name and ask.replay_of is None else None
    return Plan(models, "", prompt, bounds, budget_of(own), name, known)


def budget_of(own: AgentSettings | None) -> int:
    """Return what an organization may spend in a month, in millionths of a dollar."""
    limit = own.monthly_budget if own is not None and own.monthly_budget is not None else None
    return micros(float(limit) if limit is not None else settings.AGENT_MONTHLY_BUDGET_DOLLARS)


def input_hash(stored: Any) -> str:
    """Return the same text for the same input."""
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def _bounds(models: Sequence[str], prompt: Prompt, agent: Agent[Any, Any], now: datetime) -> dict[str, int]:
    """Return what each model may cost at most; those whose price is not known are left out."""
    size = len((prompt.instructions + prompt.data).encode()) + schema_bytes(agent.output_type)
    found = {name: prices.bound(name, size, agent.max_tokens, now, settings.AGENT_PRICES) for name in models}
    return {name: bound for name, bound in found.items() if bound is not None}


def _row(ask: Ask, now: datetime) -> AgentRun | None:
    """Return the run, locked, without what an earlier attempt at it had set aside; a new one is not saved yet."""
    if ask.run_id is None:
        return AgentRun(
            organization_id=ask.organization_id, site_id=ask.site_id, contact_id=ask.contact_id, agent=ask.agent,
            replay_of=ask.replay_of, created_at=now, attempts=1,
        )  # fmt: skip
    waiting = AgentRun.objects.filter(pk=ask.run_id, organization_id=ask.organization_id, status__in=OPEN)
    run = waiting.select_for_update(of=("self",)).first()
    if run is not None and run.reserved_micros:
        ledger.forfeit(run)
    return run


def _begin(run: AgentRun, ask: Ask, plan: Plan, lease: datetime, month: date, reserved: int) -> None:
    run.status, run.due_at = RunStatus.RUNNING, lease
    run.input = as_stored(ask.given)
    run.input_hash = input_hash(run.input)
    run.prompt_version = plan.prompt.version if plan.prompt else ""
    run.month, run.reserved_micros = month, reserved
    run.save()
