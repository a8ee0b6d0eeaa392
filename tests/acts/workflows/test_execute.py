"""Executing: a batch is written whole or not at all, and survives its worst row."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from communications.models import Message, Notification
from crm.models import Metric
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow
from workflows.execute import execute_batch
from workflows.models import Execution, StepRun

LATER = NOW + timedelta(minutes=15)


def drain() -> int:
    total = 0
    while done := execute_batch(now=LATER, limit=7).executions:
        total += done
    return total


def test_a_due_execution_moves_and_one_that_is_not_due_rests(db: None) -> None:
    due, early = make_execution(), make_execution(due_at=LATER + timedelta(seconds=1))
    assert drain() == 1
    due.refresh_from_db()
    early.refresh_from_db()
    assert (due.at, early.at) == ("_fin", "pause")
    message = Message.objects.get()
    assert (message.execution_id, message.step, message.template) == (due.pk, "en_route", "plombier/urgence_en_route")
    assert list(StepRun.objects.order_by("id").values_list("step", flat=True)) == ["pause", "en_route"]


@pytest.mark.parametrize("place", ["workflow", "site", "organization", "execution"])
def test_what_is_paused_does_not_move(db: None, place: str) -> None:
    execution = make_execution()
    if place == "execution":
        Execution.objects.update(status="en_pause")
    elif place == "workflow":
        execution.workflow.status = "en_pause"
        execution.workflow.save()
    else:
        owner = getattr(execution, place)
        owner.is_paused = True
        owner.save()
    assert drain() == 0


@pytest.mark.parametrize(("signal", "status"), [("goal", "convertie"), ("exit:annule", "arretee")])
def test_goal_and_exit_take_back_what_was_not_handed_over(db: None, signal: str, status: str) -> None:
    execution = make_execution(seen=[signal])
    waiting = make_message(execution=execution)
    gone = make_message(execution=execution, step="autre", status="sent")
    doubtful = make_message(execution=execution, step="douteux", attempts=1, reason="unknown", provider="resend")
    not_found = make_message(execution=execution, step="introuvable", attempts=1, reason="introuvable")
    drain()
    execution.refresh_from_db()
    assert (execution.status, execution.ended_at, execution.due_at) == (status, LATER, None)
    statuses = {m.pk: m.status for m in Message.objects.all()}
    assert statuses == {
        waiting.pk: "suppressed", gone.pk: "sent", doubtful.pk: "unknown", not_found.pk: "suppressed",
    }  # fmt: skip


def test_a_step_that_fails_is_tried_three_times_and_then_told(db: None) -> None:
    execution, good = make_execution(at="disparue"), make_execution()
    when = LATER
    for _ in range(5):
        execute_batch(now=when, limit=10)
        when += timedelta(minutes=30)
    execution.refresh_from_db()
    good.refresh_from_db()
    assert (execution.status, execution.failures, len(execution.erreurs)) == ("echouee", 3, 3)
    assert execution.erreurs[0]["etape"] == "disparue"
    assert Notification.objects.get().severity == "error"
    assert good.status == "terminee"
    assert Metric.objects.get(name="failed").value == 1


def test_a_row_that_the_database_refuses_does_not_stop_the_others(db: None) -> None:
    """The message of this step is there already: the unique constraint is the last net."""
    bad, good = make_execution(), make_execution()
    make_message(execution=bad, step="en_route", status="sent")
    execute_batch(now=LATER, limit=10)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (good.at, bad.at, bad.failures) == ("_fin", "pause", 1)
    assert Message.objects.filter(execution_id=bad.pk).count() == 1


def test_an_update_changes_the_contact(db: None) -> None:
    contact = make_contact(tags=["ancien"], fields={"a": 1})
    workflow = make_workflow(
        {"trigger": {"event": "x"}, "steps": [{"id": "u", "update": {"tags": ["urgent"], "fields": {"b": 2}}}]},
        site=contact.site,
    )
    make_execution(contact=contact, workflow=workflow, at="u")
    drain()
    contact.refresh_from_db()
    assert (contact.tags, contact.fields) == (["ancien", "urgent"], {"a": 1, "b": 2})


def test_operators_read_the_contact_s_name(db: None) -> None:
    workflow = make_workflow(
        {
            "trigger": {"event": "x"},
            "steps": [{"id": "n", "notify": "Appeler {{ contact.nom }}", "severity": "warning"}],
        }
    )
    make_execution(workflow=workflow, contact=make_contact(site=workflow.site, name="Zoé L'Hôte"), at="n")
    drain()
    note = Notification.objects.get()
    assert (note.title, note.severity) == ("Appeler Zoé L'Hôte", "warning")


@pytest.mark.django_db(transaction=True)
def test_many_workers_take_each_step_once() -> None:
    site = make_site()
    definition: dict[str, Any] = {
        "trigger": {"event": "x"},
        "steps": [{"id": f"s{n}", "send": "sms", "template": "urgence_accuse"} for n in range(5)],
    }
    workflow = make_workflow(definition, site=site)
    contact = make_contact(site=site)
    for n in range(60):
        make_execution(workflow=workflow, contact=contact, at="s0", entry_key=str(n), event_id=1)

    def work(_n: int) -> int:
        try:
            return drain()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, range(4)))
    assert done == 60
    assert StepRun.objects.count() == Message.objects.count() == 300
    assert set(Execution.objects.values_list("status", flat=True)) == {"terminee"}
