"""Running executions move to another version where their step is still there, and go on as if begun with it."""

from typing import Any

import pytest
from django.db import connections, transaction

from accounts.models import AuditEntry
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_contact, make_event, make_execution, make_site, make_workflow
from workflows import migrate as module
from workflows.deploy import publish
from workflows.migrate import ForeignVersionError, Migrated, Preview, Stuck, migrate, preview
from workflows.models import Execution, Workflow

OLD: dict[str, Any] = {
    "trigger": {"event": "demande"},
    "goal": {"event": "vendu", "within": "10d"},
    "steps": [
        {"id": "pause", "wait": "2h"},
        {
            "id": "reponse",
            "wait_for": {"event": "reponse", "timeout": "2d"},
            "else": [{"id": "abandon", "stop": "rien"}],
        },
        {"id": "note", "update": {"tags": ["vu"]}},
    ],
}


def changed(**steps: Any) -> dict[str, Any]:
    """Change steps of the old definition by id; None removes one."""
    found = [{**step, **(steps.get(step["id"]) or {})} for step in OLD["steps"]]
    return {**OLD, "steps": [step for step in found if step["id"] not in steps or steps[step["id"]] is not None]}


def moved(workflow: Workflow, document: dict[str, Any], **options: Any) -> Migrated:
    publish(workflow, document)
    workflow.refresh_from_db()
    return migrate(workflow, workflow.version, by="claire", now=options.pop("now", NOW), **options)


def test_a_shorter_wait_is_counted_from_when_the_step_was_reached(town: Town) -> None:
    workflow = make_workflow(OLD, site=town.site)
    town.report("demande")
    town.later(minutes=30)
    done = moved(workflow, changed(pause={"wait": "1h"}), now=town.now)
    assert done == Migrated(1, 0, ())
    town.drain()
    assert town.execution(workflow.slug).at == "pause"
    town.later(minutes=29)
    assert town.execution(workflow.slug).at == "pause"
    town.later(minutes=1)
    assert town.execution(workflow.slug).at == "reponse"
    assert town.execution(workflow.slug).version.number == 2


def test_what_was_heard_counts_as_the_new_version_understands_it(town: Town) -> None:
    workflow = make_workflow(OLD, site=town.site)
    town.report("appel", note=1)  # before the start: not heard
    town.report("demande")
    town.report("appel", note=1)
    town.report("appel", note=5)
    town.report("reponse")
    assert town.execution(workflow.slug).seen == ["reponse"]
    wait = {"event": "appel", "timeout": "2d", "where": "event.note == 5"}
    moved(workflow, changed(reponse={"wait_for": wait}), now=town.now)
    assert town.execution(workflow.slug).seen == ["reponse"]
    moved(workflow, changed(reponse={"wait_for": {**wait, "where": "event.note == 4"}}), now=town.now)
    assert town.execution(workflow.slug).seen == []
    moved(workflow, {**OLD, "goal": {"event": "appel", "within": "1d"}}, now=town.now)
    assert sorted(town.execution(workflow.slug).seen) == ["goal", "reponse"]
    town.drain()
    assert town.execution(workflow.slug).status == "convertie"


def test_what_is_heard_is_what_would_have_been_heard_with_the_new_version_from_the_start(town: Town) -> None:
    new = {**changed(reponse={"wait_for": {"event": ["reponse", "appel"], "timeout": "1d"}}), "exits": ["annule"]}
    workflow, twin = make_workflow(OLD, site=town.site), make_workflow(new, site=town.site)
    for name in ("appel", "demande", "appel", "autre", "reponse"):
        town.report(name)
        town.later(minutes=1)
    moved(workflow, new, now=town.now)
    town.drain()
    assert town.execution(workflow.slug).seen == town.execution(twin.slug).seen
    assert town.execution(workflow.slug).due_at == town.execution(twin.slug).due_at


def test_reports_on_a_message_are_heard_by_the_execution_that_sent_it(town: Town) -> None:
    workflow = make_workflow(OLD, site=town.site)
    town.report("demande")
    execution = town.execution(workflow.slug)
    for number in (execution.pk, execution.pk + 1):
        town.report("appel_http_echoue", etape="appel", execution=f"{number}/1")
    call = {"id": "appel", "call": {"url": "https://a.fr/", "timeout": "1h"}, "on_failure": [{"id": "x", "wait": "1h"}]}
    moved(workflow, {**OLD, "steps": [*OLD["steps"], call]}, now=town.now)
    assert town.execution(workflow.slug).seen == ["appel.issue", "appel.issue!"]


