"""Timeline: what happened around a contact, from several sources, newest first, a page at a time. Pure.

Each source is read by its own key, newest first, so that a page costs the same however long the history is: a page is
what was recorded last, and where it ends is the last key of each source. What was recorded late (a meeting of last
week, noted today) is on the page of the day on which it was noted; on its page everything is in the order of time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Position = Mapping[str, int]  # by source, the last key that was shown
PLACE = re.compile(r"([a-z]+)(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` is what the chips filter by; `side` of a message: "in" or "out"."""

    source: str
    pk: int
    at: datetime
    kind: str
    title: Any
    text: Any = ""
    by: str = ""
    url: str = ""
    status: Any = ""
    tag: str = ""
    icon: str = "circle"
    side: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first, and where the next page begins; None: there is none."""

    entries: Sequence[Entry]
    next: Position | None = None


def merge(found: Mapping[str, Sequence[Entry]], before: Position, most: int) -> Page:
    """Return a page of what sources hold below their positions, given each by its key, the highest first.

    A source gives at most one more than fits on a page; a page takes the first of each, so that nothing is shown
    twice and nothing is left out.
    """
    ranked = [pair for entries in found.values() for pair in _ranked(entries)]
    ranked.sort(key=lambda pair: pair[0], reverse=True)  # stable: a source stays in the order of its keys
    taken = [entry for _rank, entry in ranked[:most]]
    shown = sorted(taken, key=lambda entry: entry.at, reverse=True)
    if len(ranked) <= most:
        return Page(shown)
    return Page(shown, {**before, **{entry.source: entry.pk for entry in taken}})


def _ranked(entries: Sequence[Entry]) -> list[tuple[datetime, Entry]]:
    """Rank entries by their instants, but never below an older key: what was recorded late holds up nothing."""
    ranked: list[tuple[datetime, Entry]] = []
    for entry in reversed(entries):
        ranked.append((max(entry.at, ranked[-1][0]) if ranked else entry.at, entry))
    return ranked[::-1]


def written(position: Position | None) -> str:
    """Return a position as a link bears it."""
    return ".".join(f"{source}{pk}" for source, pk in sorted((position or {}).items()))


def read(text: str, sources: Iterable[str]) -> Position:
    """Return the position that a link bears; what it says of no source is passed over."""
    known = set(sources)
    places = (PLACE.fullmatch(part) for part in text.split("."))
    return {place[1]: int(place[2]) for place in places if place and place[1] in known}
