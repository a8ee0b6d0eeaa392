"""`send`: put an email, an SMS or a WhatsApp message into the outbox."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from berinia.clock import format_duration
from workflows.channels import CHANNELS
from workflows.program import (
    IN_VAIN,
    OUTCOME,
    Effect,
    Go,
    Instruction,
    Move,
    Rest,
    Run,
    Signal,
    State,
    Writer,
)
from workflows.steps.base import Defaults, Duration, Need, Step, Steps
from workflows.words import words

# Commercial messages on these channels wait for the hours at which they may be sent (in France: not at night, on
# Sundays and on holidays).
WITH_HOURS = ("sms", "whatsapp")
LONGEST_CLOSED = timedelta(hours=72)
# What delivery reports of a message whose step waits to hear of it.
SENT, FAILED = "message_parti", "message_echoue"


class Send(Step):
    """Send a message written from a template of the sector.

    With `on_failure`, the execution waits until the provider has taken the message; when it does not go out
    (refused, suppressed, no longer useful), these steps are taken before it goes on.
    """

    kind: ClassVar[str] = "send"
    label: ClassVar[str] = "Envoyer"
    icon: ClassVar[str] = "send"
    branches: ClassVar[Mapping[str, str]] = {"on_failure": "s'il ne part pas"}
    details: ClassVar[Mapping[str, str]] = {
        **{name: channel.name for name, channel in CHANNELS.items()},
        "trop_tard": "trop tard, non envoyé", "saute": "passé à la reprise", "parti": "parti", "non_parti": "non parti",
    }  # fmt: skip

    send: Literal["email", "sms", "whatsapp"] = Field(description="The channel.")
    template: str = Field(
        pattern=r"^[a-z][a-z0-9_/]*$",
        max_length=100,
        description="A message of the workflow's sector, or `<sector>/<name>`.",
    )
    category: Literal["transactional", "marketing"] | None = Field(
        default=None, description="Instead of the definition's `category`."
    )
    useful_for: Duration | None = Field(
        default=None, description="Not sent later than this; else the definition's `expires_after`."
    )
    on_failure: Steps = Field(description="Steps if the message does not go out.")

    def said(self) -> str:
        span = f", utile {words(self.useful_for)}" if self.useful_for else ""
        return f"Envoyer {CHANNELS[self.send].message}{span}"

    def full_name(self, sector: str) -> str:
        """Return the name of the template with its sector."""
        return self.template if "/" in self.template else f"{sector}/{self.template}"

    def needs(self, sector: str) -> Iterable[Need]:
        yield Need("template", "template", self.full_name(sector), self.send)

    def cautions(self, defaults: Defaults) -> Iterable[str]:
        useful_for = self.useful_for or defaults.expires_after
        is_marketing = (self.category or defaults.category) == "marketing"
        if is_marketing and self.send in WITH_HOURS and useful_for < LONGEST_CLOSED:
            yield (
                f"ce message commercial n'est utile que {words(useful_for)} : écrit un samedi soir avant un lundi "
                f"férié, il ne pourrait partir que le mardi matin, trop tard "
                f"(écrivez useful_for: {format_duration(LONGEST_CLOSED)})"
            )

    def instruction(self, then: str, defaults: Defaults) -> "SendInstruction":
        template = self.full_name(defaults.sector)
        return SendInstruction(
            self.id,
            self.send,
            template,
            self.category or defaults.category,
            self.useful_for or defaults.expires_after,
            self.id + OUTCOME if self.on_failure else then,
            bool(self.on_failure),
            then,
        )

    def instructions(self, then: str, defaults: Defaults) -> Iterable[Instruction]:
        sent = self.instruction(then, defaults)
        yield sent
        if self.on_failure:
            yield SentInstruction(self.id + OUTCOME, sent.useful_for, then, self.entry("on_failure", then))

    def signals(self) -> Iterable[tuple[str, Signal]]:
        if self.on_failure:
            yield from outcome_signals(self.id, SENT, FAILED)


def outcome_signals(step: str, good: str, bad: str) -> Iterable[tuple[str, Signal]]:
    """Yield the signals of a step that waits to hear what became of its message or call."""
    yield good, Signal(step + OUTCOME, step=step)
    # The first wakes an execution that rests here; the second says how it ended.
    yield bad, Signal(step + OUTCOME, step=step)
    yield bad, Signal(step + OUTCOME + IN_VAIN, step=step)


MESSAGE = (
    "organization_id", "site_id", "contact_id", "event_id", "execution_id", "run", "workflow_id", "step", "template",
    "channel", "category", "status", "reason", "detail", "due_at", "useful_until", "provider", "provider_id",
    "to", "reports_outcome", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SendMessage(Effect):
    """Put a message into the outbox."""

    step: str
    channel: str
    template: str
    category: str
    useful_until: datetime
    reports_outcome: bool = False
    due_at: datetime | None = None  # None: at once

    def write(self, out: Writer, run: Run) -> None:
        out.insert("messages", MESSAGE, (
            run.organization_id, run.site_id, run.contact_id, run.event_id, run.id, run.run, run.workflow_id, self.step,
            self.template, self.channel, self.category, "queued", "", "",
            self.due_at.isoformat() if self.due_at else out.stamp, self.useful_until.isoformat(),
            "", "", "", self.reports_outcome, out.stamp,
        ))  # fmt: skip
        out.wake("delivery")

    def said(self) -> str:
        return f"Envoyer {CHANNELS[self.channel].message} « {self.template} »"

    def echo(self) -> tuple[timedelta, str] | None:
        return (timedelta(seconds=1), self.step + OUTCOME) if self.reports_outcome else None


@dataclass(frozen=True, slots=True)
class SendInstruction:
    """Too late is not sent, with a record: an SMS "we are on our way" is wrong the next morning."""

    id: str
    channel: str
    template: str
    category: str
    useful_for: timedelta
    then: str
    reports_outcome: bool
    follower: str
    kind: ClassVar[str] = "send"

    def move(self, state: State, now: datetime) -> Move:
        planned = state.due_at or now
        if state.skip_until is not None and planned < state.skip_until:
            return Go(self.follower, detail="saute")
        useful_until = planned + self.useful_for
        if now > useful_until:
            return Go(self.follower, detail="trop_tard")
        message = SendMessage(
            self.id, self.channel, self.template, self.category, useful_until, self.reports_outcome
        )  # fmt: skip
        return Go(self.then, (message,), detail=self.channel)


# A message that is looked up with its provider after its time may still be reported.
GRACE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SentInstruction:
    """Rest until it is known what became of the message; unknown is not failed."""

    id: str
    useful_for: timedelta
    then: str
    otherwise: str
    kind: ClassVar[str] = "send"

    def move(self, state: State, now: datetime) -> Move:
        if self.id + IN_VAIN in state.seen:
            return Go(self.otherwise, detail="non_parti")
        if self.id in state.seen:
            return Go(self.then, detail="parti")
        until = state.entered_at + self.useful_for + GRACE
        return Go(self.then) if now >= until else Rest(until)
