"""`agent`: ask an agent about the contact, or let one write a message, and go on from what it answers."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from agents.agent import Agent, InSteps, asked_by_steps
from workflows.ask import AskAgent, WriteInstruction, WrittenInstruction
from workflows.channels import CHANNELS
from workflows.conditions import TEXT, Condition
from workflows.program import (
    CASE,
    IN_VAIN,
    OUTCOME,
    Go,
    Instruction,
    Move,
    Rest,
    Signal,
    State,
)
from workflows.spoken import condition_in_words
from workflows.steps.base import Defaults, Duration, EventName, Need, Step, Steps, Where
from workflows.steps.send import Send
from workflows.words import words

# What comes of asking (agents/steps.py reports it).
ANSWERED, FAILED = "agent_repondu", "agent_echoue"
MOST_CASES = 10
ALWAYS = frozenset({"agent", "decide_par", "etape", "execution"})  # what every answer says
FACT = re.compile(r"\bevent\.([A-Za-z_]\w*)")
OF_MESSAGES = ("send", "template", "category", "useful_for", "brief")  # the fields of an agent that writes
NEEDED = ("send", "template", "brief")


def _names() -> Sequence[str]:
    return sorted(asked_by_steps())


def _known(name: str) -> str:
    if name not in asked_by_steps():
        raise ValueError(f"no agent is named {name!r} (known: {', '.join(_names())})")
    return name


class Case(BaseModel):
    """What an answer may be like, and the steps that are taken then."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Where = Field(description="What the answer has to be like: `event` has its facts.")
    steps: Steps = Field(description="The steps of this case; none: straight on.")


