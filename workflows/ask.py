"""What asking an agent does: the question goes into its queue, and beside it the message that waits for a text. Pure.

The step itself is workflows/steps/agent.py.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from workflows.program import OUTCOME, Effect, Go, Move, Run, State, Writer
from workflows.steps.send import SendInstruction, SendMessage, SentInstruction

AGENT_RUN = (
    "organization_id", "site_id", "contact_id", "workflow_id", "execution_id", "run", "event_id", "step", "agent",
    "request", "status", "due_at", "created_at", "input_hash", "prompt_version", "model", "decided_by", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskAgent(Effect):
    """Put a question to an agent into its queue. `request` is JSON; `latest`: when a message leaves without a text."""

    step: str
    agent: str
    label: str
    request: str
    latest: datetime | None = None

    def write(self, out: Writer, run: Run) -> None:
        request = json.loads(self.request) | ({"latest": self.latest.isoformat()} if self.latest else {})
        out.insert("executions_agents", AGENT_RUN, (
            run.organization_id, run.site_id, run.contact_id, run.workflow_id, run.id, run.run, run.event_id,
            self.step, self.agent, json.dumps(request), "en_file", out.stamp, out.stamp, "", "", "", "", "",
        ))  # fmt: skip
        out.wake("agents")

    def said(self) -> str:
        return f"Interroger l'agent « {self.label} »"

    def echo(self) -> tuple[timedelta, str] | None:
        # Of one that writes, it is the message that is waited for.
        return None if self.latest else (timedelta(seconds=1), self.step + OUTCOME)


@dataclass(frozen=True, slots=True)
class WriteInstruction:
    """The message is in the outbox from the beginning, and goes when its text is there or the time is up.

    So all that holds, takes back and dates messages holds for it, and it leaves even if no agent is running. At least
    half of the time in which it is useful is left for its way.
    """

    id: str
    sent: SendInstruction
    ask: AskAgent
    timeout: timedelta
    kind: ClassVar[str] = "agent"

    def move(self, state: State, now: datetime) -> Move:
        move = self.sent.move(state, now)
        if not isinstance(move, Go) or not move.effects:
            return move
        (message,) = move.effects
        assert isinstance(message, SendMessage)
        latest = now + min(self.timeout, (message.useful_until - now) / 2)
        return replace(move, effects=(replace(self.ask, latest=latest), replace(message, due_at=latest)))


@dataclass(frozen=True, slots=True)
class WrittenInstruction(SentInstruction):
    """What became of the message is what becomes of any."""

    kind: ClassVar[str] = "agent"