def test_a_late_step_stays_late(db: None) -> None:
    workflow = make_workflow(OLD)
    late = make_execution(workflow=workflow, status="en_pause", due_at=NOW.replace(day=1))
    moved(workflow, changed(pause={"wait": "1h"}))
    late.refresh_from_db()
    assert (late.due_at, late.status, late.version.number) == (NOW.replace(day=1), "en_pause", 2)


def test_the_preview_says_who_cannot_move_and_why(db: None) -> None:
    workflow = make_workflow(OLD)
    for at in ("pause", "pause", "reponse", "note", "_fin"):
        make_execution(workflow=workflow, at=at)
    make_execution(workflow=workflow, at="note", status="terminee")
    make_execution(workflow=make_workflow(OLD, site=workflow.site), at="note")
    publish(workflow, {**OLD, "steps": [{"id": "pause", "wait": "1h"}, {"id": "note", "stop": "fini"}]})
    workflow.refresh_from_db()
    expected = (
        Stuck("note", 1, "l'étape est d'un autre type", 1), Stuck("reponse", 1, "l'étape n'existe plus", 1),
    )  # fmt: skip
    assert preview(workflow, workflow.version) == Preview(3, expected)
    done = migrate(workflow, workflow.version, by="claire", now=NOW)
    assert done == Migrated(3, 0, expected)
    assert sorted(Execution.objects.filter(version=workflow.version).values_list("at", flat=True)) == [
        "_fin", "pause", "pause",
    ]  # fmt: skip


def test_another_entry_key_or_an_outcome_that_nothing_awaits_holds_back(db: None) -> None:
    send = {"id": "sms", "send": "sms", "template": "a", "on_failure": [{"id": "x", "wait": "1h"}]}
    workflow = make_workflow({**OLD, "steps": [send]})
    make_execution(workflow=workflow, at="sms.issue")
    publish(workflow, {**OLD, "steps": [{**send, "on_failure": []}]})
    publish(workflow, {**OLD, "steps": [send], "entry": {"key": "devis_id"}})
    second, third = workflow.versions.order_by("number")[1:]
    assert [group.reason for group in preview(workflow, second).stuck] == ["l'étape n'attend plus de réponse"]
    assert [group.reason for group in preview(workflow, third).stuck] == ["la clé d'entrée change"]


def test_a_second_call_changes_nothing_and_the_log_tells_of_the_first(db: None) -> None:
    workflow = make_workflow(OLD)
    make_execution(workflow=workflow)
    assert moved(workflow, changed(pause={"wait": "1h"})).moved == 1
    before = list(Execution.objects.values())
    assert migrate(workflow, workflow.version, by="claire", now=NOW) == Migrated(0, 0, ())
    assert list(Execution.objects.values()) == before
    (entry,) = AuditEntry.objects.filter(action="workflow.migration")
    assert (entry.actor, entry.details) == ("claire", {"version": 2, "executions": 1})


def test_it_goes_on_where_it_ended(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    workflow = make_workflow(OLD)
    for _ in range(7):
        make_execution(workflow=workflow)
    assert moved(workflow, changed(pause={"wait": "1h"}), limit=3) == Migrated(3, 4, ())
    assert migrate(workflow, workflow.version, by="claire", now=NOW) == Migrated(4, 0, ())


def test_there_is_a_way_back(db: None) -> None:
    workflow = make_workflow(OLD)
    make_execution(workflow=workflow)
    moved(workflow, changed(pause={"wait": "1h"}))
    first = workflow.versions.get(number=1)
    assert migrate(workflow, first, by="claire", now=NOW).moved == 1
    assert Execution.objects.get().version == first


def test_a_version_of_another_workflow_is_refused(db: None) -> None:
    with pytest.raises(ForeignVersionError):
        preview(make_workflow(OLD), make_workflow(OLD).version)


def test_what_another_worker_holds_is_left_for_the_next_call(transactional_db: None) -> None:
    site = make_site()
    workflow = make_workflow(OLD, site=site)
    held, routed, free = (make_execution(workflow=workflow, contact=make_contact(site=site)) for _ in range(3))
    publish(workflow, changed(pause={"wait": "1h"}))
    workflow.refresh_from_db()
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM executions_workflow WHERE id = %s FOR UPDATE", [held.pk])
            cursor.execute("SELECT 1 FROM contacts WHERE id = %s FOR NO KEY UPDATE", [routed.contact_id])
        assert migrate(workflow, workflow.version, by="claire", now=NOW) == Migrated(1, 2, ())
        other.rollback()
    finally:
        other.close()
    free.refresh_from_db()
    assert free.version == workflow.version
    with transaction.atomic():
        make_event(contact=routed.contact, name="reponse")
    assert migrate(workflow, workflow.version, by="claire", now=NOW) == Migrated(2, 0, ())
