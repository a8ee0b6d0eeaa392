"""What every kind of step has: a schema, its instructions, its effect, and its words in French.

A kind is one file of this folder: nothing elsewhere knows it by name.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainSerializer,
    WithJsonSchema,
)

from berinia.clock import format_duration, parse_duration
from workflows.conditions import Condition, compile_condition
from workflows.program import Instruction, Signal, State
from workflows.spoken import condition_in_words, values_in_words


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError("a duration is text such as 30s, 15m, 2h, 10d or 1h30m")
    return parse_duration(value)


def _condition(value: object) -> Condition:
    if isinstance(value, Condition):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a condition is text, for example: event.urgence == 'haute'")
    return compile_condition(value)


def _about_event(condition: Condition) -> Condition:
    if condition.names - {"event", "now"}:
        raise ValueError(f"{condition.source!r} is decided when the event arrives: it may only use event and now")
    return condition


# How these are written, for the JSON Schema (workflows/schema.py).
DURATION = {"type": "string", "title": "duration", "pattern": "^([0-9]{1,9}[smhdw])+$", "examples": ["15m", "1h30m"]}
CONDITION = {"type": "string", "title": "condition", "pattern": "\\S", "examples": ["event.urgence == 'haute'"]}
STEPS = {"type": "array", "title": "steps", "items": {"x-is": "Step"}}

Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(format_duration), WithJsonSchema(DURATION)]
When = Annotated[
    InstanceOf[Condition], BeforeValidator(_condition), PlainSerializer(lambda c: c.source), WithJsonSchema(CONDITION)
]
Where = Annotated[When, AfterValidator(_about_event)]
StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=50, title="name")]
EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$", max_length=80, title="name of an event")]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the definition says for all of its steps."""

    sector: str
    category: str
    expires_after: timedelta


@dataclass(frozen=True, slots=True)
class Need:
    """Something that has to be there for a step to work; `name` is written in its field `field`.

    `kind`: `template` (a message, of `channel`), `workflow` (by its slug), `text` (in the language of the messages).
    """

    kind: Literal["template", "workflow", "text"]
    field: str
    name: str
    channel: str = ""


class Step(BaseModel):
    """One step as it is written. The field named like the kind carries its main argument."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: ClassVar[str]
    label: ClassVar[str]  # French, for people
    icon: ClassVar[str] = "circle"  # of Material Symbols, where it is drawn
    carries: ClassVar[frozenset[str]] = frozenset()  # fields of it that are named like another kind
    branches: ClassVar[Mapping[str, str]] = {}  # the fields that hold steps, and their titles in French
    details: ClassVar[Mapping[str, str]] = {}  # what `detail` of a passed step can be, in French

    id: StepId = Field(description="Its name, once in the whole workflow: small letters, digits and `_`.")
    only_if: When | None = Field(default=None, description="Passed over unless this holds when it is reached.")

    @abstractmethod
    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        """Compile this step; `then` is the id of what follows it."""

    def instructions(self, then: str, defaults: Defaults) -> Iterable[Instruction]:
        """Compile this step into one instruction or several; the first bears the step's id."""
        return (self.instruction(then, defaults),)

    @abstractmethod
    def said(self) -> str:
        """Say in one French line what the step does, without its branches."""

    @classmethod
    def read(cls, fields: Mapping[str, Any], steps: Callable[[object, str], tuple["Step", ...]]) -> dict[str, Any]:
        """Turn the lists of steps inside a raw step into steps; `steps` reads one list, at a path."""
        return {name: steps(raw, name) if name in cls.branches else raw for name, raw in fields.items()}

    def dump(self, steps: Callable[[Sequence["Step"]], list[Any]]) -> dict[str, Any]:
        """Return the step as it is written; `steps` writes one list of steps."""
        inner = {name if name != "else" else "otherwise" for name in self.branches}
        fields: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=inner)
        return fields | {name: steps(part) for name, part in self.parts().items() if part}

    def parts(self) -> Mapping[str, Sequence["Step"]]:
        """Return the steps inside this one, by branch."""
        return {name: getattr(self, "otherwise" if name == "else" else name) for name in self.branches}

    def titles(self) -> Mapping[str, str]:
        """Return what to call each branch, in French."""
        return self.branches

    def words(self) -> Mapping[str, str]:
        """Return what `detail` of this step can be, in French: its branches and its details."""
        return {**self.titles(), **self.details}

    def awaited(self) -> str:
        """Say in French what it waits for once it has asked for something outside."""
        return f"ce que devient : {self.said()}"

    def entry(self, branch: str, then: str) -> str:
        """Return the id at which a branch begins: its first step, or what follows this one."""
        steps = self.parts()[branch]
        return steps[0].id if steps else then

    def inner(self) -> Iterator["Step"]:
        """Yield this step and all steps inside it, depth first."""
        yield self
        for steps in self.parts().values():
            for step in steps:
                yield from step.inner()

    def signals(self) -> Iterable[tuple[str, Signal]]:
        """Yield (event name, signal) for what this step listens to."""
        return ()

    def needs(self, sector: str) -> Iterable[Need]:
        """Yield what has to be there; `sector` is where its templates are looked for."""
        return ()

    def cautions(self, defaults: Defaults) -> Iterable[str]:
        """Yield in French what one ought to know of it before it is published."""
        return ()

    def conditions(self) -> Iterable[Condition]:
        """Yield the conditions that this step looks at while it runs."""
        return () if self.only_if is None else (self.only_if,)

    def because(self, state: State, now: datetime) -> Iterator[str]:
        """Yield in French what decides which way it goes, for an execution that stands here."""
        facts = state.facts(now)
        for condition in self.conditions():
            held = condition.holds(facts)
            values = values_in_words(condition.source, facts)
            said = f"{condition_in_words(condition.source)} : {'vrai' if held else 'faux'}"
            yield said + (f" ({values})" if values else "")
            if condition is self.only_if and not held:
                return

    def reads(self) -> frozenset[str]:
        """Return which of `contact`, `event`, `zone` and `messages` of the state this step looks at."""
        names = {name for condition in self.conditions() for name in condition.names}
        if any(condition.reads_messages for condition in self.conditions()):
            names.add("messages")
        if "now" in names:
            names.add("zone")
        return frozenset(names & {"contact", "event", "messages", "zone"})


Steps = Annotated[tuple[InstanceOf[Step], ...], Field(default=()), WithJsonSchema(STEPS)]
