"""A conversion is put down to the last message that was handed over before it; together they are all conversions."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications.models import MessageMetric
from crm.models import Metric
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_execution, make_message, make_site, make_workflow
from workflows.execute import execute_batch

LATER = NOW + timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def converted() -> dict[tuple[str, str, str], int]:
    """The conversions by step, template and channel."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for row in MessageMetric.objects.filter(name="converted"):
        sums[row.step, row.template, row.channel] += row.value
    return dict(sums)


def sent(execution: Any, step: str, ago: timedelta, **changes: Any) -> None:
    fields = {"status": "delivered", "sent_at": LATER - ago, "template": f"plombier/{step}"}
    make_message(execution=execution, step=step, **fields | changes)


def test_the_last_message_that_was_handed_over_gets_it() -> None:
    execution = make_execution(seen=["goal"])
    sent(execution, "premier", 10 * MINUTE)
    sent(execution, "dernier", 2 * MINUTE, channel="email")
    sent(execution, "second", 5 * MINUTE)  # it was written after the last, and left before it
    make_message(execution=execution, step="en_file", due_at=LATER + MINUTE)
    make_message(execution=execution, step="retenu", status="suppressed")
    execute_batch(now=LATER, limit=10)
    assert converted() == {("dernier", "plombier/dernier", "email"): 1}
    row = MessageMetric.objects.get()
    assert (row.site_id, row.workflow_id, row.hour) == (execution.site_id, execution.workflow_id, NOW)


def test_what_bounced_or_was_reported_afterwards_had_left_too() -> None:
    execution = make_execution(seen=["goal"])
    sent(execution, "premier", 10 * MINUTE)
    sent(execution, "rejete", MINUTE, status="bounced")
    execute_batch(now=LATER, limit=10)
    assert converted() == {("rejete", "plombier/rejete", "sms"): 1}


def test_messages_of_an_earlier_run_or_of_another_execution_do_not_count() -> None:
    execution = make_execution(seen=["goal"], run=2)
    sent(execution, "avant", MINUTE, run=1)
    sent(make_execution(contact=execution.contact, workflow=make_workflow(site=execution.site)), "autre", MINUTE)
    execute_batch(now=LATER, limit=10)
    assert converted() == {("", "", ""): 1}


def test_together_they_are_all_conversions() -> None:
    workflow = make_workflow(site=make_site())
    for n in range(40):
        execution = make_execution(workflow=workflow, seen=["goal"] if n % 4 else ["exit:annule"], entry_key=str(n))
        for step in range(n % 3):
            sent(execution, f"etape{step}", (5 - step) * MINUTE)
    while execute_batch(now=LATER, limit=7).executions:
        pass
    total = sum(Metric.objects.filter(name="converted").values_list("value", flat=True))
    assert total == 30
    assert sum(converted().values()) == total
    assert set(converted()) == {
        ("", "", ""),
        ("etape0", "plombier/etape0", "sms"),
        ("etape1", "plombier/etape1", "sms"),
    }


def test_a_batch_asks_once_and_only_when_somebody_converted() -> None:
    workflow = make_workflow(site=make_site())
    for n in range(12):
        sent(make_execution(workflow=workflow, seen=["goal"], entry_key=str(n)), "un", MINUTE)
    with CaptureQueriesContext(
        connection,
    ) as several:
        execute_batch(now=LATER, limit=100)
    assert sum("DISTINCT ON (m.execution_id)" in query["sql"] for query in several.captured_queries) == 1
    make_execution(workflow=workflow, entry_key="sans")
    with CaptureQueriesContext(connection) as none:
        assert execute_batch(now=LATER, limit=100).executions == 1
    assert not any("metriques_messages" in query["sql"] or "DISTINCT ON" in query["sql"] for query in none)


def test_a_story_told_by_the_real_drainers(town: Town) -> None:
    """After the goal's window it is no conversion, whoever was written to."""
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    town.later(minutes=20)
    town.report("avis_client", appel_id="A1", note=5)
    assert converted() == {("en_route", "plombier/urgence_en_route", "sms"): 1}
    town.report("appel_urgence", appel_id="A2")
    town.later(hours=3)
    town.report("avis_client", appel_id="A2", note=5)
    assert sum(converted().values()) == 1
