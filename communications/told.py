"""Tell whoever looks at an execution what became of its messages."""

from collections.abc import Iterable
from typing import Any

from berinia import live
from berinia.live.progress import Moved, moved


def tell_messages(changed: Iterable[tuple[Any, str]]) -> None:
    """Tell of messages (their rows) that have a new status; of those that belong to no execution nobody hears."""
    moved(
        Moved(
            row.organization_id,
            row.workflow_id,
            row.execution_id,
            step=row.step,
            message_id=row.id,
            message_status=status,
        )
        for row, status in changed
        if row.execution_id is not None and live.is_watched(row.organization_id)
    )
