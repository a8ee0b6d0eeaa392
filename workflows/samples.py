"""Samples: an event that would start a workflow, to try it with. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.definition import Definition
from workflows.program import NOTHING
from workflows.triggers import OnEvent

# What the conditions of triggers mostly look like; any other is left to the reader.
ONE_OF = re.compile(r"\bevent\.(\w+) in \[\s*'([^']*)'")
EQUALS = re.compile(r"\bevent\.(\w+) == '([^']*)'")
AT_LEAST = re.compile(r"\b(?:double|int)\(event\.(\w+)\) >=? (\d+)")
NUMBER = "ESSAI-1"


@dataclass(frozen=True, slots=True)
class Sample:
    """An event and its data; `is_sure`: the trigger's condition holds for it."""

    name: str
    data: Mapping[str, Any]
    is_sure: bool = True


def sample_event(definition: Definition, now: datetime) -> Sample | None:
    """Return an event that starts a workflow; None when no event of a site does (a schedule, an SMS)."""
    form = next((form for form in definition.trigger if isinstance(form, OnEvent)), None)
    if form is None:
        return None
    key = definition.entry.key
    data: dict[str, Any] = {key: NUMBER} if key else {}
    if form.where is None:
        return Sample(form.event, data)
    data |= dict(_fitting(form.where.source))
    facts = {"event": data, "contact": NOTHING, "execution": NOTHING, "now": now}
    return Sample(form.event, data, form.where.holds(facts))


def _fitting(source: str) -> Iterator[tuple[str, Any]]:
    """Yield fields with values that a condition asks for."""
    for pattern in (ONE_OF, EQUALS):
        yield from pattern.findall(source)
    for name, least in AT_LEAST.findall(source):
        yield name, int(least) + 1
