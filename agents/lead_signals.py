"""What speaks for a hot, a warm or a cold lead: its words, its acts, and the business's refusals. Pure.

The words of a form outweigh its fields. Which signal holds is agents/lead_ruling.py's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.lead_acts import Act, Told, read
from agents.lead_marks import Mark
from agents.lead_words import PATTERNS, marks, plain
from communications.quoted import written

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts, LeadType, Said

DAY = 24.0
# Who these are does not change with a friendlier word.
STRANGERS = (Mark.SELLER, Mark.JOB, Mark.STUDY, Mark.PRESS)
FOR: dict[Mark, float] = {
    Mark.URGENT: 2, Mark.DISTRESS: 2, Mark.DATED: 1.5, Mark.CALL: 2, Mark.MEET: 1, Mark.ACCEPTS: 2.5, Mark.PAYS: 1.5,
    Mark.FUNDED: 2, Mark.QUOTE: 1, Mark.NEED: 0.5,
    Mark.KEEN: 1,
}  # fmt: skip
AGAINST: dict[Mark, float] = {
    Mark.LATER: 2.5, Mark.RETURNS: 1.5, Mark.ASKS_OTHERS: 2, Mark.COMPARES: 1.5, Mark.HESITATES: 1.5, Mark.DEAR: 1,
}  # fmt: skip
HOT_FROM, WARM_FROM = 2.5, 1.5
CLAUSES = re.compile(r"[.!;\n]+|(?<=\?)|,? \b(?:mais|finalement|en revanche|par contre|seulement)\b", re.IGNORECASE)
OUT_OF_REACH = re.compile(
    r"n intervenons (?:que|pas|plus)|intervenons (?:uniquement|seulement)|trop loin|nous restons sur|"
    r"hors (?:de )?(?:notre )?(?:secteur|zone)|"
    r"pas (?:dans )?(?:notre|nos) (?:zone|secteur|domaine|specialit\w+|competences?|perimetre)|"
    r"en dehors de (?:notre|nos)|ne (?:fait|font|releve\w*) pas (?:partie|de)|"
    r"(?:ne|n) (?:\w+ )?(?:traitons|traite|faisons|prenons|couvrons|assurons|proposons|deplacons|realisons|travaillons|"
    r"exercons|acceptons|intervient) (?:pas|plus|que)|"
    r"(?:malheureusement|desole\w*|helas|regret\w+)\b(?:(?! joindre| recu| reponse| disponible).){0,60}"
    r"\bn(?:e|) \w+ (?:pas|plus|que)\b"
)
YES = re.compile(
    r"\b(?:oui|ok|okay|d accord|c est bon|parfait|yes|entendu|ca marche|go|c est note|confirme|je confirme)\b"
)


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that decides, as long as nothing newer does. `days` is how long it keeps what it says."""

    lead_type: "LeadType"
    hours_ago: float
    why: str
    strength: float = 0.0
    days: float = 14.0
    is_promise: bool = False  # accepted, or agreed to meet: no quote is waited for


def signals(facts: "LeadFacts") -> Iterator[Signal]:
    """Yield what decides: of events, of the contact's words, and of the business's refusals."""
    for event in facts.events:
        yield from _of_event(read(event.name, event.data), event.hours_ago, facts)
    for message in facts.messages:
        if message.by == "business":
            if OUT_OF_REACH.search(plain(message.text)):
                yield Signal("cold", message.hours_ago, "hors de la zone ou du métier", 8)
        elif found := of_text(
            message.text, message.hours_ago, facts, _support(message, facts), _before(message, facts)
        ):
            yield found


def _of_event(told: Told, hours_ago: float, facts: "LeadFacts") -> Iterator[Signal]:
    match told.act:
        case Act.LEAVES:
            yield Signal("cold", hours_ago, told.act, 2)
        case Act.REFUSES:
            yield Signal("cold", hours_ago, told.act, 12)
        case Act.ACCEPTS:
            yield Signal("hot", hours_ago, told.act, 6, days=30, is_promise=True)
        case Act.MEETS:
            yield of_text(told.text, hours_ago, facts, 3.0) or Signal("hot", hours_ago, told.act, 4, is_promise=True)
        case Act.EMERGENCY:
            yield of_text(told.text, hours_ago, facts, 3.0) or Signal("hot", hours_ago, told.act, 5, days=6)
        case Act.REQUESTS:
            yield of_text(told.text, hours_ago, facts, 1 + told.urgency) or _requested(told, hours_ago)
        case _ if told.text and told.act in (Act.WRITES, Act.CONSIDERS, Act.PASSED, Act.NOTHING):
            if found := of_text(told.text, hours_ago, facts, 0.5 + told.urgency):
                yield found


def _requested(told: Told, hours_ago: float) -> Signal:
    """A request whose words decide nothing: its form does."""
    when = marks(told.when)
    if told.urgency < 0 or Mark.LATER in when:
        return Signal("warm", hours_ago, told.act, WARM_FROM, days=45)
    if told.urgency > 0 or Mark.DATED in when:
        return Signal("hot", hours_ago, told.act, 3.5, days=10)
    return Signal("hot", hours_ago, told.act, 2.5, days=5)


