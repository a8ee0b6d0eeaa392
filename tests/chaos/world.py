"""The world after the storm: the rows of one site and what its providers hold, as the auditor reads them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Fetch = Callable[[str, Sequence[Any]], list[Any]]

QUERIES = {
    "events": """
        SELECT e.id, e.contact_id, e.name, e.data, e.idempotency_key, e.workflow_id, e.occurred_at, e.routed_at,
            e.moved, e.error
        FROM evenements e WHERE e.site_id = %s ORDER BY e.id
    """,
    "executions": """
        SELECT id, workflow_id, version_id, contact_id, event_id, entry_key, status, at, due_at, started_at, ended_at,
            seen, run, reason, failures, erreurs
        FROM executions_workflow WHERE site_id = %s ORDER BY id
    """,
    "steps": """
        SELECT s.id, s.execution_id, s.step, s.kind, s.at, s.detail
        FROM etapes_execution s JOIN executions_workflow e ON e.id = s.execution_id WHERE e.site_id = %s ORDER BY s.id
    """,
    "messages": """
        SELECT id, contact_id, execution_id, run, workflow_id, step, channel, template, status, reason, due_at,
            attempts, calls, first_attempt_at, attempted_at, provider, provider_id, payload, created_at, sent_at,
            reports_outcome
        FROM messages WHERE site_id = %s ORDER BY id
    """,
    "calls": """
        SELECT id, execution_id, run, step, status, due_at, attempts, error, created_at, settled_at
        FROM appels_http WHERE site_id = %s ORDER BY id
    """,
    "contacts": """
        SELECT id, name, coalesce(email, '') AS email, coalesce(phone, '') AS phone, tags, fields, opted_out_at
        FROM contacts WHERE site_id = %s ORDER BY id
    """,
    "metrics": """
        SELECT workflow_id, name, sum(value)::bigint AS value FROM metriques_conversion
        WHERE site_id = %s GROUP BY 1, 2
    """,
    "versions": """
        SELECT v.id, v.document, w.sector, w.id AS workflow_id, w.slug, w.version_id = v.id AS is_current
        FROM versions_workflow v JOIN workflows_automatises w ON w.id = v.workflow_id WHERE w.site_id = %s
    """,
}


@dataclass(slots=True)
class World:
    """Rows by table (newest last), and what was handed over. `sms`, `emails`, `hooks`: as the fakes took them."""

    now: datetime
    events: list[Any]
    executions: list[Any]
    steps: list[Any]
    messages: list[Any]
    calls: list[Any]
    contacts: list[Any]
    metrics: list[Any]
    versions: list[Any]
    sms: list[dict[str, Any]] = field(default_factory=list)
    emails: list[dict[str, Any]] = field(default_factory=list)
    hooks: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, bytes]] = field(default_factory=list)  # every call of the hook: its id and its body


def read(fetch: Fetch, site_id: int, now: datetime, sms: Any, emails: Any, hook: Any) -> World:
    """Read the rows of a site, and the journals of the three fakes."""
    rows = {table: fetch(query, [site_id]) for table, query in QUERIES.items()}
    requests = [(call.headers["webhook-id"], call.body) for call in list(hook.calls)]
    return World(now, **rows, sms=sms.accepted(), emails=emails.accepted(), hooks=hook.accepted(), requests=requests)


def grouped(rows: Sequence[Any], name: str) -> defaultdict[Any, list[Any]]:
    """Return rows by one of their fields."""
    found: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


# Work that is due or under way, of any kind: at rest there is none of it.
UNDER_WAY = """
SELECT (SELECT count(*) FROM evenements WHERE routed_at IS NULL),
    (SELECT count(*) FROM executions_workflow WHERE status IN ('en_attente', 'en_cours')),
    (SELECT count(*) FROM messages
     WHERE status IN ('queued', 'sending') OR (status = 'unknown' AND due_at IS NOT NULL)),
    (SELECT count(*) FROM appels_http WHERE status IN ('queued', 'sending')),
    (SELECT count(*) FROM webhooks_recus WHERE processed_at IS NULL)
"""
