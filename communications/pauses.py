"""What is paused above executions: claims of executions and of messages leave it out."""

from typing import Any

from berinia.rows import fetch

PAUSED = """
SELECT ARRAY(SELECT id FROM workflows_automatises WHERE status <> 'actif') AS workflows,
    ARRAY(SELECT id FROM sites WHERE is_paused) AS sites,
    ARRAY(SELECT id FROM organisations WHERE is_paused) AS organizations
"""


def paused() -> Any:
    """Return the ids of the `workflows` that are not active and of the `sites` and `organizations` that are paused.

    There are few. The emergency stop is not among them: claims look at it themselves.
    """
    (row,) = fetch(PAUSED)
    return row
