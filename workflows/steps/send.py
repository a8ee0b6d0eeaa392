"""`send`: put an email or an SMS into the outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from workflows.program import Go, Instruction, Move, SendMessage, State
from workflows.steps.base import Defaults, Duration, Step


class Send(Step):
    """Send a message written from a template of the sector."""

    kind: ClassVar[str] = "send"
    label: ClassVar[str] = "Envoyer"

    send: Literal["email", "sms"]
    template: str = Field(pattern=r"^[a-z][a-z0-9_/]*$", max_length=100)
    category: Literal["transactional", "marketing"] | None = None
    useful_for: Duration | None = None

    def instruction(self, then: str, defaults: Defaults) -> Instruction:
        template = self.template if "/" in self.template else f"{defaults.sector}/{self.template}"
        return SendInstruction(
            self.id,
            self.send,
            template,
            self.category or defaults.category,
            self.useful_for or defaults.expires_after,
            then,
        )


@dataclass(frozen=True, slots=True)
class SendInstruction:
    """Too late is not sent, with a record: an SMS "we are on our way" is wrong the next morning."""

    id: str
    channel: str
    template: str
    category: str
    useful_for: timedelta
    then: str
    kind: ClassVar[str] = "send"

    def move(self, state: State, now: datetime) -> Move:
        useful_until = (state.due_at or now) + self.useful_for
        if now > useful_until:
            return Go(self.then, detail="trop_tard")
        message = SendMessage(self.id, self.channel, self.template, self.category, useful_until)
        return Go(self.then, (message,), detail=self.channel)
