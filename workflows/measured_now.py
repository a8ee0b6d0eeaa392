"""What stands now: queues and how late they are, executions by status, the house, its database and its providers."""

import os
import platform
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from prometheus_client.core import GaugeMetricFamily as Gauge

from berinia.health import CHECKS, state
from berinia.live.hub import _hubs
from berinia.redis_client import connected
from berinia.rows import fetch
from communications import gate
from communications.models.message import Channel
from communications.pauses import paused
from communications.providers import provider_named
from communications.providers.choice import SANDBOX, kinds, provider_for
from workflows.models import ExecutionStatus

MOST = 50_000  # no queue is counted further: it is then at least so long
CELERY_QUEUES = ("engine", "delivery", "agents", "default")

# Each queue: what nobody has in hand and is due, without what is paused above it. Of at most MOST rows by index.
QUEUES = {
    "events": "SELECT received_at AS at FROM evenements WHERE routed_at IS NULL ORDER BY id LIMIT {most}",
    "executions": """
        SELECT due_at AS at FROM (SELECT due_at, workflow_id, site_id, organization_id FROM executions_workflow
            WHERE status IN ('en_attente', 'en_cours') AND due_at <= %(now)s ORDER BY due_at LIMIT {most}) e
        WHERE workflow_id <> ALL(%(workflows)s) AND site_id <> ALL(%(sites)s)
            AND organization_id <> ALL(%(organizations)s)
    """,
    "messages": """
        SELECT due_at AS at FROM (SELECT m.* FROM unnest(%(channels)s::text[]) AS w (channel) CROSS JOIN LATERAL (
            SELECT due_at, channel, workflow_id, site_id, organization_id FROM messages
            WHERE status = 'queued' AND channel = w.channel AND due_at <= %(now)s LIMIT {most}) AS m) m
        WHERE coalesce(workflow_id, 0) <> ALL(%(workflows)s) AND site_id <> ALL(%(sites)s)
            AND organization_id <> ALL(%(organizations)s)
            AND NOT EXISTS (SELECT 1 FROM freins f WHERE f.workflow_id = m.workflow_id AND f.channel = m.channel)
    """,
    "calls": """
        SELECT due_at AS at FROM (SELECT due_at, workflow_id, site_id, organization_id FROM appels_http
            WHERE status IN ('queued', 'sending') AND due_at <= %(now)s ORDER BY due_at LIMIT {most}) c
        WHERE workflow_id <> ALL(%(workflows)s) AND site_id <> ALL(%(sites)s)
            AND organization_id <> ALL(%(organizations)s)
    """,
    "alerts": "SELECT due_at AS at FROM envois_notification WHERE due_at <= %(now)s LIMIT {most}",
    "webhooks": "SELECT received_at AS at FROM webhooks_recus WHERE processed_at IS NULL ORDER BY id LIMIT {most}",
    "agent_steps": """
        SELECT due_at AS at FROM executions_agents WHERE status IN ('en_file', 'en_cours') AND due_at <= %(now)s
        LIMIT {most}
    """,
    "classifications": "SELECT classify_at AS at FROM leads WHERE classify_at <= %(now)s LIMIT {most}",
    "exports": """
        SELECT e.due_at AS at FROM exports_leads e JOIN connexions_crm k ON k.id = e.connection_id
        WHERE e.status IN ('en_file', 'en_cours') AND e.due_at <= %(now)s AND k.is_active
            AND coalesce(k.blocked_until, %(now)s) <= %(now)s AND e.organization_id <> ALL(%(organizations)s)
        LIMIT {most}
    """,
    "reconciliations": """
        SELECT due_at AS at FROM messages WHERE status IN ('sending', 'unknown') AND due_at <= %(now)s LIMIT {most}
    """,
    "enrolments": """
        SELECT next_at AS at FROM inscriptions WHERE status = 'en_cours' AND next_at <= %(now)s
            AND workflow_id <> ALL(%(workflows)s) AND site_id <> ALL(%(sites)s)
            AND organization_id <> ALL(%(organizations)s) LIMIT {most}
    """,
}
DEPTHS = " UNION ALL ".join(
    f"(SELECT '{name}' AS queue, count(*) AS n, extract(epoch FROM %(now)s - min(at))::float8 AS late "  # noqa: S608
    f"FROM ({query.format(most=MOST)}) AS {name})"
    for name, query in QUEUES.items()
)
# What waits and is not late: for its hour, for its execution to be resumed, for a person.
WAITING = f"""
SELECT w.channel, 'deferred' AS state, (SELECT count(*) FROM (SELECT 1 FROM messages
    WHERE status = 'queued' AND channel = w.channel AND due_at > %(now)s LIMIT {MOST}) AS m) AS n
FROM unnest(%(channels)s::text[]) AS w (channel)
UNION ALL
SELECT channel, status, count(*) FROM (
    (SELECT channel, status FROM messages WHERE status = 'held' LIMIT {MOST}) UNION ALL
    (SELECT channel, status FROM messages WHERE status = 'unknown' LIMIT {MOST}) UNION ALL
    (SELECT channel, status FROM messages WHERE status = 'sending' AND due_at IS NOT NULL LIMIT {MOST})) AS held
GROUP BY 1, 2
"""  # noqa: S608 - only constants are put in
STANDING = "SELECT status, sum(n)::bigint AS n FROM executions_par_etape GROUP BY 1"
HOUSE = """
SELECT (SELECT count(*) FROM plateforme WHERE is_paused) AS stopped, (SELECT count(*) FROM freins) AS brakes,
    (SELECT count(*) FROM organisations) AS organizations, (SELECT count(*) FROM sites) AS sites,
    (SELECT count(*) FROM workflows_automatises WHERE status = 'actif') AS workflows
"""
DATABASE = """
SELECT pg_database_size(current_database()) AS bytes, current_setting('max_connections')::int AS most,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connected,
    (SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8 FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()) AS oldest
"""