class AskAgentStep(Step):
    """Ask an agent, and go on along the first of `cases` that its answer fits, else along `else`.

    An agent that writes (`write`) makes the text of a message instead, which goes out when it is there; without a text
    in time, or without one that passes the checks, the template is sent.
    """

    kind: ClassVar[str] = "agent"
    label: ClassVar[str] = "Interroger un agent"
    icon: ClassVar[str] = "smart_toy"
    carries: ClassVar[frozenset[str]] = frozenset({"send"})
    branches: ClassVar[Mapping[str, str]] = {
        "else": "sinon", "on_failure": "s'il ne répond pas, ou si le message ne part pas",
    }  # fmt: skip
    details: ClassVar[Mapping[str, str]] = {
        **Send.details,
        **{f"cas_{n}": "1er cas" if n == 1 else f"{n}e cas" for n in range(1, MOST_CASES + 1)},
        "agent_interroge": "agent interrogé", "agent_repondu": "a répondu, aucun des cas",
        "agent_echoue": "n'a pas pu répondre", "sans_reponse": "délai passé",
    }  # fmt: skip

    agent: Annotated[str, AfterValidator(_known)] = Field(
        description="Which one: see [agents.md](agents.md).",
        json_schema_extra=lambda field: field.update(enum=[*_names()]),
    )
    timeout: Duration = Field(default=timedelta(minutes=10), description="How long its answer is waited for.")
    of: EventName | None = Field(
        default=None, description="The event whose text it reads; else the contact's latest reply."
    )
    cases: tuple[Case, ...] = Field(
        default=(), max_length=MOST_CASES, description="What is done with which answer: the first case that fits."
    )
    otherwise: Steps = Field(default=(), alias="else", description="Steps when no case fits.")
    send: Literal["email", "sms", "whatsapp"] | None = Field(
        default=None, description="For an agent that writes: the channel."
    )
    template: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9_/]*$", max_length=100,
        description="For an agent that writes: the message that is sent when it writes none, and its example.",
    )  # fmt: skip
    brief: str | None = Field(
        default=None, min_length=1, max_length=500, description="For an agent that writes: what the message is to say."
    )
    category: Literal["transactional", "marketing"] | None = Field(
        default=None, description="For an agent that writes: instead of the definition's `category`."
    )
    useful_for: Duration | None = Field(
        default=None, description="For an agent that writes: not sent later than this; else `expires_after`."
    )
    on_failure: Steps = Field(
        description="Steps if there is no answer in time (else `else` is taken), or if the message does not go out."
    )

    @field_validator("cases")
    @classmethod
    def _told_apart(cls, cases: tuple[Case, ...], info: ValidationInfo) -> tuple[Case, ...]:
        if len({case.when.source for case in cases}) < len(cases):
            raise ValueError("two cases have the same condition")
        if name := info.data.get("agent"):
            for case in cases:
                _check_facts(case.when, name)
        return cases

    @model_validator(mode="after")
    def _of_its_agent(self) -> Self:
        given = self.model_fields_set
        if self.asked.writes:
            if missing := [name for name in NEEDED if getattr(self, name) is None]:
                raise ValueError(f"the agent {self.agent!r} writes a message: {missing[0]} is missing")
            if wrong := sorted(given & {"cases", "otherwise", "of"}):
                raise ValueError(
                    f"the agent {self.agent!r} writes a message: no {wrong[0].replace('otherwise', 'else')}"
                )
        elif wrong := sorted(given & set(OF_MESSAGES)):
            raise ValueError(f"the agent {self.agent!r} writes no message: no {wrong[0]}")
        if self.of and not self.asked.reads:
            raise ValueError(f"the agent {self.agent!r} reads no text: no of")
        return self

    @property
    def _agent(self) -> Agent[Any, Any]:
        return asked_by_steps()[self.agent]

    @property
    def asked(self) -> InSteps:
        """How its agent is asked."""
        found = self._agent.in_steps
        assert found is not None
        return found

    # --- reading and writing ---

    @classmethod
    def read(cls, fields: Mapping[str, Any], steps: Callable[[object, str], tuple[Step, ...]]) -> dict[str, Any]:
        read, cases = super().read(fields, steps), fields.get("cases")
        if not isinstance(cases, list | tuple):
            return read
        return read | {"cases": [
            {**case, "steps": steps(case["steps"], f"cases[{n}].steps")}
            if isinstance(case, Mapping) and "steps" in case
            else case
            for n, case in enumerate(cases)
        ]}  # fmt: skip

    def dump(self, steps: Callable[[Sequence[Step]], list[Any]]) -> dict[str, Any]:
        inner = {"cases", "otherwise", "on_failure"}
        fields: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=inner)
        cases = [{"when": c.when.source} | ({"steps": steps(c.steps)} if c.steps else {}) for c in self.cases]
        rest = {"else": self.otherwise, "on_failure": self.on_failure}
        return fields | ({"cases": cases} if cases else {}) | {name: steps(part) for name, part in rest.items() if part}

    # --- words ---

    def parts(self) -> Mapping[str, Sequence[Step]]:
        return {c.when.source: c.steps for c in self.cases} | dict(super().parts())

    def titles(self) -> Mapping[str, str]:
        failed = "s'il ne part pas" if self.asked.writes else "s'il ne répond pas"
        cases = {c.when.source: f"si {condition_in_words(c.when.source)}" for c in self.cases}
        return {**cases, "else": "sinon", "on_failure": failed}

    def words(self) -> Mapping[str, str]:
        titles = super().titles()
        cases = {f"cas_{n}": f"si {condition_in_words(c.when.source)}" for n, c in enumerate(self.cases, 1)}
        return {**self.titles(), **titles, **self.details, **cases}

    def said(self) -> str:
        by, span = f"l'agent « {self._agent.label} »", f"{words(self.timeout)} au plus"
        if self.send:
            return f"Envoyer {CHANNELS[self.send].message} écrit par {by}, {span}"
        return f"Interroger {by}, {span}"

    def awaited(self) -> str:
        return super().awaited() if self.asked.writes else f"la réponse de l'agent « {self._agent.label} »"

    def needs(self, sector: str) -> Iterable[Need]:
        return self._message().needs(sector) if self.asked.writes else ()

    def cautions(self, defaults: Defaults) -> Iterable[str]:
        return self._message().cautions(defaults) if self.asked.writes else ()

    # --- program ---

    def _message(self) -> Send:
        """Return the message that it sends as the step that would send it."""
        assert self.send is not None
        assert self.template is not None
        return Send(
            id=self.id, send=self.send, template=self.template, category=self.category, useful_for=self.useful_for,
            on_failure=self.on_failure,
        )  # fmt: skip

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        if not self.asked.writes:
            request = {"of": self.of} if self.of else {}
            return AskInstruction(self.id, AskAgent(self.id, self._agent.name, self._agent.label, _written(request)))
        sent = self._message().instruction(then, defaults)
        request = {
            "channel": sent.channel, "template": sent.template, "category": sent.category, "brief": self.brief or "",
        }  # fmt: skip
        ask = AskAgent(self.id, self._agent.name, self._agent.label, _written(request))
        return WriteInstruction(self.id, sent, ask, self.timeout)

    def instructions(self, then: str, defaults: Defaults) -> Iterable[Instruction]:
        first = self.instruction(then, defaults)
        yield first
        failed = self.entry("on_failure", then)
        if not isinstance(first, WriteInstruction):
            cases = tuple(self.entry(case.when.source, then) for case in self.cases)
            otherwise = self.entry("else", then)
            failed = failed if self.on_failure else otherwise
            yield AnswerInstruction(self.id + OUTCOME, self.timeout, cases, otherwise, failed)
        elif self.on_failure:
            yield WrittenInstruction(self.id + OUTCOME, first.sent.useful_for, then, failed)

    def signals(self) -> Iterable[tuple[str, Signal]]:
        if self.asked.writes:
            yield from self._message().signals()
            return
        place = self.id + OUTCOME
        yield ANSWERED, Signal(place, step=self.id)
        for n, case in enumerate(self.cases, 1):
            yield ANSWERED, Signal(f"{place}{CASE}{n}", case.when, step=self.id)
        yield FAILED, Signal(place, step=self.id)
        yield FAILED, Signal(place + IN_VAIN, step=self.id)


