"""Tasks for people: done ones move the execution that waits, once."""

from typing import Any

from accounts.models import AuditEntry
from crm.models import Event, Task
from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_contact, make_workflow
from workflows.models import Execution
from workflows.todo import complete

CALL_BACK: dict[str, Any] = {
    "trigger": {"event": "demande"},
    "entry": {"key": "devis_id"},
    "steps": [
        {"id": "rappel", "task": "Rappeler {{ contact.nom }}", "due": "2h"},
        {"id": "fait", "wait_for": {"event": "tache_terminee", "where": "event.etape == 'rappel'", "timeout": "2d"},
         "then": [{"id": "pause", "wait": "5m"}]},
    ],
}  # fmt: skip


def at(execution: Execution) -> str:
    execution.refresh_from_db()
    return execution.at


def test_a_task_that_is_done_moves_its_execution_and_no_other(town: Town) -> None:
    make_workflow(CALL_BACK, site=town.site)
    town.report("demande", devis_id="D1")
    town.report("demande", devis_id="D2")
    first, second = Execution.objects.order_by("id")
    task = Task.objects.get(execution_id=first.pk)
    assert (task.title, at(first), at(second)) == ("Rappeler Jean Dupont", "fait", "fait")
    assert complete([task.pk], actor="camille", now=NOW) == 1
    assert complete([task.pk], actor="camille", now=NOW) == 0
    town.drain()
    assert (at(first), at(second)) == ("pause", "fait")
    event = Event.objects.get(name="tache_terminee")
    assert event.data == {
        "tache": str(task.pk), "titre": task.title, "etape": "rappel", "execution": f"{first.pk}/1", "devis_id": "D1",
    }  # fmt: skip
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (NOW, "camille")
    assert AuditEntry.objects.get().target_id == task.pk


def test_the_event_names_the_run_under_way(town: Town) -> None:
    make_workflow(CALL_BACK, site=town.site)
    town.report("demande")
    Execution.objects.update(run=3)
    complete([Task.objects.get().pk], actor="camille", now=NOW)
    assert Event.objects.get(name="tache_terminee").data["execution"] == f"{Execution.objects.get().pk}/3"


def test_a_task_of_nobody_s_is_done_too(db: None) -> None:
    contact = make_contact()
    task = Task.objects.create(
        organization=contact.organization, site=contact.site, contact=contact, title="Rappeler", created_at=NOW
    )
    assert complete([task.pk], actor="camille", now=NOW) == 1
    assert "execution" not in Event.objects.get().data