def of_text(text: str, hours_ago: float, facts: "LeadFacts", support: float = 0.0, before: str = "") -> Signal | None:
    """Return what a text of the contact decides; None: nothing."""
    said = marks(text)
    if Mark.AWAY in said or not text:
        return None
    if stranger := _stranger(said, text, facts):
        return Signal("cold", hours_ago, stranger, 5)
    for mark, score in ((Mark.LEAVE_ME, 1), (Mark.WRONG, 3), (Mark.COMPLAINS, 12)):
        if mark in said:
            return Signal("cold", hours_ago, mark, score)
    if Mark.REFUSES in said:
        if Mark.RETURNS in said:
            return Signal("warm", hours_ago, Mark.RETURNS, WARM_FROM, days=150)
        after = _after_refusal(text)
        if _pull(after, 0) < HOT_FROM:
            return Signal("cold", hours_ago, Mark.REFUSES, 10)
        said = after
    if OUT_OF_REACH.search(plain(before)):
        said -= {Mark.ACCEPTS, Mark.KEEN}  # « d'accord, merci » to who declines agrees to nothing
    elif _is_yes(plain(text), said, before):
        return Signal("hot", hours_ago, Mark.ACCEPTS, 4, is_promise=True)
    pull = _pull(said, support)
    if pull >= HOT_FROM and any(mark in said for mark in FOR):
        why = max((mark for mark in FOR if mark in said), key=lambda mark: FOR[mark])
        is_promise = bool(said & {Mark.ACCEPTS, Mark.PAYS, Mark.MEET, Mark.CALL})
        return Signal("hot", hours_ago, why, pull, days=8 if Mark.DISTRESS in said else 14, is_promise=is_promise)
    brakes = [mark for mark in AGAINST if mark in said]
    if sum(AGAINST[mark] for mark in brakes) >= WARM_FROM:
        why = max(brakes, key=lambda mark: AGAINST[mark])
        return Signal("warm", hours_ago, why, WARM_FROM, days=150 if Mark.LATER in said else 60)
    return None


def _is_yes(words: str, said: frozenset[Mark], before: str) -> bool:
    """Tell whether a short answer agrees to what the business had written."""
    if not before or len(words.split()) > 6:
        return False
    return bool(YES.match(words)) or (Mark.DATED in said and bool(YES.search(words)))


def _pull(said: frozenset[Mark], support: float) -> float:
    """Return how much a text asks for something now, less what holds it back."""
    told = 0.5 if Mark.DISTRESS in said and Mark.QUESTION not in said else 0.0  # it happens; nobody asks whether
    return sum(FOR.get(mark, 0) - AGAINST.get(mark, 0) for mark in said) + told + support


def _stranger(said: frozenset[Mark], text: str, facts: "LeadFacts") -> Mark | None:
    """Tell who is no customer: one way of selling is a turn of phrase, two are a sale."""
    if Mark.SELLER in said:
        ways = {found[0] for found in PATTERNS[Mark.SELLER].finditer(plain(written(text)))}
        is_firm = facts.email_kind == "professional" and facts.site_sector != "berinia"
        if len(ways) > 1 or (is_firm and not said & {Mark.DISTRESS, Mark.QUOTE}):
            return Mark.SELLER
    return next((mark for mark in (Mark.JOB, Mark.STUDY, Mark.PRESS) if mark in said), None)


def _after_refusal(text: str) -> frozenset[Mark]:
    """Return what is said after the last clause that refuses."""
    clauses = [marks(clause) for clause in CLAUSES.split(written(text)) if clause.strip()]
    last = max((n for n, said in enumerate(clauses) if Mark.REFUSES in said), default=-1)
    return frozenset().union(*clauses[last + 1 :])


def _support(message: "Said", facts: "LeadFacts") -> float:
    """Return what a request or an emergency of the days before adds to a message."""
    acts = [
        read(event.name, event.data)
        for event in facts.events
        if message.hours_ago <= event.hours_ago <= message.hours_ago + 7 * DAY
    ]
    asked = [told for told in acts if told.act in (Act.REQUESTS, Act.EMERGENCY, Act.MEETS)]
    reads_urgently = any(told.weight == 1.3 and told.act is Act.READS for told in acts)
    return (
        max((1.0 + 0.5 * max(told.urgency, 0) + (told.act is not Act.REQUESTS) for told in asked), default=0.0)
        + reads_urgently
    )


def _before(message: "Said", facts: "LeadFacts") -> str:
    """Return what the business had written last before a message of the contact, within two weeks."""
    earlier = [
        m for m in facts.messages
        if m.by == "business" and message.hours_ago <= m.hours_ago <= message.hours_ago + 14 * DAY
    ]  # fmt: skip
    return min(earlier, key=lambda m: m.hours_ago).text if earlier else ""
