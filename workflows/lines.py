"""Lines of an execution's timeline, what lies behind them, and how they are said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from workflows.models import Execution

MOST = 200


@dataclass(frozen=True, slots=True)
class Part:
    """Something behind a line: facts, a document, or what a contact reads (`frame`: the address of an email)."""

    title: Any
    rows: Sequence[tuple[Any, Any]] = ()
    code: str = ""
    text: str = ""
    frame: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `kind`: event, step, message, call, agent, task, act, error, end or next; `key` is its own for ever."""

    at: datetime
    kind: str
    title: str
    text: str = ""
    status: str = ""
    link: str = ""
    key: str = ""
    code: str = ""  # the status as it is stored
    is_bad: bool = False
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which execution, before which instant, and whether what was written may be read."""

    execution: Execution
    before: datetime | None
    is_full: bool

    def until(self, column: str) -> Q:
        """Return the condition that a column lies before that instant."""
        return Q(**{f"{column}__lt": self.before}) if self.before else Q()


def attempt(n: int, most: int) -> str:
    """Say which attempt it is, of how many."""
    return _("tentative %(n)d sur %(most)d") % {"n": n, "most": most}


def as_json(data: Any) -> str:
    """Write a document as people read it; nothing for none."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) if data else ""


def said_at(instant: datetime | None) -> str:
    """Write an instant; nothing for none."""
    return date_format(localtime(instant), "d/m/Y H:i:s") if instant else ""


def facts(title: Any, *rows: tuple[Any, Any]) -> list[Part]:
    """Return a part of those facts that there are."""
    kept = [(name, value) for name, value in rows if value not in ("", None)]
    return [Part(title, kept)] if kept else []
