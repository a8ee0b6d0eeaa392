"""What steps do to the world, through the real engine and its tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from communications.models import Message
from crm.models import Contact, Event, Metric, Task
from tests.acts.workflows.conftest import Town
from tests.make import make_contact, make_event, make_workflow
from workflows.execute import execute_batch
from workflows.labels import detail_label
from workflows.models import Execution, StepRun
from workflows.route import route_batch
from workflows.splits import ways_of


def begin(town: Town, *steps: dict[str, Any], **parts: Any) -> Execution:
    town.deploy("plombier")
    workflow = make_workflow({"trigger": {"event": "demande"}, "steps": list(steps), **parts}, site=town.site)
    town.report("demande", devis_id="D1")
    return Execution.objects.get(workflow=workflow)


SMS = {"id": "sms", "send": "sms", "template": "urgence_accuse", "on_failure": [{"id": "mal", "stop": "pas parti"}]}


def test_a_message_that_does_not_go_out_takes_the_other_way(town: Town) -> None:
    Contact.objects.update(phone=None)
    execution = begin(town, SMS, {"id": "bien", "stop": "parti"})
    town.drain()
    execution.refresh_from_db()
    assert execution.reason == "pas parti"


def test_a_message_that_goes_out_lets_its_step_go_on(town: Town) -> None:
    execution = begin(town, SMS, {"id": "bien", "stop": "parti"})
    town.drain()
    execution.refresh_from_db()
    assert execution.reason == "parti"
    details = StepRun.objects.filter(execution_id=execution.pk).order_by("id").values_list("step", "detail")
    assert list(details) == [("sms", "sms"), ("sms.issue", "parti")]


def test_a_condition_may_look_at_what_became_of_a_message(town: Town) -> None:
    test = {"id": "test", "if": "execution.messages.sms == 'sent'", "then": [{"id": "oui", "stop": "vu"}]}
    execution = begin(town, {"id": "sms", "send": "sms", "template": "urgence_accuse"}, {"id": "p", "wait": "1m"}, test)
    town.later(minutes=1)
    execution.refresh_from_db()
    assert execution.reason == "vu"


@pytest.mark.parametrize(("zone", "hour"), [("", 8), ("America/Guadeloupe", 13)])
def test_until_is_in_the_contacts_zone_or_else_the_sites(town: Town, zone: str, hour: int) -> None:
    Contact.objects.update(timezone=zone)
    execution = begin(town, {"id": "matin", "until": "next weekday 9:00"})
    assert execution.due_at == datetime(2026, 3, 10 if zone else 11, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour"), [("", 11), ("America/Guadeloupe", 6), ("Indian/Reunion", 14), ("Pacific/Noumea", 21)]
)
def test_a_condition_reads_the_contacts_clock(town: Town, zone: str, hour: int) -> None:
    Contact.objects.update(timezone=zone)
    test = {"id": "test", "if": f"now.getHours() == {hour}", "then": [{"id": "oui", "stop": "chez lui"}]}
    assert begin(town, test).reason == "chez lui"
    passed_over = {"id": "test", "stop": "chez lui", "only_if": f"now.getHours() == {hour}"}
    assert begin(town, passed_over).reason == "chez lui"


def test_start_begins_another_workflow_with_the_same_data(town: Town) -> None:
    other = make_workflow(
        {"trigger": {"api": True}, "entry": {"key": "devis_id"}, "steps": [{"id": "p", "wait": "1h"}]},
        site=town.site, slug="suite",
    )  # fmt: skip
    begin(town, {"id": "go", "start": "suite"})
    town.drain()
    begun = Execution.objects.get(workflow=other)
    assert begun.entry_key == "D1"
    assert Event.objects.get(pk=begun.event_id).data == {"devis_id": "D1", "enchainement": 1}


def test_workflows_that_begin_one_another_come_to_an_end(town: Town) -> None:
    steps = [{"id": "go", "start": "boucle"}]
    make_workflow({"trigger": {"event": "demande"}, "steps": steps}, site=town.site, slug="boucle")
    town.report("demande")
    for _ in range(20):
        town.drain()
    assert Execution.objects.count() == 11
    assert StepRun.objects.filter(detail="trop_profond").count() == 1


def test_a_ring_of_workflows_comes_to_an_end_and_says_why(town: Town) -> None:
    ring = ("un", "deux", "trois")
    for slug, following in zip(ring, (*ring[1:], ring[0]), strict=True):
        trigger = {"event": "demande"} if slug == "un" else {"api": True}
        steps = [{"id": "p", "wait": "1m"}, {"id": "go", "start": following}]
        make_workflow({"trigger": trigger, "steps": steps}, site=town.site, slug=slug)
    town.report("demande", enchainement=-1_000_000)  # a site that would like a longer one
    for _ in range(30):
        town.later(minutes=1)
    assert Execution.objects.count() == 11
    assert {e.status for e in Execution.objects.all()} == {"terminee"}
    (last,) = StepRun.objects.filter(detail="trop_profond")
    assert detail_label(last.detail) == "trop de workflows se démarrent l'un l'autre"


def test_workflows_that_all_begin_each_other_come_to_an_end_too(town: Town) -> None:
    """A contact has one running execution of each, so that a chain does not branch out without end."""
    slugs = ["un", "deux", "trois", "quatre"]
    for slug in slugs:
        steps = [{"id": f"go_{other}", "start": other} for other in slugs]
        make_workflow({"trigger": {"event": "demande"}, "steps": steps}, site=town.site, slug=slug)
    town.report("demande")
    for _ in range(30):
        town.drain()
    assert not Event.objects.filter(routed_at=None).exists()
    assert Execution.objects.count() <= 4 * 11


@pytest.mark.parametrize("depth", ["10", None, True, 1.5, [10], {"x": 1}])
def test_a_depth_that_is_no_number_is_none(town: Town, depth: Any) -> None:
    make_workflow({"trigger": {"api": True}, "steps": [{"id": "p", "wait": "1h"}]}, site=town.site, slug="suite")
    begin(town, {"id": "go", "start": "suite"})
    town.report("demande", enchainement=depth)
    town.drain()
    assert Event.objects.filter(name="workflow_demarre").latest("id").data["enchainement"] in (1, 2)


def test_a_task_is_written_out_for_a_person(town: Town) -> None:
    execution = begin(town, {"id": "rappel", "task": "Rappeler {{ contact.prenom }}", "due": "2h"})
    task = Task.objects.get()
    assert (task.title, task.due_at, task.done_at) == ("Rappeler Jean", town.now + timedelta(hours=2), None)
    assert (task.execution_id, task.contact_id, task.step) == (execution.pk, town.contact.pk, "rappel")


def test_a_split_is_the_same_for_a_contact_even_over_many_and_counted_by_way(town: Town) -> None:
    ways = [{"name": "court", "weight": 3}, {"name": "long", "weight": 1}]
    workflow = make_workflow(
        {"trigger": {"event": "demande"}, "goal": {"event": "achat", "within": "1d"},
         "steps": [{"id": "essai", "split": ways}, {"id": "p", "wait": "1h"}]}, site=town.site,
    )  # fmt: skip
    contacts = [make_contact(site=town.site) for _ in range(200)]
    for name in ("demande", "achat", "demande"):
        for contact in contacts:
            make_event(contact=contact, name=name, data={}, occurred_at=town.now)
        while route_batch(now=town.now, limit=500).events or execute_batch(now=town.now, limit=500).executions:
            pass
    taken = [
        {s.detail for s in StepRun.objects.filter(step="essai", execution_id__in=ids)}
        for ids in (list(Execution.objects.filter(contact=c).values_list("pk", flat=True)) for c in contacts)
    ]
    assert all(len(ways) == 1 for ways in taken)
    courts = sum(way == {"court"} for way in taken)
    assert 130 <= courts <= 170
    found = {(w.step, w.name): (w.entered, w.converted) for w in ways_of(workflow, town.now, town.now)}
    assert found == {
        ("essai", "court"): (2 * courts, courts), ("essai", "long"): (2 * (200 - courts), 200 - courts),
    }  # fmt: skip
    counted = dict(Metric.objects.filter(workflow_id=workflow.pk, name__contains="/").values_list("name", "value"))
    assert counted == {
        "branch/essai/court": 2 * courts, "branch/essai/long": 2 * (200 - courts),
        "converted/essai/court": courts, "converted/essai/long": 200 - courts,
    }  # fmt: skip


def test_an_event_remembers_whom_it_moved(town: Town) -> None:
    execution = begin(town, {"id": "rep", "wait_for": {"event": "reponse", "timeout": "1h"}})
    moved = town.report("reponse")
    nothing = town.report("visite")
    for event in (moved, nothing):
        event.refresh_from_db()
    assert (moved.moved, nothing.moved) == ([execution.pk], [])


def test_the_same_message_of_a_second_run_may_go_out(town: Town) -> None:
    execution = begin(town, {"id": "sms", "send": "sms", "template": "urgence_accuse"}, {"id": "p", "wait": "1h"})
    Execution.objects.update(run=2, at="sms", due_at=town.now)
    town.drain()
    assert list(Message.objects.filter(execution_id=execution.pk).values_list("run", "step")) == [
        (1, "sms"),
        (2, "sms"),
    ]
