"""Delays to conversion and reviews are counted where they happen, once, with the workflow that heard them."""

import pytest

from crm.models import Metric
from tests.acts.workflows.conftest import Town
from tests.make import make_execution
from workflows.execute import execute_batch
from workflows.route import route_batch

pytestmark = pytest.mark.django_db


def counted(*names: str) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for row in Metric.objects.filter(name__in=names):
        found[row.name, row.workflow_id] = found.get((row.name, row.workflow_id), 0) + row.value
    return found


def test_a_conversion_is_timed_from_the_start(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="1")
    town.later(minutes=40)
    town.report("avis_client", note=5)
    execution = town.execution("urgence-24h")
    assert execution.status == "convertie"
    expected = round((town.now - execution.started_at).total_seconds())
    assert counted("conversion_seconds", "conversions_timed") == {
        ("conversion_seconds", execution.workflow_id): expected, ("conversions_timed", execution.workflow_id): 1,
    }  # fmt: skip


def test_what_ends_without_success_is_not_timed(town: Town) -> None:
    execution = make_execution(contact=town.contact, at="fin")
    execute_batch(now=execution.due_at, limit=10)
    assert counted("conversion_seconds", "conversions_timed") == {}


def test_reviews_go_to_the_workflow_that_heard_them_or_to_none(town: Town) -> None:
    town.report("avis_client", note=2)
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="1")
    for note in (5, "bof"):
        town.report("avis_client", note=note)
    workflow = town.execution("urgence-24h").workflow_id
    assert counted("reviews", "reviews_good") == {
        ("reviews", 0): 1,
        ("reviews", workflow): 1,
        ("reviews_good", workflow): 1,
    }
    assert not route_batch(now=town.now, limit=10).events  # nothing is counted twice


def test_an_event_that_is_no_review_counts_for_none(town: Town) -> None:
    town.report("appel_urgence", note=5)
    assert counted("reviews", "reviews_good") == {}
