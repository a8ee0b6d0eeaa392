"""Small read-only tables on a row's page: the latest of what belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# No page shows more of what belongs to a row: the lists have filters for that.
LATEST = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `tag` colours it as a badge: success, info, warning, danger, or "" for plain; None: text."""

    text: Any
    url: str = ""
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title, what it says when it is empty, and the way to the whole list."""

    title: Any
    columns: Sequence[Any]
    rows: Sequence[Sequence[Cell]]
    empty: Any
    more: str = ""

    @property
    def is_full(self) -> bool:
        """Whether there may be more rows than are shown."""
        return len(self.rows) >= LATEST
