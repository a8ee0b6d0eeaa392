"""What every kind of step has: a schema, its instructions, and a French label."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, PlainSerializer

from berinia.clock import format_duration, parse_duration
from workflows.conditions import Condition, compile_condition
from workflows.program import Instruction, Signal


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


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(format_duration)]
When = Annotated[InstanceOf[Condition], BeforeValidator(_condition), PlainSerializer(lambda c: c.source)]
Where = Annotated[When, AfterValidator(_about_event)]
StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$", max_length=80)]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the definition says for all of its steps."""

    sector: str
    category: str
    expires_after: timedelta


class Step(BaseModel):
    """One step as it is written. The field named like the kind carries its main argument."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: ClassVar[str]
    label: ClassVar[str]  # French, for people
    branches: ClassVar[tuple[str, ...]] = ()  # the fields that hold steps

    id: StepId
    only_if: When | None = None

    @abstractmethod
    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        """Compile this step; `then` is the id of what follows it."""

    def entry(self, branch: str, then: str) -> str:
        """Return the id at which a branch begins: its first step, or what follows this one."""
        steps = self.branch(branch)
        return steps[0].id if steps else then

    def branch(self, name: str) -> Sequence["Step"]:
        """Return the steps of one branch."""
        steps: Sequence[Step] = getattr(self, "otherwise" if name == "else" else name)
        return steps

    def inner(self) -> Iterator["Step"]:
        """Yield this step and all steps inside it, depth first."""
        yield self
        for name in self.branches:
            for step in self.branch(name):
                yield from step.inner()

    def signals(self) -> Iterable[tuple[str, Signal]]:
        """Yield (event name, signal) for what this step listens to."""
        return ()

    def conditions(self) -> Iterable[Condition]:
        """Yield the conditions that this step looks at while it runs."""
        return () if self.only_if is None else (self.only_if,)


Steps = Annotated[tuple[InstanceOf[Step], ...], Field(default=())]
