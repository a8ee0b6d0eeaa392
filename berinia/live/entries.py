"""What the stream's entries become for those who look: texts that are sent as they are. Pure.

Steps are passed by the thousand: what moved in a while is one message, but an execution that somebody looks at has
messages of its own.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_EXECUTIONS = 100  # listed in one message; the others are counted


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream."""

    id: str
    organization_id: int
    kind: str
    payload: str  # JSON

    @classmethod
    def of(cls, stream_id: str, fields: Mapping[str, str]) -> "Entry":
        """Read an entry as Redis returns it."""
        return cls(stream_id, int(fields["organization"]), fields["type"], fields["payload"])

    def write(self) -> str:
        """Return the entry as a message."""
        return envelope(self.kind, self.payload, self.id)


def envelope(kind: str, payload: str, stream_id: str = "") -> str:
    """Return a message as it is sent; its payload is JSON already."""
    said = f',"id":"{stream_id}"' if stream_id else ""
    return f'{{"type":"{kind}","payload":{payload}{said}}}'


def dump(payload: Any) -> str:
    """Return a payload as JSON."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), default=str)


def moment(stream_id: str) -> tuple[int, int]:
    """Return an id in the order of the stream: milliseconds, number. Raises ValueError for what is none."""
    milliseconds, _, number = stream_id.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (milliseconds, number or "0")):
        raise ValueError(f"no id of the stream: {stream_id!r}")
    return int(milliseconds), int(number or 0)


@dataclass(slots=True)
class Progress:
    """What moved since it was last told: how many, of which workflows, and the last hundred of them."""

    id: str = ""
    count: int = 0
    workflows: Counter[str] = field(default_factory=Counter)
    executions: dict[str, Any] = field(default_factory=dict)

    def add(self, stream_id: str, payload: Mapping[str, Any], workflow_id: str | None = None) -> None:
        """Take in an entry; with a workflow, only what concerns it."""
        self.id = stream_id
        counts = payload["workflows"]
        counts = counts if workflow_id is None else {workflow_id: counts.get(workflow_id, 0)}
        self.workflows.update(counts)
        self.count = self.workflows.total()
        for execution in payload["executions"]:
            if workflow_id in (None, execution["workflowId"]):
                self.executions.pop(execution["executionId"], None)
                self.executions[execution["executionId"]] = execution
        while len(self.executions) > MOST_EXECUTIONS:
            del self.executions[next(iter(self.executions))]

    def write(self, kind: str) -> str:
        """Return it as a message."""
        payload = {
            "nombre": self.count, "workflows": dict(self.workflows), "executions": list(self.executions.values()),
        }  # fmt: skip
        return envelope(kind, dump(payload), self.id)
