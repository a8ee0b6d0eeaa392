"""Run: ask agents, and write down what they answered and what it cost.

Three parts: `prepare` reads and reserves in the database, `perform` calls the model in a thread without the
database, `settle` writes the AgentRun, the ledger and, in the same transaction, what the caller does with the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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


def ask_all(
    asks: Sequence[Ask], *, now: datetime, effects: Callable[[Answered], None] = lambda answered: None
) -> list[Answered]:
    """Ask agents side by side. Each answer is settled in a transaction of its own, in which `effects` is called."""
    raise AssertionError
