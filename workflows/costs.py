"""Costs: what one contact costs in a workflow, along its usual courses and at the most. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.advance import EndlessProgramError
from workflows.channels import CHANNELS
from workflows.compile import compile_definition
from workflows.conditions import TEXT
from workflows.definition import Definition
from workflows.life import Life, Turned
from workflows.program import NOTHING, Program, State
from workflows.spoken import LOOKED_AT
from workflows.steps.base import Step
from workflows.steps.send import SendMessage
from workflows.steps.stop import Stop

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)  # a Tuesday: the instant changes nothing but the hours
MOMENT = timedelta(microseconds=1)
BOTH: Mapping[str, Any] = {
    "nom": "Camille Martin", "email": "camille.martin@exemple.fr", "telephone": "+33612345678", "etiquettes": [],
    "champs": {}, "lead": {"qualite": "", "score": -1, "etape": "", "statut": ""},
}  # fmt: skip
# The contacts that there are, as far as steps tell them apart: each address may be missing.
CONTACTS: tuple[Mapping[str, Any], ...] = (BOTH, {**BOTH, "email": ""}, {**BOTH, "telephone": ""})
# Conditions about nothing else hold for a contact or do not; of any other, both are possible.
ADDRESSES = frozenset({"contact.email", "contact.telephone"})


@dataclass(frozen=True, slots=True)
class Price:
    """What one message takes: its segments (0 unless it is an SMS) and euros."""

    segments: int
    euros: float


Prices = Callable[[str, str], Price]  # by template and channel


@dataclass(frozen=True, slots=True)
class Cost:
    """What one contact costs: messages by channel, the segments of the SMS, euros."""

    messages: Mapping[str, int] = field(default_factory=dict)
    segments: int = 0
    euros: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        """Return what both cost together."""
        channels = [name for name in CHANNELS if name in self.messages or name in other.messages]
        counts = {name: self.messages.get(name, 0) + other.messages.get(name, 0) for name in channels}
        return Cost(counts, self.segments + other.segments, self.euros + other.euros)

    @property
    def weight(self) -> tuple[float, int, int]:
        """By what one cost is more than another: euros, segments, messages."""
        return round(self.euros, 6), self.segments, sum(self.messages.values())

    @classmethod
    def of(cls, channel: str, price: Price) -> "Cost":
        """Return the cost of one message."""
        return cls({channel: 1}, price.segments, price.euros)


@dataclass(frozen=True, slots=True)
class Departure:
    """A message of a course: of which step, and how long after the start."""

    step: str
    channel: str
    template: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Costs:
    """One contact of a workflow: when nothing comes, when all that is awaited comes, and at the most."""

    silent: Cost
    answered: Cost
    most: Cost


def costs(definition: Definition, sector: str, prices: Prices) -> Costs:
    """Return what one contact costs. Raises EndlessProgramError."""
    quiet, loud = course(definition, sector), course(definition, sector, is_answered=True)
    return Costs(total(quiet, prices), total(loud, prices), most(definition, sector, prices))


def total(departures: Sequence[Departure], prices: Prices) -> Cost:
    """Return what the messages of a course cost."""
    found = Cost()
    for departure in departures:
        found += Cost.of(departure.channel, prices(departure.template, departure.channel))
    return found


# --- a course ------------------------------------------------------------------------------------------------


def course(definition: Definition, sector: str, *, is_answered: bool = False) -> list[Departure]:
    """Return the messages to a contact with both addresses who agreed to all, in their order.

    Nothing else happens; with `is_answered`, each event that a step waits for comes half way through its delay (the
    goal does not). Raises EndlessProgramError.
    """
    program = compile_definition(definition, sector)
    life = Life.begin(program, START, contact=BOTH, event=NOTHING, zone="Europe/Paris")
    awaited = _awaited(program) if is_answered else frozenset()
    found: list[Departure] = []
    while (due := life.due) is not None:
        for happening in life.until(due + MOMENT):
            if isinstance(happening, Turned):
                found += _departures(happening)
        _answer(life, awaited)
    return found


def _awaited(program: Program) -> frozenset[str]:
    """Return the places at which an execution rests until an event of the contact comes."""
    places = {signal.key for signals in program.signals.values() for signal in signals if not signal.step}
    return frozenset(places & set(program.instructions))


def _answer(life: Life, awaited: frozenset[str]) -> None:
    state = life.state
    if state.at in awaited and state.at not in state.seen and state.due_at is not None:
        life.signal(frozenset({state.at}), state.entered_at + (state.due_at - state.entered_at) / 2)


def _departures(turned: Turned) -> Iterator[Departure]:
    for effect in turned.turn.effects:
        if isinstance(effect, SendMessage):
            yield Departure(effect.step, effect.channel, effect.template, turned.at - START)


# --- at the most -------------------------------------------------------------------------------------------


def most(definition: Definition, sector: str, prices: Prices) -> Cost:
    """Return what the contact costs who takes, of all branches, those that send the most.

    Messages are counted once: a retry by an operator, or a workflow that a step starts, is not in it.
    """
    return max((_Dearest(contact, sector, prices).of(definition.steps) for contact in CONTACTS), key=_weight)


def _weight(cost: Cost | None) -> tuple[float, int, int]:
    return (-1.0, -1, -1) if cost is None else cost.weight


@dataclass(frozen=True, slots=True)
class _Ways:
    """The dearest way through some steps that goes on behind them, and the dearest that ends in them."""

    on: Cost | None
    over: Cost | None = None

    def plus(self, cost: Cost) -> "_Ways":
        return _Ways(*(None if way is None else cost + way for way in (self.on, self.over)))


@dataclass(frozen=True, slots=True)
class _Dearest:
    contact: Mapping[str, Any]
    sector: str
    prices: Prices

    def of(self, steps: Sequence[Step]) -> Cost:
        ways = self._through(steps)
        return max((way for way in (ways.on, ways.over) if way is not None), key=_weight, default=Cost())

    def _through(self, steps: Sequence[Step]) -> _Ways:
        on: Cost | None = Cost()
        over: Cost | None = None
        for step in steps:
            assert on is not None
            ways = self._step(step).plus(on)
            over, on = max(over, ways.over, key=_weight), ways.on
            if on is None:
                break
        return _Ways(on, over)

    def _step(self, step: Step) -> _Ways:
        is_sure = self._is_taken(step)
        if is_sure is False:
            return _Ways(Cost())
        own = self._own(step)
        ways = _Ways(None, own) if isinstance(step, Stop) else self._branches(step).plus(own)
        return ways if is_sure else _Ways(max(ways.on, Cost(), key=_weight), ways.over)

    def _is_taken(self, step: Step) -> bool | None:
        """Tell whether a step is taken by this contact; None: that depends."""
        if step.only_if is None:
            return True
        looked_at = set(LOOKED_AT.findall(TEXT.sub("''", step.only_if.source)))
        if not looked_at or not looked_at <= ADDRESSES:
            return None
        state = State("", START, START, contact=self.contact)
        return step.only_if.holds(state.facts(START))

    def _own(self, step: Step) -> Cost:
        """Return what a step's own messages cost; one that has no address is not sent."""
        found = Cost()
        for need in step.needs(self.sector):
            if need.kind == "template" and self.contact[CHANNELS[need.channel].address]:
                found += Cost.of(need.channel, self.prices(need.name, need.channel))
        return found

    def _branches(self, step: Step) -> _Ways:
        """Return the dearest branch; straight on is one too, unless each of several has steps of its own."""
        parts = list(step.parts().values())
        ways = [self._through(inner) for inner in parts if inner]
        if len(ways) < 2 or len(ways) < len(parts):
            ways.append(_Ways(Cost()))
        return _Ways(max((w.on for w in ways), key=_weight), max((w.over for w in ways), key=_weight))


__all__ = ["Cost", "Costs", "Departure", "EndlessProgramError", "Price", "Prices", "costs", "course", "most", "total"]
