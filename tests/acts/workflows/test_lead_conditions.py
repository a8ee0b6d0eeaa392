"""Workflows and segments see leads, move them, and know when only the lead has changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import decide
from crm.models import Contact, Event, Lead, SegmentMember
from crm.move_stage import DEEPEST, move_stage
from tests.acts.workflows.test_segments import make_segment, refresh
from tests.make import NOW, make_contact, make_event, make_lead, make_site, make_workflow
from workflows.audience import Audience, part_of
from workflows.conditions import OF_LEAD
from workflows.execute import execute_batch
from workflows.facts import NO_LEAD, facts_of
from workflows.models import Execution
from workflows.rehearsal import rehearse, subject_of
from workflows.route import route_batch
from workflows.scenarios import Asked

pytestmark = pytest.mark.django_db


def run(now: Any = NOW) -> None:
    for _n in range(50):
        routed = route_batch(now=now, limit=100).events
        if not (execute_batch(now=now, limit=100).executions or routed):
            return
    raise AssertionError("it goes on for ever")


def test_conditions_see_what_is_known_of_a_lead_and_nothing_where_there_is_none():
    assert set(NO_LEAD) == OF_LEAD
    assert facts_of(make_contact())["lead"] == {"qualite": "", "score": -1, "etape": "", "statut": ""}
    assert facts_of(make_lead().contact)["lead"] == {"qualite": "", "score": -1, "etape": "lead", "statut": "nouveau"}
    lead = make_lead(quality="CHAUD", score=0, stage="demo", status="a_exporter")
    assert facts_of(lead.contact)["lead"] == {"qualite": "CHAUD", "score": 0, "etape": "demo", "statut": "a_exporter"}


def test_an_audience_is_chosen_by_leads():
    site = make_site()
    hot = make_lead(site=site, score=80)
    make_lead(site=site, score=20)
    bare = make_contact(site=site)
    assert part_of(Audience(site.pk, condition="contact.lead.score >= 50"), 0, 9, NOW).ids == [hot.contact_id]
    assert part_of(Audience(site.pk, condition="contact.lead.etape == ''"), 0, 9, NOW).ids == [bare.pk]


@pytest.mark.parametrize(
    ("condition", "change"),
    [
        ("contact.lead.etape == 'demo'", lambda pk, now: move_stage([pk], "demo", "camille", "", None, now)),
        ("contact.lead.qualite == 'CHAUD'", lambda pk, now: decide.set_quality([pk], "CHAUD", 80, "camille", "", now)),
        ("contact.lead.statut == 'ecarte'", lambda pk, now: decide.discard([pk], "camille", "", now)),
    ],
)  # fmt: skip
def test_a_segment_notices_that_only_the_lead_changed(condition, change):
    segment = make_segment(condition)
    lead = make_lead(site=segment.site)
    Contact.objects.update(updated_at=NOW - timedelta(days=1))
    refresh(NOW)
    later = NOW + timedelta(hours=1)
    refresh(later)
    assert not SegmentMember.objects.exists()
    change(lead.pk, later)
    refresh(later + timedelta(minutes=2))
    assert SegmentMember.objects.get().contact == lead.contact
    assert Event.objects.filter(name="segment.vip").count() == 1


STAGES: list[dict[str, Any]] = [
    {"id": "avance", "update": {"stage": "demo"}},
    {"id": "vu", "if": "contact.lead.etape == 'demo'", "then": [{"id": "oui", "stop": "en demo"}],
     "else": [{"id": "non", "stop": "pas en demo"}]},
]  # fmt: skip


@pytest.mark.parametrize(("at", "reason"), [("lead", "en demo"), ("proposal", "en demo"), ("won", "pas en demo")])
def test_a_workflow_moves_a_lead_and_its_next_step_sees_it(at, reason):
    lead = make_lead(stage=at)
    make_workflow({"trigger": {"event": "rdv"}, "steps": STAGES}, site=lead.site)
    make_event(contact=lead.contact, name="rdv")
    run()
    lead.refresh_from_db()
    assert Execution.objects.get().reason == reason
    assert lead.stage == ("won" if at == "won" else "demo")
    assert Event.objects.filter(name="lead_etape").count() == (0 if at == "won" else 1)


def test_a_contact_without_a_lead_gets_one():
    contact = make_contact()
    make_workflow({"trigger": {"event": "rdv"}, "steps": STAGES}, site=contact.site)
    event = make_event(contact=contact, name="rdv")
    route_batch(now=NOW, limit=10)
    Lead.objects.all().delete()
    run()
    assert (Lead.objects.get().contact, Lead.objects.get().stage) == (contact, "demo")
    assert Execution.objects.get(event_id=event.pk).reason == "en demo"


def test_two_workflows_that_answer_one_another_come_to_an_end():
    lead = make_lead()
    for to, other in (("qualified", "lead"), ("lead", "qualified")):
        make_workflow(
            {"trigger": {"event": "lead_etape", "where": f"event.a == '{other}'"},
             "steps": [{"id": "a", "update": {"stage": to}}]}, site=lead.site,
        )  # fmt: skip
    move_stage([lead.pk], "qualified", "camille", "", None, NOW)
    run()
    assert Event.objects.filter(name="lead_etape").count() == DEEPEST + 1


def test_leads_are_read_only_where_a_program_reads_the_contact():
    site = make_site()
    make_workflow({"trigger": {"event": "a"}, "steps": [{"id": "x", "until": "next weekday 9:00"}]}, site=site)
    make_workflow({"trigger": {"event": "b"}, "steps": [{"id": "x", "if": "contact.lead.score > 5"}]}, site=site)
    contact = make_contact(site=site, timezone="Indian/Reunion")
    for name, is_read in (("a", False), ("b", True)):
        make_event(contact=contact, name=name)
        route_batch(now=NOW, limit=10)
        with CaptureQueriesContext(connection) as queries:
            execute_batch(now=NOW, limit=10)
        assert any("JOIN leads" in query["sql"] for query in queries) == is_read
    waiting = Execution.objects.get(at="x")
    assert waiting.due_at == NOW.replace(day=11, hour=5)  # 9:00 there


def test_a_simulation_takes_the_lead_of_whom_it_is_about():
    lead = make_lead(stage="won")
    workflow = make_workflow({"trigger": {"event": "rdv"}, "steps": STAGES}, site=lead.site)
    asked = {"contact": {"email": "a@example.com"}}
    told = rehearse(subject_of(workflow), Asked.model_validate(asked), NOW, lead.contact)
    assert told.timeline.reason == "pas en demo"
    made_up = asked | {"contact": {"email": "a@example.com", "lead": {"etape": "lost", "score": 3}}}
    assert rehearse(subject_of(workflow), Asked.model_validate(made_up), NOW).timeline.reason == "pas en demo"
    assert rehearse(subject_of(workflow), Asked.model_validate(asked), NOW).timeline.reason == "en demo"
