"""A funnel says how many people were at each step, who is there now and who was lost, in the definition's order."""

from datetime import timedelta
from typing import Any

import pytest

from tests.acts.workflows.conftest import Town
from tests.make import NOW, make_contact, make_event, make_workflow
from workflows import control
from workflows.control import Order
from workflows.deploy import publish
from workflows.funnel import Funnel, Stage, funnel
from workflows.models import Execution, Workflow
from workflows.scope import Scope

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BRANCHED: dict[str, Any] = {
    "trigger": {"event": "demande"},
    "goal": {"event": "vendu", "within": "10d"},
    "steps": [
        {"id": "accuse", "send": "sms", "template": "urgence_accuse"},
        {
            "id": "choix",
            "if": "event.grand == true",
            "then": [{"id": "grand", "wait": "1d"}, {"id": "visite", "update": {"tags": ["visite"]}}],
            "else": [{"id": "petit", "wait": "2h"}],
        },
        {"id": "note", "update": {"tags": ["vu"]}},
    ],
}


@pytest.fixture
def workflow(town: Town) -> Workflow:
    """Five people: two with large requests, three with small ones."""
    found = make_workflow(BRANCHED, site=town.site)
    for n in range(5):
        make_event(
            contact=make_contact(site=town.site), name="demande", data={"grand": n < 2}, occurred_at=NOW,
            received_at=NOW,
        )  # fmt: skip
    town.drain()
    return found


def seen(town: Town, workflow: Workflow, past: timedelta = HOUR) -> Funnel:
    return funnel(workflow, town.now - past, town.now + HOUR)


def stage(found: Funnel, step: str) -> Stage:
    return next(one for one in found.all() if one.step == step)


def test_it_follows_the_definition_and_branches_are_inside(town: Town, workflow: Workflow) -> None:
    found = seen(town, workflow)
    assert [one.step for one in found.stages] == ["accuse", "choix", "note", "_fin"]
    assert [(way.title, [one.step for one in way.stages]) for way in found.stages[1].ways] == [
        ("si oui", ["grand", "visite"]), ("sinon", ["petit"]),
    ]  # fmt: skip
    assert [(one.step, one.reached, one.here, one.before) for one in found.all()] == [
        ("accuse", 5, 0, None), ("choix", 5, 0, 5), ("grand", 2, 2, 5), ("visite", 0, 0, 2), ("petit", 3, 3, 5),
        ("note", 0, 0, 5), ("_fin", 0, 0, 0),
    ]  # fmt: skip
    assert (found.entered, found.elsewhere) == (5, {})
    assert stage(found, "petit").share == pytest.approx(0.6)


def test_who_waits_is_not_lost_and_who_ends_is(town: Town, workflow: Workflow) -> None:
    one = Execution.objects.filter(at="petit").first()
    control.stop(Scope.executions([one.pk]), Order("camille", town.now))
    town.later(hours=2)
    found = seen(town, workflow, 3 * HOUR)
    petit, note = stage(found, "petit"), stage(found, "note")
    assert (petit.reached, petit.passed, petit.here, petit.dropped) == (3, 2, 0, 1)
    assert petit.dropped_share == pytest.approx(1 / 3)
    assert (note.reached, note.dropped) == (2, 0)
    assert (stage(found, "_fin").here, stage(found, "_fin").reached) == (2, 2)


def test_the_goal_counts_where_they_stood(town: Town, workflow: Workflow) -> None:
    contact = Execution.objects.filter(at="petit").first().contact
    make_event(contact=contact, name="vendu", data={}, occurred_at=town.now, received_at=town.now)
    town.drain()
    petit = stage(seen(town, workflow), "petit")
    assert (petit.converted, petit.reached, petit.here, petit.dropped) == (1, 3, 2, 0)
    assert petit.converted_share == pytest.approx(1 / 3)


def test_a_period_holds_what_happened_in_it_and_who_is_there(town: Town, workflow: Workflow) -> None:
    town.later(hours=2)
    found = seen(town, workflow)
    assert (stage(found, "accuse").reached, stage(found, "petit").reached, stage(found, "grand").reached) == (0, 3, 2)


def test_who_stands_at_a_step_that_is_gone_is_told(town: Town, workflow: Workflow) -> None:
    publish(workflow, {**BRANCHED, "steps": [BRANCHED["steps"][0], BRANCHED["steps"][2]]})
    workflow.refresh_from_db()
    found = seen(town, workflow)
    assert found.elsewhere == {"grand": 2, "petit": 3}
    assert [one.step for one in found.all()] == ["accuse", "note", "_fin"]


def test_a_call_that_fails_counts_its_person_once(town: Town) -> None:
    call = {"id": "appel", "call": {"url": "https://crm.example.com/", "timeout": "20m"}}
    workflow = make_workflow({**BRANCHED, "steps": [call]}, site=town.site)
    town.report("demande")
    first = stage(seen(town, workflow), "appel")
    assert (first.reached, first.here) == (1, 1)
    town.later(minutes=21)
    first = stage(seen(town, workflow), "appel")
    assert (first.reached, first.here, first.dropped) == (1, 0, 1)


def test_without_a_version_there_is_nothing() -> None:
    workflow = make_workflow()
    workflow.version_id = None
    assert funnel(workflow, NOW - HOUR, NOW + HOUR).stages == ()
