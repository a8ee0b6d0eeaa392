"""`call`: tell another system, by a signed HTTP request, and go on when it has answered."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from workflows.program import (
    IN_VAIN,
    OUTCOME,
    Effect,
    End,
    Go,
    Instruction,
    Move,
    Outcome,
    Rest,
    Run,
    Signal,
    State,
    Writer,
)
from workflows.steps.base import Defaults, Duration, Step, Steps
from workflows.steps.send import outcome_signals
from workflows.words import words

# What comes of a call (communications/calls.py reports it).
ANSWERED, FAILED = "appel_http_abouti", "appel_http_echoue"
LARGEST = 10_000


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("an address begins with https:// and has a host")
    if parts.username or parts.password:
        raise ValueError("no user or password in an address: the request is signed")
    if parts.port == 0:  # reading the port raises ValueError when it is none
        raise ValueError("Port out of range 1-65535")
    return url


def _small(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(json.dumps(data, allow_nan=False)) > LARGEST:
        raise ValueError(f"more than {LARGEST} characters")
    return data


class Request(BaseModel):
    """What to call. `data` is sent along; `timeout` is how long to try in all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_address)] = Field(
        max_length=500, description="Where to, `https://…`.", json_schema_extra={"pattern": "^https?://[^/@]+(/|$|[?])"}
    )
    data: Annotated[dict[str, JsonValue], AfterValidator(_small)] = Field(
        default_factory=dict, description="Sent along as `data`."
    )
    timeout: Duration = Field(default=timedelta(hours=1), description="How long to try in all.")


class Call(Step):
    """POST to an address: then `then` once it answers 2xx. When it does not, `on_failure`; without it, fail.

    Tried again with growing pauses. The request is signed (https://www.standardwebhooks.com) and never goes to
    a private address.
    """

    kind: ClassVar[str] = "call"
    label: ClassVar[str] = "Appeler un autre système"
    icon: ClassVar[str] = "cable"
    branches: ClassVar[Mapping[str, str]] = {"then": "s'il répond", "on_failure": "s'il ne répond pas"}
    details: ClassVar[Mapping[str, str]] = {
        "demande": "appel demandé", "abouti": "a répondu", "non_abouti": "n'a pas abouti",
        "sans_reponse": "délai passé",
    }  # fmt: skip

    call: Request = Field(description="What is called.")
    then: Steps = Field(description="Steps once it has answered.")
    on_failure: Steps = Field(description="Steps if it has not; without them the execution fails.")

    def said(self) -> str:
        return f"Appeler {urlsplit(self.call.url).hostname}, {words(self.call.timeout)} au plus"

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        return CallInstruction(self.id, self.call.url, json.dumps(self.call.data, sort_keys=True))

    def instructions(self, then: str, defaults: Defaults) -> Iterable[Instruction]:
        yield self.instruction(then, defaults)
        otherwise = self.entry("on_failure", then) if self.on_failure else None
        yield AnswerInstruction(self.id + OUTCOME, self.id, self.call.timeout, self.entry("then", then), otherwise)

    def signals(self) -> Iterable[tuple[str, Signal]]:
        yield from outcome_signals(self.id, ANSWERED, FAILED)


CALL = (
    "organization_id", "site_id", "contact_id", "workflow_id", "execution_id", "run", "event_id", "step", "url",
    "data", "status", "due_at", "error", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CallOut(Effect):
    """Put a call into the outbox. `data` is JSON."""

    step: str
    url: str
    data: str

    def write(self, out: Writer, run: Run) -> None:
        out.insert("appels_http", CALL, (
            run.organization_id, run.site_id, run.contact_id, run.workflow_id, run.id, run.run, run.event_id,
            self.step, self.url, self.data, "queued", out.stamp, "", out.stamp,
        ))  # fmt: skip
        out.wake("calls")

    def said(self) -> str:
        return f"Appeler {self.url}"

    def echo(self) -> tuple[timedelta, str] | None:
        return timedelta(seconds=1), self.step + OUTCOME


@dataclass(frozen=True, slots=True)
class CallInstruction:
    """The call is made by delivery: nothing in the engine waits for a network."""

    id: str
    url: str
    data: str
    kind: ClassVar[str] = "call"

    def move(self, state: State, now: datetime) -> Move:
        return Go(self.id + OUTCOME, (CallOut(self.id, self.url, self.data),), detail="demande")


@dataclass(frozen=True, slots=True)
class AnswerInstruction:
    """Rest until the call is answered or given up. A retry of the execution makes the call anew."""

    id: str
    step: str
    timeout: timedelta
    then: str
    otherwise: str | None
    kind: ClassVar[str] = "call"

    def move(self, state: State, now: datetime) -> Move:
        if self.id + IN_VAIN in state.seen:
            return self._failed("non_abouti")
        if self.id in state.seen:
            return Go(self.then, detail="abouti")
        until = state.entered_at + self.timeout
        return self._failed("sans_reponse") if now >= until else Rest(until)

    def _failed(self, detail: str) -> Move:
        if self.otherwise is None:
            return End(Outcome.FAILED, f"appel_{detail}", at=self.step)
        return Go(self.otherwise, detail=detail)
