"""The compiled form of a definition, and the few values that `advance` works on.

A program is flat: instructions by their step id, each naming where it goes on. An instruction
answers with one of three moves: Go, Rest or End.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from workflows.conditions import Condition
from workflows.entry import EntryRules

NOTHING: Mapping[str, Any] = {}
GOAL = "goal"  # the signal that the goal was reached
EXIT = "exit:"  # how the signals of exits begin
OPT_OUT = "desinscription"  # the event that ends every execution of a contact


class Outcome(StrEnum):
    """How an execution ended; the values are those of its status."""

    COMPLETED = "terminee"
    CONVERTED = "convertie"
    STOPPED = "arretee"


@dataclass(frozen=True, slots=True)
class State:
    """All that the next move of an execution depends on, besides `now`.

    `due_at` is the instant that this turn was planned for; `seen` are the signals received so far;
    `contact` and `event` are there when the program reads them.
    """

    at: str
    entered_at: datetime
    started_at: datetime
    due_at: datetime | None = None
    seen: frozenset[str] = frozenset()
    contact: Mapping[str, Any] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    reason: str = ""

    def facts(self, now: datetime) -> dict[str, Any]:
        """Return what a condition may look at."""
        execution = {"seen": sorted(self.seen), "started_at": self.started_at}
        return {"contact": self.contact, "event": self.event, "execution": execution, "now": now}


class Effect:
    """Something to be done outside, written in the transaction that moves the execution."""


@dataclass(frozen=True, slots=True)
class SendMessage(Effect):
    """Put a message into the outbox."""

    step: str
    channel: str
    template: str
    category: str
    useful_until: datetime


@dataclass(frozen=True, slots=True)
class NotifyOperators(Effect):
    """Alert the operators; the text may use {{ contact.nom }} and the like."""

    step: str
    text: str
    severity: str


@dataclass(frozen=True, slots=True)
class UpdateContact(Effect):
    """Add tags to the contact and set fields of it."""

    tags: tuple[str, ...]
    fields: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RevokeMessages(Effect):
    """Take back what is in the outbox and not yet handed over."""

    reason: str


@dataclass(frozen=True, slots=True)
class Go:
    """On to another step, at once. `contact` replaces the contact's facts from here on."""

    to: str
    effects: tuple[Effect, ...] = ()
    detail: str = ""
    contact: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do before this instant, unless a signal comes."""

    until: datetime


@dataclass(frozen=True, slots=True)
class End:
    """The execution is over."""

    outcome: Outcome
    reason: str = ""
    effects: tuple[Effect, ...] = ()


Move = Go | Rest | End


class Instruction(Protocol):
    """One step of a program."""

    @property
    def id(self) -> str:
        """The step's id."""

    @property
    def kind(self) -> str:
        """The step's kind: the keyword that it is written with."""

    def move(self, state: State, now: datetime) -> Move:
        """Say what happens at this step. Pure."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What an event means to the executions of a program."""

    key: str
    condition: Condition | None = None
    within: timedelta | None = None  # counts only this long after the start


@dataclass(frozen=True, slots=True)
class Program:
    """A definition, ready to run."""

    first: str
    instructions: Mapping[str, Instruction]
    signals: Mapping[str, tuple[Signal, ...]]  # by event name
    reads: frozenset[str]  # which of `contact` and `event` its steps look at
    entry: EntryRules = field(default_factory=EntryRules)

    def signals_of(
        self, name: str, data: Mapping[str, Any], *, occurred_at: datetime, started_at: datetime, entry_key: str = ""
    ) -> Iterator[str]:
        """Yield the keys that an event adds to `seen` of an execution.

        An event that bears another entry key is about another execution: the end of one call is not that of
        the next. One that bears none is about all of them.
        """
        if self.entry.key_of(data) not in ("", entry_key):
            return
        for signal in self.signals.get(name, ()):
            late = signal.within is not None and occurred_at > started_at + signal.within
            facts = {"event": data, "contact": NOTHING, "execution": NOTHING, "now": occurred_at}
            if not late and (signal.condition is None or signal.condition.holds(facts)):
                yield signal.key


def interrupts(key: str) -> bool:
    """Tell whether a signal ends an execution wherever it stands."""
    return key == GOAL or key.startswith(EXIT)