def queues(now: datetime) -> Iterator[Any]:
    """Yield how long each queue is and how late its oldest is, and what messages wait for."""
    held = paused()
    given = {
        "now": now, "channels": list(Channel.values), "workflows": held.workflows, "sites": held.sites,
        "organizations": held.organizations,
    }  # fmt: skip
    depth = Gauge(
        "berinia_queue_depth", f"Rows that are due and in nobody's hands, what is paused left out; at most {MOST}.",
        labels=["queue"],
    )  # fmt: skip
    late = Gauge("berinia_queue_lateness_seconds", "How long the oldest of them has been due.", labels=["queue"])
    for row in fetch(DEPTHS, given):
        depth.add_metric([row.queue], row.n)
        late.add_metric([row.queue], max(row.late or 0.0, 0.0))
    waiting = Gauge(
        "berinia_messages_waiting",
        f"Messages that wait for their hour (deferred), for a resume (held), for a person or their provider (unknown), "
        f"or are being handed over (sending); at most {MOST} a state.",
        labels=["channel", "state"],
    )
    found = {(row.channel, row.state): row.n for row in fetch(WAITING, given)}
    for channel in Channel.values:
        for name in ("deferred", "held", "unknown", "sending"):
            waiting.add_metric([channel, name], found.get((channel, name), 0))
    yield from (depth, late, waiting)


def executions(now: datetime) -> Iterator[Any]:
    """Yield how many executions there are of each status."""
    found = {row.status: row.n for row in fetch(STANDING)}
    gauge = Gauge("berinia_executions", "Executions by status, all that are kept.", labels=["status"])
    for status in ExecutionStatus.values:
        gauge.add_metric([status], found.get(status, 0))
    yield gauge


def house(now: datetime) -> Iterator[Any]:
    """Yield what is stopped, and how many live here."""
    (row,) = fetch(HOUSE)
    yield Gauge("berinia_emergency_stop", "1 while the emergency stop is given.", value=float(row.stopped > 0))
    yield Gauge("berinia_brakes", "Channels of workflows that the automatic brake holds.", value=row.brakes)
    yield Gauge("berinia_organizations", "Organizations.", value=row.organizations)
    yield Gauge("berinia_sites", "Sites.", value=row.sites)
    yield Gauge("berinia_workflows_active", "Workflows that are active.", value=row.workflows)


def database(now: datetime) -> Iterator[Any]:
    """Yield how big the database is and how busy its server."""
    (row,) = fetch(DATABASE)
    yield Gauge("berinia_database_size_bytes", "Size of the database on disk.", value=row.bytes)
    yield Gauge("berinia_database_connections", "Connections to the database.", value=row.connected)
    yield Gauge("berinia_database_connections_limit", "Connections that the server takes.", value=row.most)
    yield Gauge("berinia_database_transaction_seconds", "Age of the oldest open transaction.", value=row.oldest)


def celery(now: datetime) -> Iterator[Any]:
    """Yield how many wake-ups wait in Redis."""
    gauge = Gauge("berinia_celery_queue_length", "Wake-ups that wait in Redis.", labels=["queue"])
    with connected().pipeline(transaction=False) as pipeline:
        for name in CELERY_QUEUES:
            pipeline.llen(name)
        for name, length in zip(CELERY_QUEUES, pipeline.execute(), strict=True):
            gauge.add_metric([name], length)
    yield gauge


def providers(now: datetime) -> Iterator[Any]:
    """Yield which provider carries what, and which of them takes nothing now."""
    carries = Gauge("berinia_provider_carries", "1: this provider carries the channel.", labels=["provider", "channel"])
    used = {channel: provider_for(channel).name for channel in Channel.values}
    for channel, name in used.items():
        carries.add_metric([name, channel], 1)
    closed = Gauge(
        "berinia_provider_closed_seconds",
        "For how long no request is made to a provider: its breaker is open, or it asked for a pause. 0: it is open.",
        labels=["provider"],
    )
    for name, kind in kinds().items():
        if name in used.values() or (name != SANDBOX and kind.is_configured()):
            span = gate.closed_for(provider_named(name))
            closed.add_metric([name], span.total_seconds() if span else 0.0)
    yield from (carries, closed)


def sockets(now: datetime) -> Iterator[Any]:
    """Yield how many pages listen live to this very process."""
    gauge = Gauge("berinia_websockets", "Sockets that are open to this web process.", labels=["process"])
    gauge.add_metric([str(os.getpid())], sum(sum(hub.sockets.values()) for hub in list(_hubs.values())))
    yield gauge


def parts(now: datetime) -> Iterator[Any]:
    """Yield which parts of the system are heard of, as /healthz says."""
    gauge = Gauge("berinia_part_up", "1 while a part of the system answers or was heard of lately.", labels=["part"])
    for name, check in CHECKS.items():
        gauge.add_metric([name], float(state(check) == "ok"))
    yield gauge
    info = Gauge("berinia_build_info", "What runs here.", labels=["python", "postgresql", "embedded"])
    version = connection.connection.info.server_version if connection.connection is not None else 0
    info.add_metric([platform.python_version(), str(version), str(settings.IS_EMBEDDED).lower()], 1)
    yield info
