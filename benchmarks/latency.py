"""From the site's POST to the provider on an idle system, and how late due steps are under load."""

import time
from datetime import UTC, datetime

from benchmarks.figures import Figure, at_most, seen
from benchmarks.system import System, event, percentile

# Executions at the wait of the plumber's workflow, due at 1,000 a second from a moment on.
DUE = """
INSERT INTO executions_workflow (organization_id, site_id, workflow_id, version_id, contact_id, event_id, entry_key,
    status, at, entered_at, due_at, started_at, seen, reason, failures, erreurs)
SELECT e.organization_id, e.site_id, e.workflow_id, e.version_id, e.contact_id, e.event_id, 'due' || g, 'en_cours',
    'deja_fini', now() - interval '15 minutes', now() + interval '3 seconds' + g * interval '1 millisecond',
    now() - interval '15 minutes', '{}', '', 0, '[]'
FROM (SELECT * FROM executions_workflow LIMIT 1) e, generate_series(1, %s) g RETURNING id, due_at
"""


def measure(quick: bool, results: dict[str, float]) -> list[Figure]:
    events, seconds = (50, 5) if quick else (200, 20)
    with System() as system:
        road = to_provider(system, events)
        late = lateness(system, 1000 * seconds)
    return [
        at_most("event over REST to message handed over, idle, p99", 1000 * percentile(road, 0.99), 300, "ms"),
        seen("the same, median", 1000 * percentile(road, 0.5), "ms"),
        at_most(
            f"lateness of due steps at 1,000 a second for {seconds} s, p99", 1000 * percentile(late, 0.99), 2000, "ms"
        ),
    ]


def to_provider(system: System, count: int) -> list[float]:
    posted = {}
    for n in range(count):
        posted[f"+336{n:08}"] = datetime.now(UTC)
        system.session.post(system.url + "/api/events", json=event(n), timeout=10).raise_for_status()
        time.sleep(0.05)
    query = """SELECT "to", sent_at FROM messages WHERE step = 'accuse' AND status = 'sent'"""
    sent = _until(system, query, count)
    return [(at - posted[to]).total_seconds() for to, at in sent]


def lateness(system: System, count: int) -> list[float]:
    due = dict(system.database.execute(DUE, [count]).fetchall())
    query = "SELECT execution_id, at FROM etapes_execution WHERE step = 'en_route'"
    passed = _until(system, query, count)
    return [(at - due[execution]).total_seconds() for execution, at in passed if execution in due]


def _until(system: System, query: str, count: int) -> list[tuple[object, datetime]]:
    deadline = time.monotonic() + 120
    while len(rows := system.database.execute(query).fetchall()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(rows)} of {count} after two minutes: {query}")
        time.sleep(0.5)
    return rows
