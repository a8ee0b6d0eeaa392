"""What has happened, as counters for Prometheus.

Those of executions and messages are sums of the hourly counters since the first of the month (UTC): bounded, right to
the unit, and not lowered by retention. They begin again at 0 with each month, as a counter does whose process was
started anew: `rate()` and `increase()` take it for that. What no table keeps comes from Redis (berinia/tally.py).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from prometheus_client.core import CounterMetricFamily
from prometheus_client.core import GaugeMetricFamily as Gauge

from agents.budget import micros
from berinia import tally
from berinia.rows import fetch
from communications.days import read_as
from communications.models.reach import Moment
from communications.spans import Span
from crm.models.metric import hour_of

ENDINGS = ("started", "completed", "converted", "stopped", "failed")
SITES = "SELECT ARRAY(SELECT id FROM sites) AS ids"
EXECUTIONS = """
SELECT name, sum(value)::bigint AS n FROM (
    SELECT name, value FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS span (since, until)
        JOIN metriques_conversion ON hour >= span.since AND hour < span.until
    WHERE site_id = ANY(%(sites)s) AND name = ANY(%(names)s)
    UNION ALL
    SELECT name, value FROM metriques_jour WHERE day = ANY(%(days)s::date[]) AND name = ANY(%(names)s)
) AS counted GROUP BY 1
"""
MESSAGES = """
SELECT channel, name, sum(value)::bigint AS n FROM (
    SELECT channel, name, value FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS span (since, until)
        JOIN metriques_messages ON hour >= span.since AND hour < span.until
    WHERE site_id = ANY(%(sites)s)
    UNION ALL
    SELECT channel, name, value FROM metriques_messages_jour WHERE day = ANY(%(days)s::date[])
) AS counted GROUP BY 1, 2
"""
SPENT = """
SELECT coalesce(sum(spent_micros), 0)::float8 AS spent, coalesce(sum(calls), 0)::float8 AS calls FROM budgets_agents
"""
# Those that spent something this month, the nearest to their end first.
BUDGETS = """
SELECT o.slug, b.spent_micros, b.reserved_micros, s.monthly_budget FROM budgets_agents b
    JOIN organisations o ON o.id = b.organization_id LEFT JOIN reglages_agents s ON s.organization_id = o.id
WHERE b.month = %s ORDER BY b.spent_micros DESC LIMIT 100
"""
HOUR = timedelta(hours=1)


def counters(now: datetime) -> Iterator[Any]:
    """Yield how many executions began and ended, and what became of messages."""
    span = Span(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), hour_of(now) + HOUR)
    given = read_as(span) | {"sites": fetch(SITES)[0].ids, "names": list(ENDINGS)}
    found: Counter[str] = Counter({row.name: row.n for row in fetch(EXECUTIONS, given)})
    executions = CounterMetricFamily(
        "berinia_executions_outcomes", "Executions that began or ended so; begins again each month.", labels=["outcome"]
    )
    for name in ENDINGS:
        executions.add_metric([name], found[name])
    messages = CounterMetricFamily(
        "berinia_messages",
        "Messages by what became of them, each once an outcome; sent is the hand-over. Begins again each month.",
        labels=["channel", "outcome"],
    )
    seen = {(row.channel, row.name): row.n for row in fetch(MESSAGES, given)}
    for channel in sorted({"email", "sms", "whatsapp"} | {channel for channel, _name in seen if channel}):
        for moment in Moment:
            messages.add_metric([channel, str(moment)], seen.get((channel, str(moment)), 0))
    yield from (executions, messages)


def agents(now: datetime) -> Iterator[Any]:
    """Yield what agents cost, and what budgets leave."""
    (row,) = fetch(SPENT)
    yield CounterMetricFamily("berinia_agent_cost_dollars", "What models cost, in dollars.", value=row.spent / 1e6)
    yield CounterMetricFamily("berinia_agent_model_calls", "Requests to models.", value=row.calls)
    left = Gauge(
        "berinia_agent_budget_left_dollars",
        "What the month leaves of an organization's budget, where models were asked this month.",
        labels=["organization"],
    )
    for each in fetch(BUDGETS, [now.date().replace(day=1)]):
        own = each.monthly_budget
        budget = micros(float(own) if own is not None else settings.AGENT_MONTHLY_BUDGET_DOLLARS)
        left.add_metric([each.slug], max(budget - each.spent_micros - each.reserved_micros, 0) / 1e6)
    yield left


def answers(now: datetime) -> Iterator[Any]:
    """Yield what providers answered, and what agents' runs came to."""
    yield _tallied("berinia_provider_requests", "Requests to providers by how they ended: accepted, or the fault.",
                   "provider_requests", ["provider", "outcome"])  # fmt: skip
    yield _tallied("berinia_agent_runs", "Runs of agents that ended, and who decided.",
                   "agent_runs", ["agent", "status", "decided_by"])  # fmt: skip


def _tallied(name: str, text: str, key: str, labels: list[str]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, n in sorted(tally.read(key).items()):
        if len(values) == len(labels):
            family.add_metric(list(values), n)
    return family
