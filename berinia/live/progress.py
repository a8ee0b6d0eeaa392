"""What is told of executions that moved: one message a batch and organization, whatever the number of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from berinia.live.entries import MOST_EXECUTIONS
from berinia.live.tell import Kind, Told, is_watched, publish_many, watched_executions


@dataclass(frozen=True, slots=True)
class Moved:
    """An execution that moved. Of a message of its only that is known: what the execution itself does follows."""

    organization_id: int
    workflow_id: int
    execution_id: int
    status: str | None = None
    step: str = ""
    message_id: int | None = None
    message_status: str = ""

    def write(self) -> dict[str, Any]:
        """Return it as it is sent."""
        said = {
            "executionId": str(self.execution_id), "workflowId": str(self.workflow_id), "statut": self.status,
            "etape": self.step,
        }  # fmt: skip
        if self.message_id is None:
            return said
        return said | {"messageId": str(self.message_id), "messageStatut": self.message_status}


def moved(executions: Iterable[Moved]) -> None:
    """Tell of executions, when the transaction commits: all are counted, those that somebody looks at are listed."""
    by_organization: dict[int, list[Moved]] = {}
    for execution in executions:
        by_organization.setdefault(execution.organization_id, []).append(execution)
    publish_many([
        Told(organization_id, Kind.EXECUTION_PROGRESS, _payload(found))
        for organization_id, found in by_organization.items() if is_watched(organization_id)
    ])  # fmt: skip


def _payload(found: list[Moved]) -> dict[str, Any]:
    first, seen = found[:MOST_EXECUTIONS], watched_executions()
    listed = first + [execution for execution in found[MOST_EXECUTIONS:] if execution.execution_id in seen]
    return {
        "nombre": len(found),
        "workflows": Counter(str(execution.workflow_id) for execution in found),
        "executions": [execution.write() for execution in listed],
    }
