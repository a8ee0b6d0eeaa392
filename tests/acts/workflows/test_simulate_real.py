"""What a simulation says is what the real engine does: the same steps at the same instants, the same end."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.steps import run_batch
from communications.calls import CALL_ANSWERED
from communications.models import Message, OutgoingCall, Template
from communications.outcomes import Outcome, report
from crm.models import Event
from tests.acts.workflows.conftest import Town
from tests.definitions import EVENTS, definitions
from tests.make import NOW, make_contact, make_event, make_site, make_workflow
from workflows.compile import compile_definition
from workflows.definition import dump, parse
from workflows.execute import read_facts
from workflows.life import Assumptions
from workflows.models import Execution, StepRun
from workflows.program import Outcome as Ending
from workflows.route import route_batch
from workflows.simulate import Arrival, Scenario, simulate

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT_ONCE = Assumptions(delay=timedelta(0), status="sent")
RICH = {
    "trigger": {"event": "demande"},
    "entry": {"key": "devis_id"},
    "goal": {"event": "devis_accepte", "within": "3d"},
    "exits": ["annule"],
    "steps": [
        {"id": "m1", "send": "sms", "template": "a", "on_failure": [{"id": "mal", "notify": "Pas parti"}]},
        {"id": "rep", "wait_for": {"event": ["avis", "reponse"], "where": "event.note >= 4", "timeout": "2h"},
         "then": [{"id": "tag", "update": {"tags": ["content"]}}],
         "else": [{"id": "test", "split": [{"name": "a", "steps": [{"id": "pa", "wait": "5m"}]}, {"name": "b"}]}]},
        {"id": "heureux", "if": "'content' in contact.etiquettes", "then": [{"id": "m2", "send": "email",
                                                                           "template": "a"}]},
        {"id": "matin", "until": "next weekday 9:00"},
        {"id": "vu", "if": "execution.messages.m1 == 'sent'", "then": [{"id": "t", "task": "Rappeler", "due": "1d"}]},
        {"id": "tard", "at": "36h"},
    ],
}  # fmt: skip
LIVES: list[list[Arrival]] = [
    [],
    [Arrival(10 * MINUTE, "avis", {"note": 5})],
    [Arrival(10 * MINUTE, "avis", {"note": 2}), Arrival(HOUR, "reponse", {"note": 4, "devis_id": "D1"})],
    [Arrival(timedelta(0), "reponse", {"note": 4})],
    [Arrival(2 * HOUR, "avis", {"note": 5})],  # at the instant of the time-out
    [Arrival(HOUR, "devis_accepte", {"devis_id": "D2"}), Arrival(30 * HOUR, "devis_accepte")],
    [Arrival(HOUR, "annule")],
    [Arrival(20 * HOUR, "desinscription")],
]


def home(definition: dict[str, Any]) -> Town:
    """Make a town with one workflow and its messages."""
    site = make_site()
    for channel, subject, body in (("sms", "", "Bonjour"), ("email", "Bonjour", "<mj-text>Bonjour</mj-text>")):
        Template.objects.create(
            organization=site.organization, name="plombier/a", channel=channel, subject=subject, body=body
        )
    make_workflow(definition, site=site)
    return Town(site, make_contact(site=site))


def lived(town: Town, data: dict[str, Any], arrivals: list[Arrival]) -> tuple[Any, ...]:
    """Live through it in the real tables: the clock goes to each event and to each instant that is due."""
    make_event(contact=town.contact, name="demande", data=data, occurred_at=NOW, received_at=NOW)
    waiting = sorted(arrivals, key=lambda arrival: arrival.after)
    while True:
        while waiting and NOW + waiting[0].after <= town.now:
            arrival = waiting.pop(0)
            if arrival.after:
                make_event(
                    contact=town.contact, name=arrival.name, data=dict(arrival.data), occurred_at=town.now,
                    received_at=town.now,
                )  # fmt: skip
            else:  # it came while the first was being routed
                route_batch(now=town.now, limit=1)
                make_event(contact=town.contact, name=arrival.name, data=dict(arrival.data), occurred_at=town.now)
        town.drain()
        while answer_calls(town) or run_batch(now=town.now, limit=50) or Event.objects.filter(routed_at=None).exists():
            town.drain()
        execution = Execution.objects.get(site=town.site)
        due = [execution.due_at] if execution.due_at else []
        due += [NOW + waiting[0].after] if waiting else []
        if not due or execution.ended_at:
            break
        town.now = max(town.now, min(due))
    steps = StepRun.objects.filter(execution_id=execution.pk).order_by("id").values_list("step", "at", "detail")
    messages = Message.objects.filter(execution_id=execution.pk).order_by("id")
    return (
        list(steps), execution.status, execution.reason, execution.ended_at,
        [(m.step, m.channel, m.template, m.category, m.created_at, m.useful_until) for m in messages],
    )  # fmt: skip


def answer_calls(town: Town) -> int:
    calls = list(OutgoingCall.objects.filter(site=town.site, status="queued"))
    report([Outcome(call, CALL_ANSWERED) for call in calls], town.now)
    return OutgoingCall.objects.filter(pk__in=[call.pk for call in calls]).update(status="done", due_at=None)


def simulated(town: Town, data: dict[str, Any], arrivals: list[Arrival]) -> tuple[Any, ...]:
    """Simulate the same, for the same contact and workflow."""
    execution = Execution.objects.select_related("version").get(site=town.site)
    definition = parse(execution.version.document)
    reads_all = {execution.version_id: type("All", (), {"reads": frozenset({"contact", "event"})})()}
    contact = read_facts([execution], reads_all).contacts[town.contact.pk]
    contact = {**contact, "etiquettes": [], "champs": {}}
    found = simulate(definition, "plombier", Scenario(
        NOW, "demande", contact, data, arrivals, contact_id=town.contact.pk, workflow_id=execution.workflow_id,
        assume=AT_ONCE,
    ))  # fmt: skip
    program = compile_definition(definition, "plombier")
    steps = [li for li in found.lines if li.kind == "etape"]
    messages = [(m.step, m.channel, m.template, m.category, m.at, m.useful_until) for m in found.messages]
    return ([(li.step, li.at) for li in steps], found.outcome, found.reason, found.ended_at, messages, program)


def check(definition: dict[str, Any], data: dict[str, Any], arrivals: list[Arrival]) -> Ending:
    town = home(definition)
    steps, status, reason, ended_at, messages = lived(town, data, arrivals)
    told_steps, outcome, told_reason, told_end, told_messages, _program = simulated(town, data, arrivals)
    assert [(step.removesuffix(".issue"), at) for step, at, _detail in steps] == told_steps
    assert (status, reason, ended_at) == (str(outcome), told_reason, told_end)
    assert messages == told_messages
    return outcome


@pytest.mark.django_db
@pytest.mark.parametrize("arrivals", LIVES, ids=range(len(LIVES)))
def test_a_rich_definition_lives_as_it_was_simulated(arrivals):
    check(RICH, {"devis_id": "D1"}, arrivals)


@pytest.mark.django_db
def test_these_lives_end_in_different_ways():
    assert {check(RICH, {"devis_id": "D1"}, arrivals) for arrivals in LIVES} == {
        Ending.COMPLETED, Ending.CONVERTED, Ending.STOPPED,
    }  # fmt: skip


NAMES = [*EVENTS, "annule", "annule_chantier", "devis_accepte", "desinscription"]


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    definitions(),
    st.lists(st.builds(
        Arrival, st.sampled_from([MINUTE, 5 * MINUTE, HOUR, 2 * HOUR, 50 * HOUR]), st.sampled_from(NAMES),
        st.sampled_from([{}, {"note": 5}, {"note": 1}, {"devis_id": "D2"}]),
    ), max_size=3),
)  # fmt: skip
def test_random_definitions_live_as_they_were_simulated(definition, arrivals):
    document = dump(definition) | {"trigger": {"event": "demande"}}
    check(document, {"x": 1, "devis_id": "D1"}, arrivals)
