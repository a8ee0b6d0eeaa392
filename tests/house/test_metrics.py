"""/metrics: what Prometheus reads is what the tables say, and only those who may read it do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import Organization, Platform
from agents.models import BudgetMonth
from berinia import health, tally
from berinia.redis_client import connected
from communications.models.reach import Moment, Reached, count_reached
from crm.models.metric import Counted, count, hour_of
from tests.make import make_event, make_execution, make_message, make_site
from workflows.measures import MEASURES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _anew() -> None:
    MEASURES.forget()
    for key in connected().scan_iter("berinia:tally:*"):
        connected().delete(key)


def read(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    """Return the samples: name and the values of its labels, in their order by name."""
    MEASURES.forget()
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {(s.name, *(v for _k, v in sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def test_queues_say_how_long_and_how_late(client: Client) -> None:
    now = datetime.now(UTC)
    execution = make_execution(due_at=now - timedelta(minutes=5))
    make_execution(due_at=now + timedelta(minutes=5))
    make_event(received_at=now - timedelta(seconds=90), contact=execution.contact)
    make_message(execution=execution, due_at=now - timedelta(seconds=40))
    make_message(execution=execution, step="b", due_at=now + timedelta(hours=1))
    make_message(execution=execution, step="c", status="held")
    make_message(execution=execution, step="d", status="unknown", due_at=None)
    found = read(client)
    assert found["berinia_queue_depth", "executions"] == 1
    assert found["berinia_queue_lateness_seconds", "executions"] == pytest.approx(300, abs=30)
    assert found["berinia_queue_depth", "events"] == 1
    assert found["berinia_queue_lateness_seconds", "events"] == pytest.approx(90, abs=30)
    assert found["berinia_queue_depth", "messages"] == 1
    assert found["berinia_queue_lateness_seconds", "webhooks"] == 0
    waiting = {state: found["berinia_messages_waiting", "sms", state] for state in ("deferred", "held", "unknown")}
    assert waiting == {"deferred": 1, "held": 1, "unknown": 1}


def test_what_is_paused_is_not_late(client: Client) -> None:
    execution = make_execution(due_at=datetime.now(UTC) - timedelta(hours=5))
    make_message(execution=execution, due_at=datetime.now(UTC) - timedelta(hours=5))
    assert read(client)["berinia_queue_depth", "executions"] == 1
    Organization.objects.filter(pk=execution.organization_id).update(is_paused=True)
    found = read(client)
    assert found["berinia_queue_depth", "executions"] == found["berinia_queue_depth", "messages"] == 0


def test_executions_by_status_and_the_emergency_stop(client: Client) -> None:
    make_execution()
    make_execution(status="echouee", due_at=None)
    Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})
    found = read(client)
    assert found["berinia_executions", "en_cours"] == found["berinia_executions", "echouee"] == 1
    assert found["berinia_executions", "convertie"] == 0
    assert found["berinia_emergency_stop",] == 1


def test_counters_are_sums_of_the_month_and_lose_nothing_to_retention(client: Client) -> None:
    now, site = datetime.now(UTC), make_site()
    long_ago = hour_of(now.replace(day=1) - timedelta(days=3))
    for hour, n in ((hour_of(now), 3), (long_ago, 7)):
        count({Counted(site.organization_id, site.pk, 1, hour, "started"): n})
        count_reached({Reached(site.organization_id, site.pk, 1, "a", "b", "sms", hour, str(Moment.SENT)): n})
    before = read(client)
    assert before["berinia_executions_outcomes_total", "started"] == 3
    assert before["berinia_messages_total", "sms", "sent"] == 3
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM messages")
    count_reached({Reached(site.organization_id, site.pk, 1, "a", "b", "sms", hour_of(now), str(Moment.SENT)): 2})
    assert read(client)["berinia_messages_total", "sms", "sent"] == 5


def test_what_agents_cost_only_rises(client: Client, settings: Any) -> None:
    settings.AGENT_MONTHLY_BUDGET_DOLLARS = 10
    site, month = make_site(), datetime.now(UTC).date().replace(day=1)
    BudgetMonth.objects.create(organization_id=site.organization_id, month=month, spent_micros=2_500_000, calls=4)
    earlier = (month - timedelta(days=1)).replace(day=1)
    BudgetMonth.objects.create(organization_id=site.organization_id, month=earlier, spent_micros=1_000_000, calls=1)
    found = read(client)
    assert found["berinia_agent_cost_dollars_total",] == 3.5
    assert found["berinia_agent_model_calls_total",] == 5
    assert found["berinia_agent_budget_left_dollars", site.organization.slug] == 7.5


def test_what_providers_answered_is_counted_for_all_processes(client: Client) -> None:
    tally.add("provider_requests", {("resend", "accepted"): 2, ("resend", "pace"): 1})
    tally.add("provider_requests", {("resend", "accepted"): 3})
    found = read(client)
    assert found["berinia_provider_requests_total", "accepted", "resend"] == 5
    assert found["berinia_provider_requests_total", "pace", "resend"] == 1


def test_parts_are_those_of_healthz(client: Client) -> None:
    connected().delete("berinia:heartbeat:agents")
    health.beats("beat")
    found = read(client)
    assert found["berinia_part_up", "beat"] == found["berinia_part_up", "database"] == 1
    assert found["berinia_part_up", "agents"] == 0


def test_requests_are_counted_by_kind(client: Client) -> None:
    def seen() -> float:
        samples = read(client)
        return sum(v for key, v in samples.items() if key[:2] == ("berinia_http_requests_total", "api"))

    before = seen()
    client.get("/api/inconnu")
    assert seen() == before + 1


def test_a_second_scraper_costs_nothing(client: Client) -> None:
    MEASURES.forget()
    client.get("/metrics")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/metrics").status_code == 200
    assert len(queries) == 0


def test_a_redis_that_is_away_leaves_out_its_own_figures(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = read(client)
    assert found["berinia_scrape_failed", "celery"] == 1
    assert found["berinia_scrape_failed", "queues"] == 0
    assert found["berinia_part_up", "redis"] == 0
    assert ("berinia_queue_depth", "executions") in found


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic the-right-token", "the-right-token"])
def test_nobody_reads_it_without_the_token(client: Client, settings: Any, token: str) -> None:
    settings.METRICS_TOKEN = "the-right-token"
    assert client.get("/metrics", headers={"authorization": token} if token else {}).status_code == 401


def test_whoever_has_the_token_reads_it(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "the-right-token"
    assert client.get("/metrics", headers={"authorization": "Bearer the-right-token"}).status_code == 200
    assert client.post("/metrics", headers={"authorization": "Bearer the-right-token"}).status_code == 405


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.9", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 403),
        ("127.0.0.1", {"forwarded": "for=1.2.3.4"}, 403),
        ("", {}, 403),
    ],
)
def test_without_a_token_only_this_machine_reads_it(
    client: Client, address: str, headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status
