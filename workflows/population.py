"""Population: many simulated contacts over a day, and what goes out when. Pure; the same for the same seed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from workflows.definition import Definition
from workflows.entry import History, refuse
from workflows.life import Assumptions, Life, Turned
from workflows.program import GOAL, Outcome, Program
from workflows.steps.send import SendMessage
from workflows.windows import instant_of

# The share of conversions that is reckoned with when the goal names no target.
USUAL_TARGET = 0.3


@dataclass(frozen=True, slots=True)
class Chance:
    """An event that a part (0 to 1) of the contacts report, at a random instant this long after their start.

    `keys`: the signals that it leaves, whatever its data; none: what the program makes of it.
    """

    event: str
    probability: float
    within: timedelta
    data: Mapping[str, Any] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who comes: so many contacts, alike but for their draws, evenly over the opening hours of one day."""

    size: int
    day: date
    contact: Mapping[str, Any]
    chances: Sequence[Chance] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    opens: time = time(9)
    closes: time = time(18)
    zone: str = "Europe/Paris"
    seed: int = 0
    workflow_id: int = 0
    assume: Assumptions = field(default_factory=Assumptions)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of a crowd: when, and which."""

    at: datetime
    channel: str
    template: str


@dataclass(slots=True)
class Volume:
    """What a crowd causes. `refused`: contacts that the entry rules kept out; `events`: what was reported."""

    started: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    kept_back: Counter[str] = field(default_factory=Counter)  # messages by refusal
    sent: list[Sent] = field(default_factory=list)
    turns: int = 0
    ends_at: datetime | None = None

    @property
    def conversion(self) -> float | None:
        """Which part (0 to 1) of those that started reached the goal."""
        return self.outcomes[Outcome.CONVERTED] / self.started if self.started else None


def usual_chances(definition: Definition) -> tuple[Chance, ...]:
    """Return what is reckoned with when nothing is said: the goal is reached as often as is hoped for.

    Nothing else comes: every other wait times out. The goal's own condition is taken to hold.
    """
    goal = definition.goal
    if goal is None:
        return ()
    target = USUAL_TARGET if goal.target is None else goal.target
    return (Chance(goal.event, target, goal.within, keys=frozenset({GOAL})),)


def populate(program: Program, crowd: Crowd) -> Volume:
    """Let each contact of a crowd live through the program. Raises what `advance` raises."""
    random = Random(crowd.seed)  # noqa: S311 - a simulation, the same for the same seed
    opens = instant_of(crowd.day, crowd.opens, crowd.zone)
    span = (instant_of(crowd.day, crowd.closes, crowd.zone) - opens).total_seconds()
    arrivals = sorted(random.uniform(0, span) for _ in range(crowd.size))
    volume = Volume()
    for number, seconds in enumerate(arrivals, start=1):
        now = opens + timedelta(seconds=round(seconds))
        events = _events(crowd.chances, random, now)
        if refused := refuse(program.entry, History(started_today=volume.started), now):
            volume.refused[refused] += 1
            continue
        volume.started += 1
        life = Life.begin(
            program, now, contact=crowd.contact, event=crowd.data, zone=crowd.zone, contact_id=number,
            workflow_id=crowd.workflow_id, assume=crowd.assume,
        )  # fmt: skip
        _live(life, events, volume)
    volume.sent.sort(key=lambda sent: sent.at)
    return volume


def _events(chances: Iterable[Chance], random: Random, start: datetime) -> list[tuple[datetime, Chance]]:
    """Draw what one contact reports. Both numbers are drawn in any case: one chance does not shift the others."""
    drawn = [(random.random(), random.random(), chance) for chance in chances]
    events = [
        (start + timedelta(seconds=round(when * chance.within.total_seconds())), chance)
        for luck, when, chance in drawn
        if luck < chance.probability
    ]
    return sorted(events, key=lambda event: event[0])


def _live(life: Life, events: Iterable[tuple[datetime, Chance]], volume: Volume) -> None:
    for at, chance in events:
        _pass(life, at, volume)
        if life.is_over:
            break
        volume.events[chance.event] += 1
        if chance.keys:
            life.signal(chance.keys, at)
        else:
            life.hear(chance.event, chance.data, at)
    _pass(life, None, volume)
    assert life.state.outcome is not None
    volume.outcomes[life.state.outcome] += 1
    volume.turns += life.turns


def _pass(life: Life, until: datetime | None, volume: Volume) -> None:
    for happening in life.until(until):
        if not isinstance(happening, Turned):
            continue
        volume.ends_at = max(volume.ends_at or happening.at, happening.at)
        for effect in happening.turn.effects:
            if isinstance(effect, SendMessage):
                if refused := life.refusal(effect):
                    volume.kept_back[refused] += 1
                else:
                    volume.sent.append(Sent(happening.at, effect.channel, effect.template))


@dataclass(frozen=True, slots=True)
class Rush:
    """The busiest minute of a channel, and how long the last in line waits at a provider's pace."""

    per_minute: int
    at: datetime | None
    longest_wait: timedelta


def rush(units: Sequence[tuple[datetime, int]], per_second: float) -> Rush:
    """Return the rush of what goes out: instants in their order, each with its units (segments, or 1)."""
    minutes: defaultdict[datetime, int] = defaultdict(int)
    free_at: datetime | None = None
    longest = timedelta(0)
    for at, count in units:
        minutes[at.replace(second=0, microsecond=0)] += count
        begins = at if free_at is None or free_at < at else free_at
        longest = max(longest, begins - at)
        free_at = begins + timedelta(seconds=count / per_second)
    if not minutes:
        return Rush(0, None, longest)
    busiest = min(minutes, key=lambda minute: (-minutes[minute], minute))
    return Rush(minutes[busiest], busiest, longest)
