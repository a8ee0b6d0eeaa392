"""The document that says what a workflow does, read and checked.

Errors name the place and the rule: `steps[2].send: Input should be 'email', 'sms' or 'whatsapp'`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError, WithJsonSchema

from berinia.clock import parse_duration
from berinia.plugins import discover
from workflows.entry import EntryRules
from workflows.steps.base import STEPS, Defaults, Duration, EventName, Step, Where
from workflows.triggers import Form, OnApi, form_of

# How the field is written, for the JSON Schema (workflows/schema.py).
ONE = {"x-is": "Form"}
TRIGGER = {"title": "trigger", "anyOf": [ONE, {"type": "array", "items": ONE, "minItems": 1, "maxItems": 20}]}
MAX_STEPS = 200
MAX_DEPTH = 10
# Pydantic's words, and ours.
WORDS = (
    (re.compile(r"valid (?:dictionary|mapping)(?: or instance of \w+)?"), "mapping"),
    (re.compile(r"valid tuple"), "list"),
    (re.compile(r"^Tuple "), "List "),
    (re.compile(r" after validation"), ""),
    (re.compile(r"valid (?=string)"), ""),
    (re.compile(r"\bString\b"), "Text"),
    (re.compile(r"\bstring\b"), "text"),
)


class DefinitionError(ValueError):
    """The document is not a definition; `errors` lists every mistake with its path."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Goal(_Part):
    """The event that means success, within what time of the start, and how often it is hoped for."""

    event: EventName = Field(description="The event that means success.")
    where: Where | None = Field(default=None, description="What its data has to be like.")
    within: Duration = Field(description="It counts only this long after the start.")
    target: float | None = Field(default=None, ge=0, le=1, description="The share of conversions hoped for.")


def _reentry(value: object) -> object:
    if isinstance(value, str) and value not in ("always", "never"):
        try:
            parse_duration(value)
        except ValueError as error:
            raise ValueError(f"{error}, or always, or never") from None
    return value


class Entry(_Part):
    """Who may come in, and how often. `key` names a field of the event's data."""

    key: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9_]*$", description="The field of the event that tells two runs apart."
    )
    reentry: Annotated[str, BeforeValidator(_reentry)] = Field(
        default="always",
        description="Whether a contact may come again: `always`, `never`, or so long after its last start.",
        json_schema_extra={"pattern": "^(always|never|([0-9]{1,9}[smhdw])+)$"},
    )
    per_day: int | None = Field(
        default=None, ge=1, description="How many executions may start in a day of the site, all contacts together."
    )

    def rules(self) -> EntryRules:
        """Return the rules in the form that `entry.refuse` takes."""
        again: timedelta | None
        match self.reentry:
            case "always":
                again = timedelta(0)
            case "never":
                again = None
            case text:
                again = parse_duration(text)
        return EntryRules(self.key, again, self.per_day)


class Definition(_Part):
    """A whole workflow."""

    trigger: Annotated[tuple[InstanceOf[Form], ...], WithJsonSchema(TRIGGER)] = Field(
        min_length=1, max_length=20, description="What starts it: one form, or a list of forms."
    )
    entry: Entry = Field(default=Entry(), description="Who may come in.")
    goal: Goal | None = Field(default=None, description="What it is for; reaching it ends it.")
    exits: tuple[EventName, ...] = Field(default=(), description="Events that end it; `desinscription` always does.")
    category: Literal["transactional", "marketing"] = Field(
        default="transactional", description="What its messages are, unless they say otherwise."
    )
    expires_after: Duration = Field(
        default=timedelta(hours=24), description="A message that is later than this is passed over."
    )
    steps: Annotated[tuple[InstanceOf[Step], ...], WithJsonSchema(STEPS | {"minItems": 1})] = Field(
        min_length=1, description="What it does, in order."
    )

    def defaults(self, sector: str) -> Defaults:
        """Return what it says for all of its steps."""
        return Defaults(sector, self.category, self.expires_after)

    def all_steps(self) -> Iterator[Step]:
        """Yield each step, also those inside branches, in reading order."""
        for step in self.steps:
            yield from step.inner()


@cache
def step_kinds() -> Mapping[str, type[Step]]:
    """Return the kinds of step by the keyword that they are written with."""
    return discover("workflows.steps", Step, key="kind")


def parse(document: object) -> Definition:
    """Read a definition. Raises DefinitionError with all mistakes at once."""
    if not isinstance(document, Mapping):
        raise DefinitionError(["the definition must be a mapping (trigger, steps, …)"])
    errors: list[str] = []
    fields = dict(document)
    fields["trigger"] = _triggers(fields.get("trigger"), errors)
    fields["steps"] = _steps(fields.get("steps"), "steps", errors, depth=0)
    if errors:
        fields["steps"], fields["trigger"] = fields["steps"] or (_NOTHING,), fields["trigger"] or (_NO_TRIGGER,)
    try:
        definition = Definition.model_validate(fields)
    except ValidationError as error:
        raise DefinitionError(_said(error, "", fields) + errors) from None
    if errors := errors + list(_broken_rules(definition)):
        raise DefinitionError(errors)
    return definition


