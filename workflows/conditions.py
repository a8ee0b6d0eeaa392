"""Conditions: small CEL expressions over what an execution knows.

The language is Google's Common Expression Language (https://cel.dev): no loops, no side effects, no
access to Python. A field that is not there, or that has another type than the expression expects,
makes the whole condition false: what a web form leaves out must not stop a workflow.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

NAMES = frozenset({"contact", "event", "execution", "now"})
OF_LEAD = frozenset({"qualite", "score", "etape", "statut"})  # a misspelt one would be false forever
FUNCTIONS = frozenset({
    "size", "contains", "startsWith", "endsWith", "matches", "has", "int", "uint", "double", "string",
    "timestamp", "duration", "getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes",
})  # fmt: skip
TEXT = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
LEAD = re.compile(r"\bcontact\s*\.\s*lead\s*\.\s*(\w+)")
ZONED = re.compile(r"\.(get[A-Z]\w*)\(\s*[^)\s]")


class ConditionError(ValueError):
    """The condition cannot be understood."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, checked and compiled."""

    source: str
    names: frozenset[str]
    program: cel.Program

    @property
    def reads_messages(self) -> bool:
        """Tell whether it looks at what became of the execution's messages."""
        return "execution.messages" in self.source

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the condition is true of these facts (see NAMES)."""
        try:
            return self.program.execute(dict(facts)) is True
        except (KeyError, TypeError, ValueError, RuntimeError):
            return False


@lru_cache(maxsize=10_000)
def compile_condition(source: str) -> Condition:
    """Check and compile an expression. Raises ConditionError, which says what is wrong."""
    try:
        program = cel.compile(source)
    except ValueError as error:
        first = str(error).splitlines()[0]
        raise ConditionError(f"cannot read the condition {source!r}: {first}") from None
    names = frozenset(program.variables())
    if unknown := names - NAMES:
        raise ConditionError(f"unknown name {min(unknown)!r} in {source!r} (known: {', '.join(sorted(NAMES))})")
    if strange := set(LEAD.findall(TEXT.sub("''", source))) - OF_LEAD:
        known = ", ".join(f"contact.lead.{name}" for name in sorted(OF_LEAD))
        raise ConditionError(f"unknown name {'contact.lead.' + min(strange)!r} in {source!r} (known: {known})")
    words = {name for name in program.functions() if name.isidentifier()}
    if strange := words - FUNCTIONS:
        raise ConditionError(f"unknown function {min(strange)!r} in {source!r}")
    # The library knows no zones: such a call fails, and the condition would be false forever.
    if zoned := ZONED.search(TEXT.sub("''", source)):
        raise ConditionError(f"{zoned[1]} takes no zone in {source!r}: in a step, now is the contact's local time")
    return Condition(source, names, program)
