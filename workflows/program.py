"""The compiled form of a definition, and the few values that `advance` works on.

A program is flat: instructions by their id, each naming where it goes on. An instruction answers with
one of three moves: Go, Rest or End. What has to be done outside are effects, each in its step's file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from berinia.clock import local
from workflows.conditions import Condition
from workflows.entry import EntryRules

NOTHING: Mapping[str, Any] = {}
GOAL = "goal"  # the signal that the goal was reached
EXIT = "exit:"  # how the signals of exits begin
OPT_OUT = "desinscription"  # the event that ends every execution of a contact
# Ends the signal that what is awaited will not come; no step id has this character.
IN_VAIN = "!"
# Ends the id of the instruction that waits for what became of a step's message or call, or for its agent.
OUTCOME = ".issue"
# Before the number of a case: the signal that the answer which an instruction waits for is like that.
CASE = "#"


class Outcome(StrEnum):
    """How an execution ended; the values are those of its status."""

    COMPLETED = "terminee"
    CONVERTED = "convertie"
    STOPPED = "arretee"
    FAILED = "echouee"


class State(NamedTuple):
    """All that the next move of an execution depends on, besides `now`. A tuple: three are made a turn.

    `due_at` is the instant that this turn was planned for; `seen` are the signals received so far. `contact`,
    `event`, `zone` (IANA: the contact's, else the site's) and `messages` (status by step) are there when the
    program reads them.
    """

    at: str
    entered_at: datetime
    started_at: datetime
    due_at: datetime | None = None
    seen: frozenset[str] = frozenset()
    contact: Mapping[str, Any] = NOTHING
    event: Mapping[str, Any] = NOTHING
    outcome: Outcome | None = None
    reason: str = ""
    contact_id: int = 0
    workflow_id: int = 0
    zone: str = "Europe/Paris"
    messages: Mapping[str, str] = NOTHING
    skip_until: datetime | None = None  # messages planned before this instant are passed over

    def facts(self, now: datetime) -> dict[str, Any]:
        """Return what a condition may look at; `now` as the contact's clock shows it, for its hours and days."""
        execution = {"seen": sorted(self.seen), "started_at": self.started_at, "messages": dict(self.messages)}
        return {"contact": self.contact, "event": self.event, "execution": execution, "now": local(now, self.zone)}


class Run(Protocol):
    """Whose effects these are: the row of an execution."""

    id: int
    run: int
    organization_id: int
    site_id: int
    workflow_id: int
    contact_id: int
    event_id: int


class Writer(Protocol):
    """What effects write to. All of it lands in the transaction that moves the execution, or nothing does."""

    now: datetime
    stamp: str  # `now` as rows hold it: written out once, not once a row

    def insert(self, table: str, columns: Sequence[str], row: Sequence[Any]) -> None:
        """Add a row to a table."""

    def text(self, run: Run, template: str) -> str:
        """Write out a line of text in the language of the messages, for this contact."""

    def alert(self, run: Run, key: str, severity: str, title: str) -> None:
        """Alert the operators. The title is in the language of the messages."""

    def revoke(self, run: Run, reason: str) -> None:
        """Take back the messages, calls and questions to agents of an execution that are not yet under way."""

    def update_contact(self, run: Run, tags: tuple[str, ...], fields: tuple[tuple[str, Any], ...]) -> None:
        """Add tags to the contact and set its fields."""

    def move_lead(self, run: Run, stage: str, depth: int) -> None:
        """Move the contact's lead to a stage; `depth`: how many workflows led to this."""

    def emit(self, run: Run, name: str, data: Mapping[str, Any], workflow: str) -> None:
        """Report an event of the contact that starts the workflow of this slug."""

    def wake(self, queue: str) -> None:
        """Wake the drainer of a queue once all is committed."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done outside."""

    def write(self, out: Writer, run: Run) -> None:
        """Write what is to be done."""
        raise NotImplementedError

    def said(self) -> str:
        """Say it in one French line, for simulations."""
        raise NotImplementedError

    def echo(self) -> tuple[timedelta, str] | None:
        """Return what a simulation assumes to come back: after how long, and as which signal."""
        return None


@dataclass(frozen=True, slots=True)
class RevokeMessages(Effect):
    """Take back what is in the outbox and not yet handed over."""

    reason: str

    def write(self, out: Writer, run: Run) -> None:
        out.revoke(run, self.reason)

    def said(self) -> str:
        return "Retirer les messages qui ne sont pas encore partis"


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
    """The execution is over. `at`: the step that a retry of a failed one begins with."""

    outcome: Outcome
    reason: str = ""
    effects: tuple[Effect, ...] = ()
    at: str | None = None


Move = Go | Rest | End


class Instruction(Protocol):
    """One step of a program."""

    @property
    def id(self) -> str:
        """The step's id, perhaps with OUTCOME."""

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
    step: str = ""  # counts only for the execution that the event names, and this step of it

    def is_meant(self, data: Mapping[str, Any], execution: str) -> bool:
        """Tell whether an event that reports on a step is about this one (`execution` is "id/run")."""
        return not self.step or (data.get("etape") == self.step and data.get("execution") == execution)


@dataclass(frozen=True, slots=True)
class Program:
    """A definition, ready to run."""

    first: str
    instructions: Mapping[str, Instruction]
    signals: Mapping[str, tuple[Signal, ...]]  # by event name
    reads: frozenset[str]  # which of `contact`, `event`, `zone` and `messages` its steps look at
    entry: EntryRules = field(default_factory=EntryRules)
    followers: Mapping[str, str] = field(default_factory=dict)  # what comes after each step, whatever its branches
    splits: frozenset[str] = frozenset()  # steps whose branches are reported one by one

    def signals_of(
        self,
        name: str,
        data: Mapping[str, Any],
        *,
        occurred_at: datetime,
        started_at: datetime,
        entry_key: str = "",
        execution: str = "",
    ) -> Iterator[str]:
        """Yield the keys that an event adds to `seen` of an execution (`execution` is its "id/run").

        An event that bears another entry key is about another execution: the end of one call is not that of
        the next. One that bears none is about all of them.
        """
        if self.entry.key_of(data) not in ("", entry_key):
            return
        for signal in self.signals.get(name, ()):
            late = signal.within is not None and occurred_at > started_at + signal.within
            facts = {"event": data, "contact": NOTHING, "execution": NOTHING, "now": occurred_at}
            if late or not signal.is_meant(data, execution):
                continue
            if signal.condition is None or signal.condition.holds(facts):
                yield signal.key


def interrupts(key: str) -> bool:
    """Tell whether a signal ends an execution wherever it stands."""
    return key == GOAL or key.startswith(EXIT)


def step_of(at: str) -> str:
    """Return the id of the step that an instruction belongs to."""
    return at.removesuffix(OUTCOME)


def place_of(key: str) -> str:
    """Return the id of the instruction that a signal is for."""
    return key.removesuffix(IN_VAIN).partition(CASE)[0]