def _broken_rules(definition: Definition) -> Iterator[str]:
    """Rules that concern more than one part."""
    ids = Counter(step.id for step in definition.all_steps())
    yield from (f"steps: the id {name!r} is used {n} times" for name, n in ids.items() if n > 1)
    if len(ids) > MAX_STEPS:
        yield f"steps: {len(ids)} steps, {MAX_STEPS} at the most"
    if "goal" in ids:
        yield "steps: the id 'goal' is reserved"


def _triggers(raw: object, errors: list[str]) -> tuple[Form, ...]:
    items = [raw] if isinstance(raw, Mapping) else raw
    if not isinstance(items, list | tuple) or not items:
        errors.append("trigger: must say what starts the workflow, such as {event: nouveau_contact}")
        return ()
    found = []
    for n, item in enumerate(items):
        path = "trigger" if raw is not items else f"trigger[{n}]"
        try:
            if not isinstance(item, Mapping):
                raise ValueError("a trigger is a mapping such as {event: nouveau_contact}")
            found.append(form_of(item).model_validate(item))
        except ValidationError as error:
            errors.extend(_said(error, path, item))
        except ValueError as error:
            errors.append(f"{path}: {error}")
    return tuple(found)


def _steps(raw: object, path: str, errors: list[str], depth: int) -> tuple[Step, ...]:
    if not isinstance(raw, list | tuple):
        errors.append(f"{path}: must be a list of steps")
        return ()
    if depth > MAX_DEPTH:
        errors.append(f"{path}: nested deeper than {MAX_DEPTH}")
        return ()
    found = [_step(item, f"{path}[{n}]", errors, depth) for n, item in enumerate(raw)]
    return tuple(step for step in found if step is not None)


def _step(raw: object, path: str, errors: list[str], depth: int) -> Step | None:
    if not isinstance(raw, Mapping):
        errors.append(f"{path}: a step is a mapping such as {{id: pause, wait: 15m}}")
        return None
    there = [name for name in step_kinds() if name in raw]
    kinds = [name for name in there if not any(name in step_kinds()[other].carries for other in there)]
    if len(kinds) != 1:
        known = ", ".join(sorted(step_kinds()))
        errors.append(f"{path}: a step has exactly one of {known}; found {', '.join(kinds) or 'none'}")
        return None
    cls = step_kinds()[kinds[0]]
    fields = cls.read(raw, lambda inner, place: _steps(inner, f"{path}.{place}", errors, depth + 1))
    try:
        return cls.model_validate(fields)
    except ValidationError as error:
        errors.extend(_said(error, path, fields))
        return None


def _said(error: ValidationError, path: str, raw: object) -> list[str]:
    """Say each mistake once, with its place in what was written; the forms that a value may have are joined."""
    found: dict[str, list[str]] = {}
    forms: set[str] = set()
    for part in error.errors(include_url=False, include_input=False):
        place, is_form = _place(part["loc"], path, raw, is_missing=part["type"] == "missing")
        found.setdefault(place, []).append(_in_our_words(part["msg"].removeprefix("Value error, ")))
        if is_form:
            forms.add(place)
    # Of a list that is wrong inside it is not also said that it is no text.
    hidden = {place for place in forms if any(other.startswith(f"{place}[") for other in found)}
    return [f"{place}: {', or: '.join(dict.fromkeys(found[place]))}" for place in found if place not in hidden]


def _place(loc: Sequence[str | int], path: str, raw: Any, *, is_missing: bool) -> tuple[str, bool]:
    """Return where a mistake is, and whether it is about one of several forms that a value may have.

    Pydantic names such a form in the location: it is what the document does not have.
    """
    place, is_form = path, False
    for n, key in enumerate(loc, 1):
        if _has(raw, key):
            raw = raw[key]
        elif not (is_missing and n == len(loc)):
            is_form = True
            continue
        place += f"[{key}]" if isinstance(key, int) else f".{key}"
    return place.lstrip("."), is_form


def _has(raw: Any, key: str | int) -> bool:
    if isinstance(raw, Mapping):
        return key in raw
    return isinstance(raw, list | tuple) and isinstance(key, int) and key < len(raw)


def _in_our_words(said: str) -> str:
    for theirs, ours in WORDS:
        said = theirs.sub(ours, said)
    return said


def dump(definition: Definition) -> dict[str, Any]:
    """Return the definition as the JSON that `parse` reads back to an equal one."""
    document: dict[str, Any] = definition.model_dump(mode="json", exclude={"steps", "trigger"}, exclude_defaults=True)
    document["trigger"] = [form.model_dump(mode="json", exclude_defaults=True) for form in definition.trigger]
    document["steps"] = _dump_steps(definition.steps)
    return document


def _dump_steps(steps: Sequence[Step]) -> list[Any]:
    return [step.dump(_dump_steps) for step in steps]


class _Nothing(Step):
    """Stands for the steps while their own mistakes are reported beside the rest."""

    def instruction(self, then: str, defaults: object) -> Any:
        raise DefinitionError(["steps: unreadable"])

    def said(self) -> str:
        return ""


_NOTHING = _Nothing(id="nothing")
_NO_TRIGGER = OnApi(api=True)
