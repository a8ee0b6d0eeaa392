"""What is looked at of a lead where likeness decides: features, a weight each. Pure.

Some are words of what it wrote last; most are what is found in that by hand-made means, so that few examples go far:
marks, the intent of a reply, acts and how long ago they were, and what the rules make of it all.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from agents.lead_acts import TELLING_PAGE, Act, read
from agents.lead_marks import Mark
from agents.lead_ruling import PRICED, Verdict
from agents.lead_signals import DAY, OUT_OF_REACH
from agents.lead_texts import texts
from agents.lead_words import line, marks, plain, reply
from communications.french import fold
from communications.likeness import STEM

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts, Said

AGES = (("3 h", 3 / 24), ("1 jour", 1), ("3 jours", 3), ("1 semaine", 7), ("2 semaines", 14), ("1 mois", 35),
        ("2 mois", 75))  # fmt: skip
NEWEST, BEFORE = 4.0, 2.0  # what all words of the last text weigh together, and of those before
INTENT = 2.0
FIELDS = ("budget", "date", "effectif", "montant")
MOST = 3
MOST_WORDS = 150


def features(facts: "LeadFacts", ruled: Verdict) -> dict[str, float]:
    """Return what speaks of a lead, by kind: `word`, `before`, `mark`, `act`, `rules`, …, and how heavily."""
    found: dict[str, float] = {}
    for kind in (_words(facts), _said(facts), _acts(facts), _silence(facts), _person(facts), _rules(ruled)):
        for name, weight in kind:
            found[name] = max(found.get(name, 0.0), weight)
    return found


def age(hours_ago: float) -> str:
    """Return how long ago something was, roughly."""
    return next((name for name, days in AGES if hours_ago <= days * DAY), "plus")


def _heard(facts: "LeadFacts") -> list[tuple[float, str]]:
    """Return what the lead wrote itself, the newest first."""
    return [(hours, text) for hours, text in texts(facts) if Mark.AWAY not in marks(text)]


def _words(facts: "LeadFacts") -> Iterator[tuple[str, float]]:
    for place, (_hours, text) in enumerate(_heard(facts)):
        seen = wording(line(text))
        kind, weight = ("before", BEFORE) if place else ("word", NEWEST)
        yield from ((f"{kind}:{feature}", weight / sqrt(len(seen))) for feature in seen)


def wording(said: str) -> list[str]:
    """Return what is looked at of a text: beginnings of words, pairs, and how long it is."""
    words = [word[:STEM] for word in said.split() if word not in {".", ","}][:MOST_WORDS]
    ends = ["^", *words, "$"]
    stems = {f"{word[:4]}*" for word in words if len(word) >= STEM}
    pairs = {f"{a} {b}" for a, b in pairwise(ends)} | {f"{a} _ {b}" for a, b in zip(ends, ends[2:], strict=False)}
    length = f"#{min(len(words), 40) // 4}" if len(words) >= 4 else f"={len(words)}"
    return sorted({*words, length} | stems | pairs)


def _said(facts: "LeadFacts") -> Iterator[tuple[str, float]]:
    said = _heard(facts)
    if not said:
        yield "said:never", 1.0
        return
    yield f"said:{age(said[0][0])}", 1.0
    yield from ((f"mark:{mark}", 1.0) for mark in marks(said[0][1]))
    yield from ((f"before mark:{mark}", 1.0) for _hours, text in said[1:] for mark in marks(text))
    meant = reply(said[0][1])
    yield f"intent:{meant.intent}", INTENT * meant.confidence


def _acts(facts: "LeadFacts") -> Iterator[tuple[str, float]]:
    newest: dict[Act, float] = {}
    for event in facts.events:
        told = read(event.name, event.data)
        newest[told.act] = min(event.hours_ago, newest.get(told.act, event.hours_ago))
        yield from ((f"name:{word[:6]}", 1.0) for word in fold(event.name).replace(".", "_").split("_"))
        yield from ((f"field:{name}", 1.0) for name in FIELDS if name in event.data)
        yield from ((f"when:{mark}", 1.0) for mark in marks(told.when))
        if told.urgency:
            yield f"urgency:{told.urgency}", 1.0
        if TELLING_PAGE.search(plain(str(event.data.get("page", "")))):
            yield "page:telling", 1.0
    for act, hours in newest.items():
        yield from ((f"act:{act}", 1.0), (f"act:{act} {age(hours)}", 1.0))
    yield f"event:{age(min(newest.values())) if newest else 'never'}", 1.0


def _silence(facts: "LeadFacts") -> Iterator[tuple[str, float]]:
    """What the business wrote since, and whether it was opened."""
    spoke = min((hours for hours, _text in _heard(facts)), default=float("inf"))
    later = [m for m in facts.messages if m.by == "business" and m.hours_ago < spoke]
    yield f"unanswered:{min(len(later), MOST)}", 1.0
    yield from ((f"unanswered:{name}", 1.0) for name in _seen(later))
    if any(OUT_OF_REACH.search(plain(m.text)) for m in facts.messages if m.by == "business"):
        yield "business:declines", 1.0


def _seen(messages: "list[Said]") -> Iterator[str]:
    if any(m.clicked for m in messages):
        yield "clicked"
    if any(m.opened for m in messages):
        yield "opened"
    if any(PRICED.search(m.text) for m in messages):
        yield "priced"


def _person(facts: "LeadFacts") -> Iterator[tuple[str, float]]:
    yield from ((f"title:{word[:STEM]}", 1.0) for word in plain(facts.job_title).split())
    yield f"email:{facts.email_kind}", 1.0
    if facts.company:
        yield f"firm:{'of ours' if facts.site_sector == 'berinia' else 'elsewhere'}", 1.0


def _rules(ruled: Verdict) -> Iterator[tuple[str, float]]:
    yield f"rules:{ruled.lead_type}", 1.0
    steps = (0, 40, 70, 100)
    place = next(place for place, (least, most) in enumerate(pairwise(steps)) if least <= ruled.score <= most)
    yield f"rules score:{ruled.lead_type}", (ruled.score - steps[place]) / 30


def readable(feature: str) -> str:
    """Return a feature in French, "" for one that says nothing to a person."""
    kind, _, value = feature.partition(":")
    if kind in ("mark", "act", "before mark"):
        return value if value in {*Mark, *Act} else ""
    return f"« {value} »" if kind == "word" and value.replace(" ", "").isalpha() else ""
