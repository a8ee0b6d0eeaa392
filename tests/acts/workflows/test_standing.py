"""Counters of where executions stand are what counting the executions says, whatever was done to them."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_execution, make_site, make_workflow
from workflows.erase import erase
from workflows.models import Execution, Standing
from workflows.program import step_of
from workflows.recount_steps import standing_differences
from workflows.standing import by_status, fold, people_at, standing, standing_of

pytestmark = pytest.mark.django_db


def test_they_say_where_people_are(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    execution = Execution.objects.get()
    (found,) = standing([town.site.pk])
    assert (found.workflow_id, found.status, found.n) == (execution.workflow_id, "en_cours", 1)
    assert people_at(standing_of(execution.workflow)) == {step_of(execution.at): 1}
    town.report("avis_client", note=5)
    assert by_status(standing([town.site.pk])) == {"convertie": 1}
    assert people_at(standing_of(execution.workflow)) == {}
    assert standing([make_site().pk]) == []


def test_a_recount_finds_what_is_wrong() -> None:
    make_execution()
    assert standing_differences() == []
    Standing.objects.update(n=2)
    (found,) = standing_differences()
    assert (found.there, found.counted, found.step) == (1, 2, "pause")


def test_a_step_and_what_comes_of_it_are_one_place() -> None:
    workflow = make_workflow()
    for at in ("pause", "pause.issue", "pause", "_fin"):
        make_execution(workflow=workflow, at=at)
    assert people_at(standing_of(workflow)) == {"pause": 3, "_fin": 1}
    assert Counter({spot.at: spot.has_passed for spot in standing_of(workflow)}) == {
        "pause": False, "pause.issue": True, "_fin": False,
    }  # fmt: skip


def test_folding_leaves_one_row_a_place_and_no_row_for_nobody() -> None:
    workflow = make_workflow()
    rows = [make_execution(workflow=workflow) for _n in range(5)]
    Execution.objects.filter(pk=rows[0].pk).update(at="en_route")
    Execution.objects.filter(pk=rows[0].pk).update(at="pause")
    before = standing_of(workflow)
    assert Standing.objects.count() == 9
    assert fold() == 9
    assert list(Standing.objects.values_list("at", "n")) == [("pause", 5)]
    assert standing_of(workflow) == before
    assert fold() == 0
    Execution.objects.filter(workflow=workflow).delete()
    fold()
    assert not Standing.objects.exists()


def test_what_changes_nothing_of_it_writes_nothing() -> None:
    execution = make_execution()
    Execution.objects.update(due_at=NOW + timedelta(days=1))
    assert Standing.objects.count() == 1
    execution.delete()
    assert Standing.objects.count() == 2


def test_rows_that_are_copied_without_checks_are_counted() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        make_execution()
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE executions_workflow SET status = 'en_pause'")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert standing_differences() == []


def test_who_is_erased_stands_nowhere(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    erase(town.contact, "camille", "demande", town.now)
    assert standing([town.site.pk]) == []


@pytest.mark.django_db(transaction=True)
def test_what_another_fold_has_in_its_hands_is_left_to_it() -> None:
    workflow = make_workflow()
    for _n in range(6):
        make_execution(workflow=workflow)
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM executions_par_etape ORDER BY id LIMIT 3 FOR UPDATE")
        assert fold() == 3
        assert by_status(standing([workflow.site_id])) == {"en_cours": 6}
        other.rollback()
    finally:
        other.close()
    assert fold() == 4
    assert standing_differences() == []
