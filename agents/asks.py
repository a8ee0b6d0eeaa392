"""Asks: what is put to an agent, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to an agent. `run_id` names the AgentRun that is waiting for it; None: one is made."""

    agent: str
    organization_id: int
    given: BaseModel
    site_id: int | None = None
    contact_id: int | None = None
    run_id: int | None = None
    subject: Any = None  # the caller's own: comes back with the answer
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it, guarded. `decided_by` is `model` or `rules`; `error` says why no model did, if one was to."""

    ask: Ask
    run_id: int
    output: Any
    decided_by: str
    model: str = ""
    error: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
