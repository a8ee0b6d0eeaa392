"""What a classification may say: bounds, closed lists, nothing hidden, nothing invented. Pure.

Holds for the rules and for models alike. A score lies in the band of its quality: hot (CHAUD) 70 to 100, warm (TIÈDE)
40 to 69, cold (FROID) 0 to 39. From 50 on a lead goes to sales (the seed's threshold), so a warm one may go or stay.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from agents.minimise import LONGEST_TEXT, minimised
from agents.sectors import OTHER, SECTORS, sector_of
from agents.untrusted import clean, cut, stripped, unmarked
from communications.french import fold
from communications.optout import is_stop

if TYPE_CHECKING:
    from agents.library.lead_classifier import Classification, LeadFacts

BANDS: Mapping[str, tuple[int, int]] = {"hot": (70, 100), "warm": (40, 69), "cold": (0, 39)}
FRENCH: Mapping[str, str] = {"hot": "chaud", "warm": "tiède", "cold": "froid"}
SALES_FROM = 50
MOST = 5
LISTS = {"pain_points": 200, "interests": 200, "key_insights": 300}  # as many characters as the lead's columns hold
NAMES = {"pain_points": "difficultés", "interests": "intérêts", "key_insights": "à savoir"}
LONGEST_REASONING = 600
SUPPORTED = 0.5  # of an item's words, how many have to stand in what is known
STEM = 5


def guarded(given: "LeadFacts", output: "Classification") -> tuple["Classification", list[str]]:
    """Return a classification as it may be used, and in French what was changed."""
    notes: list[str] = []
    known = known_words(given)
    kept: dict[str, Any] = {}
    for name, longest in LISTS.items():
        items = getattr(output, name)
        kept[name] = _items(items, longest, known)
        if len(kept[name]) < len(items):
            notes.append(f"{NAMES[name]} : {len(items) - len(kept[name])} écartés, que rien n'appuie ou interdits")
    sector = output.sector if output.sector in SECTORS else sector_of(stripped(output.sector))
    if sector != output.sector:
        notes.append(f"secteur hors de la liste, devenu « {sector} »")
    lead_type, score = _quality(given, output, notes)
    reasoning = cut(unmarked(minimised(unmarked(output.reasoning))), LONGEST_REASONING)
    changed = kept | {"sector": sector or OTHER, "lead_type": lead_type, "lead_score": score, "reasoning": reasoning}
    return type(output)(**output.model_dump() | changed), notes


def _quality(given: "LeadFacts", output: "Classification", notes: list[str]) -> tuple[str, int]:
    """Who asked for silence is cold, whatever anybody says; the score is one of its quality."""
    if given.opted_out:
        if (output.lead_type, output.lead_score) != ("cold", 0):
            notes.append("désinscrit : froid, score 0")
        return "cold", 0
    lead_type = output.lead_type
    if lead_type != "cold" and asks_silence(given):
        notes.append("demande d'arrêt : froid")
        lead_type = "cold"
    least, most = BANDS[lead_type]
    score = max(least, min(most, output.lead_score))
    if score != output.lead_score:
        notes.append(f"score {output.lead_score} ramené à {score} : {FRENCH[lead_type]} va de {least} à {most}")
    return lead_type, score


def _items(items: tuple[str, ...], longest: int, known: str) -> tuple[str, ...]:
    fit = (item for item in map(quotable, items) if item and len(item) <= longest)
    return tuple(dict.fromkeys(item for item in fit if supported(item, known)))[:MOST]


def quotable(text: str) -> str:
    """Return a text as it may be quoted, on one line and without markup; "" if it reaches somebody, or says nothing."""
    quote = unmarked(clean(text, LONGEST_TEXT))
    return quote if _words(quote) and minimised(quote) == quote else ""


def asks_silence(given: "LeadFacts") -> bool:
    """Tell whether the contact's last message is a plain STOP."""
    spoken = [message for message in given.messages if message.by == "contact"]
    return bool(spoken) and is_stop(min(spoken, key=lambda m: m.hours_ago).text)


def supported(item: str, known: str) -> bool:
    """Tell whether an item is said by what is known: its figures all are, its words mostly."""
    words = _words(item)
    if not words:
        return False
    if f" {words} " in known:
        return True
    stems = {word[:STEM] for word in words.split() if len(word) > 3 and not word.isdigit()}
    figures = set(re.findall(r"\d+", words))
    have = {word[:STEM] for word in known.split()}
    if not figures <= set(re.findall(r"\d+", known)):
        return False
    return bool(stems or figures) and len(stems & have) >= SUPPORTED * len(stems)


def known_words(given: "LeadFacts") -> str:
    """Return all that is known, as plain words; of what the business wrote, too."""
    texts = [given.company, given.job_title, given.business, given.site_sector, given.postal_code, given.first_name]
    texts += [message.text for message in given.messages]
    for event in given.events:
        texts += [event.name, *_strings(event.data)]
    return f" {' '.join(_words(text) for text in texts)} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))


def _strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, each in value.items():
                yield str(key)
                yield from _strings(each)
        case list() | tuple():
            for each in value:
                yield from _strings(each)
        case _:
            yield str(value)
