"""How near to buying a lead is by the rules alone, of all that speaks for it and against it. Pure.

The latest decisive word of the contact outweighs what came before it, and any field of a form. Words grow old: who was
hot three months ago and silent since is cold. Opens and clicks are weak signs: mail programs do both.
"""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agents.lead_acts import Act, read
from agents.lead_guard import asks_silence
from agents.lead_marks import Mark
from agents.lead_signals import DAY, HOT_FROM, STRANGERS, Signal, signals
from agents.lead_texts import texts
from agents.lead_words import marks, plain

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts, LeadType

# What leaves no doubt, on whatever leads it was tried.
SURE = frozenset({Act.ACCEPTS, Act.REFUSES, Act.LEAVES, Mark.LEAVE_ME, Mark.JOB, Mark.STUDY, Mark.PRESS})
COOLING, COLD_NOW = "sans nouvelles depuis", "silence depuis longtemps"
PRICED = re.compile(r"€|\bdevis\b|\beuros?\b|\bproposition\b", re.IGNORECASE)
NOT = re.compile(r"\b(?:pas|plus|rien|aucune?|jamais|sans|ni)\b")
INTERESTED = 1.2  # from so much reading on, who asked for nothing is warm
HALF = 10 * DAY  # in which reading and asking count half as much
FRESH = 45 * DAY  # until then a question is one


@dataclass(frozen=True, slots=True)
class Verdict:
    """How near to buying, and why, the newest reason first. `is_sure`: what a likeness does not outweigh."""

    lead_type: "LeadType"
    score: int
    why: tuple[str, ...]
    is_sure: bool = False


def ruling(facts: "LeadFacts") -> Verdict:
    """Weigh everything that is known of a lead."""
    if facts.opted_out:
        return Verdict("cold", 0, ("ne veut plus rien recevoir",), is_sure=True)
    if asks_silence(facts):
        return Verdict("cold", 1, (Mark.LEAVE_ME,), is_sure=True)
    heard = sorted(signals(facts), key=lambda s: s.hours_ago)
    strangers = [s for s in heard if s.why in STRANGERS]
    decisive = strangers[0] if strangers else heard[0] if heard else None
    if decisive is None:
        return _by_interest(facts)
    match decisive.lead_type:
        case "hot":
            found = _hot(decisive, facts)
        case "warm":
            found = _warm(decisive, facts)
        case _:
            found = Verdict("cold", int(decisive.strength), (decisive.why,))
    return replace(found, is_sure=found.lead_type == decisive.lead_type and decisive.why in SURE)


def _hot(signal: Signal, facts: "LeadFacts") -> Verdict:
    """A hot word cools: with time, faster where the business has written again and again without an answer."""
    later = [m for m in facts.messages if m.by == "business" and m.hours_ago < signal.hours_ago]
    pace = 2.0 if len(later) >= 3 else 1.0
    spoke = min((m.hours_ago for m in facts.messages if m.by == "contact"), default=signal.hours_ago)
    days = min(signal.hours_ago, spoke) / DAY * pace
    quoted = max((m.hours_ago for m in later if PRICED.search(m.text)), default=0.0)
    is_waiting = not signal.is_promise and quoted >= 4 * DAY
    if signal.hours_ago / DAY * pace <= signal.days and not is_waiting:
        score = 72 + 4 * (signal.strength - HOT_FROM) - 10 * days / signal.days
        return Verdict("hot", _within(score, 70, 100), (signal.why,))
    if days <= 3 * signal.days or _interest(facts) >= INTERESTED:
        return Verdict("warm", _within(60 - days / 2, 42, 60), (signal.why, COOLING))
    return Verdict("cold", _within(30 - days / 5, 10, 30), (signal.why, COLD_NOW))


def _warm(signal: Signal, facts: "LeadFacts") -> Verdict:
    days = signal.hours_ago / DAY
    if days <= signal.days or _interest(facts) >= INTERESTED:
        base = 46 if signal.why == Mark.LATER else 58
        return Verdict("warm", _within(base - days / 5, 40, 65), (signal.why,))
    return Verdict("cold", _within(30 - days / 10, 10, 30), (signal.why, COLD_NOW))


def _by_interest(facts: "LeadFacts") -> Verdict:
    """Nothing decides: what was asked in general, read and downloaded does, while it is fresh."""
    asked = [text for hours, text in texts(facts) if hours <= FRESH and len(text.split()) > 1]
    if asked:
        said = marks(last := asked[0])
        if said:
            return Verdict("warm", 55, (Mark.QUESTION if Mark.QUESTION in said else Act.WRITES,))
        if NOT.search(plain(last)):
            return Verdict("cold", 20, ("ne montre pas d'intérêt",))
    interest = _interest(facts)
    if interest >= INTERESTED:
        return Verdict("warm", _within(38 + 5 * interest, 40, 58), (Act.READS,))
    return Verdict("cold", _within(15 + 10 * interest, 5, 35), ("peu ou pas d'intérêt",))


def _interest(facts: "LeadFacts") -> float:
    """Return how much interest no word states; it halves in ten days."""
    told = [(read(event.name, event.data).weight, event.hours_ago) for event in facts.events]
    told += [(0.3, message.hours_ago) for message in facts.messages if message.clicked]
    return sum((weight * float(0.5 ** (hours / HALF)) for weight, hours in told), 0.0)


def _within(score: float, least: int, most: int) -> int:
    return max(least, min(most, round(score)))
