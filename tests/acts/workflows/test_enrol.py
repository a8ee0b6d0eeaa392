"""Audiences enter a workflow at their rate, each contact once, whatever happens in between."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEntry, Organization, Platform, Site
from communications.models import Notification
from crm.models import Contact, Event, Segment, SegmentMember
from tests.make import NOW, make_contact, make_site, make_workflow
from workflows import control
from workflows.audience import Audience, AudienceError, size_of
from workflows.enrol import Entry, enrol, enrol_batch, pause, resume, stop
from workflows.execute import execute_batch
from workflows.models import Enrolment, Execution, Workflow
from workflows.route import route_batch
from workflows.scope import Scope

ON_DEMAND: dict[str, Any] = {"trigger": {"api": True}, "steps": [{"id": "pause", "wait": "15m"}]}


@pytest.fixture
def workflow(db: None) -> Workflow:
    return make_workflow(ON_DEMAND)


def crowd(site: Site, number: int, **changes: Any) -> list[int]:
    people = [
        Contact(
            site=site, organization=site.organization, **({"email": f"p{n}-{id(changes)}@example.com"} | changes)
        )
        for n in range(number)
    ]  # fmt: skip
    return [contact.pk for contact in Contact.objects.bulk_create(people)]


def start(workflow: Workflow, *, key: str | None = None, **changes: Any) -> Enrolment:
    entry = {name: changes.pop(name) for name in ("event", "data", "per_minute") if name in changes}
    audience = Audience(workflow.site_id, **changes)
    return enrol(workflow, audience, Entry(**entry), actor="camille", now=NOW, key=key)


def tick(now: datetime) -> None:
    for _n in range(20):
        if not enrol_batch(now=now):
            break


def entered() -> list[int]:
    return list(Event.objects.filter(name="inscription").order_by("contact_id").values_list("contact_id", flat=True))


def test_a_list_enters_in_order_at_its_rate_and_each_starts_the_workflow(workflow: Workflow) -> None:
    ids = crowd(workflow.site, 100)
    start(workflow, contact_ids=tuple(reversed(ids)), per_minute=600, data={"offre": "printemps"})
    tick(NOW)
    assert entered() == ids[:1]
    tick(NOW + timedelta(seconds=1))
    assert entered() == ids[:11]
    for second in range(2, 12):
        tick(NOW + timedelta(seconds=second))
    assert entered() == ids
    made = Enrolment.objects.get()
    assert (made.status, made.entered, made.ended_at) == ("terminee", 100, NOW + timedelta(seconds=10))
    while route_batch(now=NOW, limit=100).events:
        pass
    assert Execution.objects.filter(workflow=workflow).count() == 100
    assert Event.objects.earliest("id").data == {"offre": "printemps"}


def test_looking_often_makes_nothing_faster_and_a_standstill_no_flood(workflow: Workflow) -> None:
    crowd(workflow.site, 2_000)
    start(workflow, condition="contact.nom == ''", per_minute=60)
    for _n in range(10):
        tick(NOW)
    assert len(entered()) == 1
    tick(NOW + timedelta(hours=9))
    assert len(entered()) == 7  # five seconds' worth, and one


def test_all_that_is_given_must_hold_and_who_opted_out_stays_out(workflow: Workflow) -> None:
    site = workflow.site
    segment = Segment.objects.create(
        site=site, organization=site.organization, slug="fideles", name="Fidèles", condition="true"
    )
    both = make_contact(site=site, tags=["vip"])
    out = make_contact(site=site, tags=["vip"], opted_out_at=NOW)
    in_segment, elsewhere = make_contact(site=site), make_contact(tags=["vip"])
    for contact in (both, out, in_segment, elsewhere):
        SegmentMember.objects.create(segment=segment, contact=contact, entered_at=NOW)
    make_contact(site=site, tags=["vip"])
    audience = Audience(site.pk, segment_id=segment.pk, condition="'vip' in contact.etiquettes")
    assert size_of(audience, NOW) == (1, True)
    start(workflow, segment_id=segment.pk, condition="'vip' in contact.etiquettes")
    tick(NOW)
    tick(NOW + timedelta(seconds=1))
    assert entered() == [both.pk]
    assert Enrolment.objects.get().status == "terminee"


def test_a_rare_condition_is_looked_for_part_by_part(workflow: Workflow, monkeypatch: Any) -> None:
    monkeypatch.setattr("workflows.audience.SCAN", 10)
    crowd(workflow.site, 45)
    wanted = crowd(workflow.site, 1, name="Zoé", email="zoe@example.com")
    crowd(workflow.site, 10, name="Luc")
    start(workflow, condition="contact.nom == 'Zoé'")
    assert enrol_batch(now=NOW)
    made = Enrolment.objects.get()
    assert (entered(), made.status) == ([], "en_cours")
    assert made.last_contact_id == Contact.objects.order_by("id")[9].pk
    tick(NOW)
    assert entered() == wanted
    tick(NOW + timedelta(seconds=1))
    assert (entered(), Enrolment.objects.get().status) == (wanted, "terminee")


@pytest.mark.parametrize("what", ["workflow", "site", "organization", "platform", "itself"])
def test_a_pause_of_anything_holds_it_and_it_goes_on_where_it_was(workflow: Workflow, what: str) -> None:
    ids = crowd(workflow.site, 3)
    made = start(workflow, contact_ids=tuple(ids), per_minute=60)
    tick(NOW)
    later = NOW + timedelta(minutes=5)
    scope, order = Scope.of(workflow), control.Order("test", NOW)
    acts: dict[str, Any] = {
        "workflow": (lambda: control.pause(scope, order), lambda: control.resume(scope, order)),
        "site": [lambda v=v: Site.objects.update(is_paused=v) for v in (True, False)],
        "organization": [lambda v=v: Organization.objects.update(is_paused=v) for v in (True, False)],
        "platform": [lambda v=v: Platform.objects.update_or_create(pk=1, defaults={"is_paused": v})
                     for v in (True, False)],
        "itself": (lambda: pause([made.pk], actor="a", now=NOW), lambda: resume([made.pk], actor="a", now=later)),
    }  # fmt: skip
    hold, release = acts[what]
    hold()
    tick(NOW + timedelta(minutes=4))
    assert entered() == ids[:1]
    release()
    tick(later)
    tick(later + timedelta(seconds=5))
    assert entered() == ids


def test_stopping_is_for_good_and_leaves_alone_who_entered(workflow: Workflow) -> None:
    ids = crowd(workflow.site, 3)
    made = start(workflow, contact_ids=tuple(ids), per_minute=60)
    tick(NOW)
    assert stop([made.pk], actor="camille", now=NOW) == 1
    assert stop([made.pk], actor="camille", now=NOW) == 0
    assert resume([made.pk], actor="camille", now=NOW) == 0
    tick(NOW + timedelta(minutes=4))
    assert entered() == ids[:1]
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "actor", "target_id"))
    assert actions == [("inscription.inscrire", "camille", made.pk), ("inscription.arreter", "camille", made.pk)]


def test_a_stopped_workflow_ends_its_enrolments(workflow: Workflow) -> None:
    start(workflow, contact_ids=tuple(crowd(workflow.site, 3)))
    control.stop(Scope.of(workflow), control.Order("test", NOW))
    tick(NOW)
    assert (entered(), Enrolment.objects.get().status) == ([], "arretee")
    workflow.refresh_from_db()
    with pytest.raises(AudienceError) as refusal:
        start(workflow, condition="contact.nom == ''")
    assert refusal.value.field == "workflow"


def test_a_segment_that_is_gone_never_means_everybody(workflow: Workflow) -> None:
    crowd(workflow.site, 3)
    made = start(workflow, condition="contact.nom == ''")
    Enrolment.objects.filter(pk=made.pk).update(condition="", segment=None)
    tick(NOW)
    assert (entered(), Enrolment.objects.get().status) == ([], "arretee")


def test_the_same_key_is_the_same_enrolment(workflow: Workflow) -> None:
    ids = tuple(crowd(workflow.site, 3))
    assert start(workflow, contact_ids=ids, key="k") == start(workflow, contact_ids=ids, key="k")
    other = make_workflow(ON_DEMAND)
    assert start(other, contact_ids=tuple(crowd(other.site, 1)), key="k").workflow == other
    assert AuditEntry.objects.count() == 2


def test_a_crash_in_the_middle_loses_nobody_and_takes_nobody_twice(workflow: Workflow, monkeypatch: Any) -> None:
    ids = crowd(workflow.site, 30)
    start(workflow, contact_ids=tuple(ids))
    tick(NOW)

    def dies(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("workflows.enrol._write", dies)
        with pytest.raises(KeyboardInterrupt):
            enrol_batch(now=NOW + timedelta(seconds=1))
    assert entered() == ids[:1]
    # Even if it came to be believed that less was done than was: the events' keys say no.
    Enrolment.objects.update(last_contact_id=0, next_at=NOW)
    for second in range(1, 5):
        tick(NOW + timedelta(seconds=second))
    assert entered() == ids
    assert Enrolment.objects.get().entered == 30


def test_entry_rules_hold_as_for_any_event(db: None) -> None:
    workflow = make_workflow({**ON_DEMAND, "entry": {"reentry": "never", "per_day": 2}})
    ids = tuple(crowd(workflow.site, 5))
    for key in ("a", "b"):
        start(workflow, contact_ids=ids, key=key, per_minute=6000)
        tick(NOW)
        tick(NOW + timedelta(seconds=1))
        route_batch(now=NOW, limit=100)
        execute_batch(now=NOW, limit=100)
    assert Event.objects.count() == 10
    assert Execution.objects.count() == 2


def test_an_enrolment_that_cannot_go_on_is_paused_and_holds_up_no_other(workflow: Workflow) -> None:
    ids = crowd(workflow.site, 1)
    broken = start(workflow, condition="contact.nom == ''")
    Enrolment.objects.filter(pk=broken.pk).update(condition="contact.nom ==")
    start(workflow, contact_ids=tuple(ids))
    tick(NOW)
    assert entered() == ids
    assert Enrolment.objects.get(pk=broken.pk).status == "en_pause"
    assert Notification.objects.get().link.endswith(f"/{broken.pk}/change/")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "contacts"), ({"contact_ids": ()}, "contacts"), ({"contact_ids": (1,)}, "contacts"),
        ({"condition": "contact."}, "condition"), ({"condition": "event.x == 1"}, "condition"),
        ({"condition": "true", "per_minute": 0}, "parMinute"), ({"condition": "true", "event": "É"}, "evenement"),
        ({"condition": "true", "event": "segment.vip"}, "evenement"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(workflow: Workflow, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(AudienceError) as refusal:
        start(workflow, **changes)
    assert refusal.value.field == field
    assert not Enrolment.objects.exists()


def test_many_workers_take_nobody_twice_and_keep_the_rate(transactional_db: None) -> None:
    site = make_site()
    ids = crowd(site, 120)
    start(make_workflow(ON_DEMAND, site=site), contact_ids=tuple(ids))
    gate = threading.Barrier(4)

    def work() -> None:
        try:
            gate.wait()
            for second in range(6):
                tick(NOW + timedelta(seconds=second))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered()) <= 60
    for second in range(6, 20):
        tick(NOW + timedelta(seconds=second))
    assert entered() == ids
    assert Enrolment.objects.get().entered == 120
