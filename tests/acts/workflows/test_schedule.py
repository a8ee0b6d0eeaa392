"""Schedules: each slot fires once, one missed slot is made up for, a pause holds everything."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organization, Platform, Site
from communications.models import Notification
from tests.make import NOW, make_site, make_workflow
from workflows import control
from workflows.definition import dump, parse
from workflows.deploy import publish
from workflows.models import Enrolment, Trigger, Workflow
from workflows.schedule import fire_batch
from workflows.scope import Scope

MONDAY = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)  # 9:00 in Paris


def definition(schedule: str = "0 9 * * 1", **changes: Any) -> dict[str, Any]:
    trigger = {"schedule": schedule, "audience": "'client' in contact.etiquettes"} | changes
    return {"trigger": trigger, "steps": [{"id": "pause", "wait": "15m"}]}


def weekly(schedule: str = "0 9 * * 1", site: Site | None = None, **changes: Any) -> Workflow:
    """A workflow whose schedule is planned from NOW on."""
    workflow = make_workflow(definition(schedule, **changes), site=site)
    workflow.triggers.all().delete()
    publish(workflow, dump(parse(definition(schedule, **changes))), now=NOW)
    return workflow


def fire(now: datetime) -> int:
    return fire_batch(now=now, limit=100)


def slots() -> list[str]:
    return list(Enrolment.objects.order_by("id").values_list("data__prevu_le", flat=True))


def test_publishing_plans_the_first_slot_in_the_site_s_zone_or_the_trigger_s(db: None) -> None:
    weekly()
    assert Trigger.objects.get().next_at == MONDAY
    weekly(timezone="America/New_York")
    assert Trigger.objects.latest("id").next_at == MONDAY + timedelta(hours=5)  # summer has begun there


def test_a_slot_fires_once_for_its_audience(db: None) -> None:
    workflow = weekly()
    assert fire(MONDAY - timedelta(microseconds=1)) == 0
    assert [fire(MONDAY), fire(MONDAY), fire(MONDAY + timedelta(seconds=1))] == [1, 0, 0]
    made = Enrolment.objects.get()
    assert (made.workflow, made.condition, made.next_at) == (workflow, "'client' in contact.etiquettes", MONDAY)
    assert (made.key, slots()) == (
        f"schedule/{Trigger.objects.get().pk}/2026-03-16T08:00:00+00:00", ["2026-03-16T09:00+01:00"],
    )  # fmt: skip
    assert Trigger.objects.get().next_at == MONDAY + timedelta(days=7)


def test_after_a_long_stop_only_the_latest_missed_slot_is_made_up_for(db: None) -> None:
    weekly("*/5 * * * *")
    assert fire(NOW + timedelta(days=30, minutes=2)) == 1
    assert slots() == ["2026-04-09T12:00+02:00"]
    assert Trigger.objects.get().next_at == NOW + timedelta(days=30, minutes=5)


@pytest.mark.parametrize("what", ["workflow", "site", "organization", "platform"])
def test_a_pause_of_anything_above_holds_it(db: None, what: str) -> None:
    workflow = weekly("0 * * * *")
    scope, order = Scope.of(workflow), control.Order("test", NOW)
    pause, resume = {
        "workflow": (lambda: control.pause(scope, order), lambda: control.resume(scope, order)),
        "site": tuple((lambda v=v: Site.objects.update(is_paused=v)) for v in (True, False)),
        "organization": tuple((lambda v=v: Organization.objects.update(is_paused=v)) for v in (True, False)),
        "platform": tuple((lambda v=v: Platform.objects.update_or_create(pk=1, defaults={"is_paused": v}))
                          for v in (True, False)),
    }[what]  # fmt: skip
    pause()
    assert [fire(NOW + timedelta(hours=n)) for n in range(5)] == [0] * 5
    resume()
    fire(NOW + timedelta(hours=5, minutes=10))
    fire(NOW + timedelta(hours=5, minutes=11))
    assert slots() == ["2026-03-10T16:00+01:00"]


def test_publishing_again_neither_repeats_nor_forgets_a_slot(db: None) -> None:
    workflow = weekly()
    publish(workflow, definition(), now=MONDAY + timedelta(minutes=3))  # the slot is due, and nobody fired it yet
    assert fire(MONDAY + timedelta(minutes=4)) == 1
    publish(workflow, definition(), now=MONDAY + timedelta(minutes=5))
    assert fire(MONDAY + timedelta(minutes=6)) == 0
    publish(workflow, definition("0 10 * * 1"), now=MONDAY + timedelta(minutes=7))
    assert Trigger.objects.get().next_at == MONDAY + timedelta(hours=1)


def test_a_zone_that_is_gone_is_told_and_holds_up_no_other(db: None) -> None:
    weekly()
    weekly(site=make_site(timezone="America/New_York"))
    Trigger.objects.filter(pk=Trigger.objects.earliest("id").pk).update(timezone="Mars/Olympus")
    assert fire(MONDAY + timedelta(days=1)) == 2
    assert (Enrolment.objects.count(), Notification.objects.count()) == (1, 1)
    assert Trigger.objects.earliest("id").next_at is None


def test_many_workers_fire_a_slot_once(transactional_db: None) -> None:
    for _n in range(5):
        weekly("* * * * *")
    gate = threading.Barrier(4)

    def work() -> None:
        try:
            gate.wait()
            for minute in range(1, 4):
                fire(NOW + timedelta(minutes=minute))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fire(NOW + timedelta(minutes=3))
    rows = Enrolment.objects.values_list("workflow_id", "data__prevu_le")
    assert len(rows) == len(set(rows))
    assert {slot for _w, slot in rows} >= {"2026-03-10T11:03+01:00"}
    assert sum(slot == "2026-03-10T11:03+01:00" for _w, slot in rows) == 5
