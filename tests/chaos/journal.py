"""The journal: what was asked of the system and what befell it, as seen from outside."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Asked:
    """One event that a site reported, until it was accepted. `ids`: every answer that it got, repeats too."""

    key: str
    name: str
    person: int
    data: dict[str, Any]
    asked_at: datetime
    accepted_at: datetime | None = None
    ids: list[int] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble as it really happened, in true time. `note`: how many processes, which offset."""

    kind: str
    began_at: datetime
    ended_at: datetime
    note: str = ""


@dataclass(slots=True)
class Journal:
    """All of it."""

    asked: list[Asked] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it as JSON lines."""
        with path.open("w") as file:
            for entry in (*self.asked, *self.incidents):
                file.write(json.dumps({type(entry).__name__: asdict(entry)}, default=str, ensure_ascii=False) + "\n")
