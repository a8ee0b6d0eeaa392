"""The plan: which troubles befall the system, and when. Pure: the same seed gives the same plan.

The kinds are drawn like cards, each once before any comes again, one every few seconds. What lasts is not
drawn again while it lasts, and the two steps of the one clock never meet.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

FIRST, LAST = 2.0, 4.0  # seconds without trouble at the beginning and at the end
PAUSE = (2.0, 6.0)  # seconds from one trouble to the next, at least and at most


class Kind(StrEnum):
    """What can happen. Processes are killed with SIGKILL; their supervisor starts them again."""

    KILL_WORKER = "worker killed"
    KILL_DELIVERY = "delivery killed"
    KILL_BEAT = "beat killed"
    KILL_WEB = "web killed"
    FLUSH_REDIS = "Redis flushed"
    KILL_REDIS = "Redis killed"
    CUT_CONNECTIONS = "connections to PostgreSQL cut"
    RESTART_POSTGRESQL = "PostgreSQL restarted"
    CRASH_POSTGRESQL = "PostgreSQL crashed"
    SECOND_BEAT = "two beats"
    SLOW = "providers slow"
    BROKEN = "providers answer 500"
    THROTTLED = "providers answer 429"
    DROPPING = "providers take it and hang up"
    CLOCK_AHEAD = "clock steps ahead, then back"
    CLOCK_BEHIND = "clock steps back, then ahead"


# How long one lasts, in seconds; what is not here is over as soon as it has happened.
LASTING = {
    Kind.SECOND_BEAT: (5.0, 12.0),
    Kind.SLOW: (3.0, 8.0),
    Kind.BROKEN: (3.0, 8.0),
    Kind.THROTTLED: (3.0, 8.0),
    Kind.DROPPING: (3.0, 8.0),
    Kind.CLOCK_AHEAD: (4.0, 10.0),
    Kind.CLOCK_BEHIND: (4.0, 10.0),
}
# Kinds that share one thing that cannot be in two states at once.
SHARED = {Kind.CLOCK_AHEAD: "clock", Kind.CLOCK_BEHIND: "clock"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble: when it begins and how long it lasts (seconds), and how large it is (0 to 1)."""

    at: float
    kind: Kind
    lasts: float
    size: float

    @property
    def until(self) -> float:
        """When it is over, in seconds."""
        return self.at + self.lasts


def plan(seed: int, seconds: float, kinds: frozenset[Kind] = frozenset(Kind)) -> list[Trouble]:
    """Return the troubles of so many seconds, in their order."""
    chance = random.Random(f"plan/{seed}")
    troubles: list[Trouble] = []
    busy: dict[str, float] = {}
    cards: list[Kind] = []
    at = FIRST
    while at < seconds - LAST:
        if not cards:
            cards = sorted(kinds)
            chance.shuffle(cards)
        kind = next((card for card in cards if busy.get(SHARED.get(card, card), 0.0) <= at), None)
        if kind is not None:
            cards.remove(kind)
            lasts = min(chance.uniform(*LASTING.get(kind, (0.0, 0.0))), seconds - at)
            troubles.append(Trouble(at, kind, lasts, chance.random()))
            busy[SHARED.get(kind, kind)] = at + lasts + PAUSE[0]
        at += chance.uniform(*PAUSE)
    return troubles