def _check_facts(condition: Condition, name: str) -> None:
    """Raise ValueError for a fact that no answer of this agent has: such a case would never fit."""
    known = asked_by_steps()[name].in_steps
    assert known is not None
    for fact in FACT.findall(TEXT.sub("''", condition.source)):
        if fact not in known.facts and fact not in ALWAYS:
            facts = ", ".join(sorted({*known.facts, "decide_par"}))
            raise ValueError(f"the agent {name!r} does not answer with {fact!r} (it does with: {facts})")


def _written(request: Mapping[str, Any]) -> str:
    return json.dumps(request, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class AskInstruction:
    """The agent is asked by a worker of its own: nothing in the engine waits for a model."""

    id: str
    ask: AskAgent
    kind: ClassVar[str] = "agent"

    def move(self, state: State, now: datetime) -> Move:
        return Go(self.id + OUTCOME, (self.ask,), detail="agent_interroge")


@dataclass(frozen=True, slots=True)
class AnswerInstruction:
    """Rest until the agent has answered. It never fails an execution: rules answer when no model does."""

    id: str
    timeout: timedelta
    cases: tuple[str, ...]  # where each begins
    otherwise: str
    failed: str
    kind: ClassVar[str] = "agent"

    def move(self, state: State, now: datetime) -> Move:
        if self.id + IN_VAIN in state.seen:
            return Go(self.failed, detail="agent_echoue")
        if self.id in state.seen:
            for n, first in enumerate(self.cases, 1):
                if f"{self.id}{CASE}{n}" in state.seen:
                    return Go(first, detail=f"cas_{n}")
            return Go(self.otherwise, detail="agent_repondu")
        until = state.entered_at + self.timeout
        return Go(self.failed, detail="sans_reponse") if now >= until else Rest(until)
