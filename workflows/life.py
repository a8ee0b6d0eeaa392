"""The life of one execution in virtual time: the same `advance` as in production, with a clock that jumps. Pure.

What is there of the engine's tables and drainers is here as a few rules: an event is heard before the turn of the
same instant, and wakes only where it matters; what effects ask for answers as `Assumptions` say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from communications.policy import Refusal
from workflows.advance import EndlessProgramError, Transition, advance
from workflows.channels import ADDRESSES
from workflows.program import IN_VAIN, Effect, Program, State, interrupts
from workflows.steps.send import SendMessage

# No program rests more often than it has instructions and hears signals; this is far above both.
TURNS = 5_000
# `execution` of an event that reports on a step, which need not say so: this is the only one.
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken to come back from outside.

    `fails`: the steps whose message or call does not arrive. `told`: those of whose outcome the scenario's own events
    tell, so that nothing is assumed. `delay`: after how long an answer comes; None: as each
    effect says. `status`: what becomes of a message that goes out. `blocked`: channels on which nothing may be sent
    to this contact, and why; `unsolicited`: those on which nothing commercial may be.
    """

    fails: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    delay: timedelta | None = None
    status: str = "delivered"
    blocked: Mapping[str, Refusal] = field(default_factory=dict)
    unsolicited: Mapping[str, Refusal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of the contact came: the signals that it left, of which `fresh` are new."""

    at: datetime
    name: str
    data: Mapping[str, Any]
    keys: tuple[str, ...]
    fresh: frozenset[str]
    before: State


@dataclass(frozen=True, slots=True)
class Echoed:
    """What a step asked for has answered, as it was assumed to."""

    at: datetime
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Turned:
    """The execution was looked at: from `before`, it took this turn."""

    at: datetime
    before: State
    turn: Transition


Happening = Heard | Echoed | Turned


@dataclass(slots=True)
class Life:
    """One execution, from its start on. `until` lets time pass, `hear` brings an event."""

    program: Program
    state: State
    entry_key: str = ""
    assume: Assumptions = field(default_factory=Assumptions)
    turns: int = 0
    _order: int = 0  # of echoes that come at one instant
    _echoes: list[tuple[datetime, int, frozenset[str]]] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        program: Program,
        now: datetime,
        *,
        contact: Mapping[str, Any],
        event: Mapping[str, Any],
        zone: str,
        contact_id: int = 0,
        workflow_id: int = 0,
        assume: Assumptions | None = None,
    ) -> "Life":
        """Begin an execution at the first step. `event` is the data of the event that starts it."""
        state = State(
            program.first, now, now, now, contact=contact, event=event, zone=zone, contact_id=contact_id,
            workflow_id=workflow_id,
        )  # fmt: skip
        return cls(program, state, program.entry.key_of(event), assume or Assumptions())

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return self.state.outcome is not None

    @property
    def due(self) -> datetime | None:
        """The instant of what happens next by itself; None when it is over."""
        if self.is_over or self.state.due_at is None:
            return None
        return min(self.state.due_at, self._echoes[0][0]) if self._echoes else self.state.due_at

    def until(self, instant: datetime | None = None) -> Iterator[Happening]:
        """Let everything happen that is due before an instant; None: up to the end. Raises what `advance` raises."""
        while (due := self.due) is not None and (instant is None or due < instant):
            if self._echoes and self._echoes[0][0] <= due:
                yield self._echo()
            else:
                yield self._turn(due)

    def hear(self, name: str, data: Mapping[str, Any], now: datetime, occurred_at: datetime | None = None) -> Heard:
        """Take in an event of the contact. `until(now)` comes first."""
        before = self.state
        keys = tuple(self.program.signals_of(
            name, {"execution": NOBODY, **data}, occurred_at=occurred_at or now, started_at=before.started_at,
            entry_key=self.entry_key, execution=NOBODY,
        ))  # fmt: skip
        fresh = frozenset(keys) - before.seen
        if before.outcome is None:
            self.signal(fresh, now)
        return Heard(now, name, data, keys, fresh, before)

    def signal(self, keys: frozenset[str], now: datetime) -> None:
        """Leave signals; one that matters where the execution stands makes it due."""
        if not keys:
            return
        due = self.state.due_at
        if due is not None and (self.state.at in keys or any(interrupts(key) for key in keys)):
            due = min(due, now)
        self.state = self.state._replace(seen=self.state.seen | keys, due_at=due)

    def _echo(self) -> Echoed:
        at, _order, keys = heappop(self._echoes)
        self.signal(keys - self.state.seen, at)
        return Echoed(at, keys)

    def _turn(self, now: datetime) -> Turned:
        self.turns += 1
        if self.turns > TURNS:
            raise EndlessProgramError(self.state.at)
        before = self.state
        turn = advance(self.program, before, now)
        messages = {step: status for effect in turn.effects for step, status in self._assume(effect, now)}
        self.state = turn.state._replace(messages={**before.messages, **messages}) if messages else turn.state
        return Turned(now, before, turn)

    def _assume(self, effect: Effect, now: datetime) -> Iterator[tuple[str, str]]:
        """Take note of what an effect will bring back; yield the step of a message and what becomes of it."""
        step = getattr(effect, "step", "")
        refused = self.refusal(effect)
        is_lost = refused is not None or step in self.assume.fails
        if isinstance(effect, SendMessage):
            yield step, "suppressed" if refused else "failed" if is_lost else self.assume.status
        if (echo := effect.echo()) and step not in self.assume.told:
            delay, key = echo
            keys = frozenset({key, key + IN_VAIN}) if is_lost else frozenset({key})
            at = now + (delay if self.assume.delay is None else self.assume.delay)
            self._order += 1
            heappush(self._echoes, (at, self._order, keys))

    def refusal(self, effect: Effect) -> Refusal | None:
        """Say why an effect is a message that would not go out, or None."""
        if not isinstance(effect, SendMessage):
            return None
        if not self.state.contact.get(ADDRESSES[effect.channel]):
            return Refusal.NO_ADDRESS
        if refused := self.assume.blocked.get(effect.channel):
            return refused
        return self.assume.unsolicited.get(effect.channel) if effect.category == "marketing" else None
