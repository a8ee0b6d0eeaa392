"""Books: what a batch of stored requests comes to besides the rows of its messages, written down all at once."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from berinia.rows import run, update_rows
from communications.happened import Happening, tell
from communications.models.reach import Moment, Reached, count_reached, reached
from communications.notify import Alert, notify
from communications.outcomes import Outcome, report
from communications.suppress import Closing, suppress_all
from crm.models.metric import Counted, count, hour_of

DONE = "UPDATE webhooks_recus SET processed_at = %s, attempts = attempts + 1, error = '' WHERE id = ANY(%s)"
NOTED = {"id": "bigint", "processed_at": "timestamptz", "attempts": "int2", "error": "text"}
REWRITTEN = {"id": "bigint", "body": "jsonb"}


@dataclass(slots=True)
class Books:
    """What is to be written. `problems` are the requests that could not be placed, and why."""

    now: datetime
    happenings: list[Happening] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    moments: Counter[Reached] = field(default_factory=Counter)
    counts: Counter[Counted] = field(default_factory=Counter)
    problems: dict[int, str] = field(default_factory=dict)
    bodies: dict[int, str] = field(default_factory=dict)

    def reach(self, message: Any, moment: Moment, at: datetime, before: datetime | None = None) -> None:
        """Count something that has happened to a message; with `before`, it is now known to have been earlier."""
        self.moments[reached(message, moment, at)] += 1
        if before is not None:
            self.moments[reached(message, moment, before)] -= 1

    def count(self, message: Any, name: str) -> None:
        """Count under one of the older names."""
        hour = hour_of(self.now)
        key = Counted(message.organization_id, message.site_id, message.workflow_id or 0, hour, name)
        self.counts[key] += 1

    def close(self, message: Any, reason: str) -> None:
        """Close the address of a message."""
        if message.to:
            self.closings.append(Closing(message.organization_id, message.channel, message.to, reason))

    def write(self, requests: list[Any]) -> None:
        """Write everything, and that the requests are dealt with. Counters last: their rows are in demand."""
        suppress_all(self.closings, self.now)
        report(self.outcomes, self.now)
        tell(self.happenings)
        notify(self.alerts, self.now)
        run(DONE, [self.now, [row.id for row in requests if row.id not in self.problems]])
        problems = [(r.id, self.now, r.attempts + 1, self.problems[r.id]) for r in requests if r.id in self.problems]
        update_rows("webhooks_recus", NOTED, problems)
        update_rows("webhooks_recus", REWRITTEN, list(self.bodies.items()))
        count(self.counts)
        count_reached(self.moments)
