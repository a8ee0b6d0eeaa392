"""Tell whoever looks which executions moved."""

from collections.abc import Sequence
from typing import Any

from berinia import live
from berinia.live.progress import Moved, moved
from berinia.rows import fetch
from workflows.program import step_of

NOW = "SELECT id, organization_id, workflow_id, status, at FROM executions_workflow WHERE id = ANY(%s)"


def tell_moved(rows: Sequence[Any], written: Sequence[tuple[Any, ...]]) -> None:
    """Tell of executions of which it is known what was written: id, status, at, and more, in the order of the rows."""
    if any(map(live.is_watched, {row.organization_id for row in rows})):
        moved(
            Moved(row.organization_id, row.workflow_id, row.id, status, step_of(at))
            for row, (_id, status, at, *_more) in zip(rows, written, strict=True)
        )


def tell_changed(rows: Sequence[Any]) -> None:
    """Tell of executions that somebody changed, as they are now."""
    if any(map(live.is_watched, {row.organization_id for row in rows})):
        found = fetch(NOW, [[row.id for row in rows]])
        moved(Moved(row.organization_id, row.workflow_id, row.id, row.status, step_of(row.at)) for row in found)
