"""Outcomes: what became of messages and calls, told to the steps that wait for it, as events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from berinia.wake import wake

INSERT = """
INSERT INTO evenements (organization_id, site_id, contact_id, name, data, occurred_at, error)
SELECT o, s, c, n, d::jsonb, %s, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS e (o, s, c, n, d)
"""
MESSAGE_SENT, MESSAGE_FAILED = "message_parti", "message_echoue"
CALL_ANSWERED, CALL_FAILED = "appel_http_abouti", "appel_http_echoue"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the message or call of a step (`row` is its row). `details` are for people to read."""

    row: Any
    event: str
    details: dict[str, Any] = field(default_factory=dict)

    def data(self) -> str:
        """Return the event's data: which step of which execution this is about, and the details."""
        whose = {"execution": f"{self.row.execution_id}/{self.row.run}", "etape": self.row.step}
        return json.dumps({**self.details, **whose})


def message_outcomes(rows: Sequence[Any], is_sent: bool, reason: str = "") -> list[Outcome]:
    """Return the outcomes of those messages whose step waits for one."""
    event = MESSAGE_SENT if is_sent else MESSAGE_FAILED
    details = {"canal": "", "raison": reason}
    return [Outcome(row, event, {**details, "canal": row.channel}) for row in rows if row.reports_outcome]


def report(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write outcomes as events of their contacts; call it in the transaction that settles them."""
    if not outcomes:
        return
    columns: list[list[Any]] = [
        [o.row.organization_id for o in outcomes],
        [o.row.site_id for o in outcomes],
        [o.row.contact_id for o in outcomes],
        [o.event for o in outcomes],
        [o.data() for o in outcomes],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [now, *columns])
    wake("engine")
