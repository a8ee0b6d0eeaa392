"""Attribution: which message a conversion is put down to.

It is the last one that the same run of the execution had handed over when it converted. An execution converts only
within its goal's window (`Program.signals_of`), so that is within the window too.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from berinia.rows import fetch
from communications.models.reach import Moment, Reached
from crm.models.metric import hour_of

LAST_MESSAGES = """
SELECT DISTINCT ON (m.execution_id) m.execution_id, m.step, m.template, m.channel
FROM unnest(%s::bigint[], %s::int2[]) AS c (id, run)
JOIN messages m ON m.execution_id = c.id AND m.run = c.run
WHERE m.sent_at IS NOT NULL OR m.status IN ('sent', 'delivered', 'opened', 'clicked')
ORDER BY m.execution_id, coalesce(m.sent_at, m.attempted_at, m.created_at) DESC, m.id DESC
"""


class _Message(NamedTuple):
    step: str = ""
    template: str = ""
    channel: str = ""


def attributed(converted: Sequence[Any], now: datetime) -> Counter[Reached]:
    """Return the counters of the executions that convert now, each under its message, or under none."""
    if not converted:
        return Counter()
    rows = fetch(LAST_MESSAGES, [[row.id for row in converted], [row.run for row in converted]])
    messages = {row.execution_id: row for row in rows}
    return Counter(_counter(row, messages.get(row.id, _Message()), now) for row in converted)


def _counter(execution: Any, message: Any, now: datetime) -> Reached:
    return Reached(
        execution.organization_id, execution.site_id, execution.workflow_id, message.step, message.template,
        message.channel, hour_of(now), str(Moment.CONVERTED),
    )  # fmt: skip
