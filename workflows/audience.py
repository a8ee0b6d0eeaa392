"""Audience: which contacts of a site an enrolment is for, read a part at a time in the order of their ids.

Who asked not to be written to is in no audience.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from berinia.rows import fetch
from workflows.conditions import Condition, ConditionError, compile_condition
from workflows.facts import LEAD, LEAD_COLUMNS, contact_facts

CONTACTS = f"""
SELECT c.id, c.name, c.email, c.phone, c.tags, c.fields, {LEAD_COLUMNS} FROM contacts c {LEAD}
WHERE c.site_id = %s AND c.id > %s AND c.opted_out_at IS NULL
  AND (%s::bigint[] IS NULL OR c.id = ANY(%s))
  AND (%s::bigint IS NULL OR EXISTS (SELECT 1 FROM membres_segment m WHERE m.segment_id = %s AND m.contact_id = c.id))
ORDER BY c.id LIMIT %s
"""  # noqa: S608 - only constants are put in
# How many contacts are read to find those who meet a condition, in one transaction and when somebody asks.
SCAN = 2_000
COUNTED = 20_000


class AudienceError(ValueError):
    """The audience cannot be understood; the text says why, in French, `field` where."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


@dataclass(frozen=True, slots=True)
class Audience:
    """Contacts of a site: those in a list, in a segment, who meet a condition; all that are given must hold."""

    site_id: int
    contact_ids: tuple[int, ...] | None = None
    segment_id: int | None = None
    condition: str = ""

    @property
    def is_given(self) -> bool:
        """Whether it says anything at all: everybody is never meant by saying nothing."""
        return self.contact_ids is not None or self.segment_id is not None or bool(self.condition)


@dataclass(frozen=True, slots=True)
class Part:
    """Contacts found, how far the search has come, and whether nobody is left behind that."""

    ids: Sequence[int]
    reached: int
    is_last: bool


def part_of(audience: Audience, after: int, most: int, now: datetime) -> Part:
    """Return the first contacts above the id `after`, at most `most`; with a condition it may be fewer.

    Raises ConditionError.
    """
    condition = condition_of(audience.condition)
    limit = most if condition is None else SCAN
    rows = _read(audience, after, limit)
    found: list[int] = []
    for row in rows:
        if condition is None or condition.holds({"contact": contact_facts(row), "now": now}):
            found.append(row.id)
            if len(found) == most and row is not rows[-1]:
                return Part(found, row.id, is_last=False)
    return Part(found, rows[-1].id if rows else after, is_last=len(rows) < limit)


def size_of(audience: Audience, now: datetime, after: int = 0) -> tuple[int, bool]:
    """Return how many contacts above the id `after` it has, and whether these are all: counting ends somewhere.

    Raises ConditionError.
    """
    condition = condition_of(audience.condition)
    rows = _read(audience, after, COUNTED + 1)
    found = sum(condition is None or condition.holds({"contact": contact_facts(r), "now": now}) for r in rows[:COUNTED])
    return found, len(rows) <= COUNTED


def condition_of(source: str) -> Condition | None:
    """Return a condition on contacts, or None where there is none. Raises ConditionError."""
    return compile_condition(source) if source else None


def check_condition(source: str) -> None:
    """Check a condition that chooses contacts; an empty one is none. Raises AudienceError."""
    if not source:
        return
    try:
        strange = compile_condition(source).names - {"contact", "now"}
    except ConditionError as error:
        raise AudienceError(
            "condition", _("Cette condition n'est pas lisible : %(error)s") % {"error": error}
        ) from None
    if strange:
        raise AudienceError("condition", _("Une condition qui choisit des contacts n'utilise que contact et now."))


def _read(audience: Audience, after: int, limit: int) -> list[Any]:
    ids = None if audience.contact_ids is None else list(audience.contact_ids)
    segment = audience.segment_id
    return fetch(CONTACTS, [audience.site_id, after, ids, ids, segment, segment, limit])
