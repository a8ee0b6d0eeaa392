"""Routing: events start executions and move those that run, each once, whichever worker is first."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from crm.models import Contact, Event, Metric
from tests.make import NOW, make_contact, make_event, make_execution, make_site, make_workflow
from workflows.models import Execution
from workflows.route import _route, fetch, route_batch

WAITING: dict[str, Any] = {
    "trigger": {"event": "demande"},
    "steps": [{"id": "reponse", "wait_for": {"event": "reponse_recue", "timeout": "1h"}}],
}


@pytest.fixture
def contact(db: None) -> Contact:
    return make_contact()


def test_an_event_starts_what_it_triggers_once(contact: Contact) -> None:
    workflow = make_workflow(site=contact.site)
    event = make_event(contact=contact)
    assert route_batch(now=NOW, limit=10).started == 1
    assert route_batch(now=NOW, limit=10).events == 0
    execution = Execution.objects.get()
    assert (execution.workflow, execution.event_id, execution.status) == (workflow, event.pk, "en_attente")
    assert Metric.objects.get(name="started").value == 1


def test_an_event_of_another_site_starts_nothing(contact: Contact) -> None:
    make_workflow(site=make_site())
    make_event(contact=contact)
    route_batch(now=NOW, limit=10)
    assert not Execution.objects.exists()


def test_an_asked_for_workflow_starts_alone_whatever_the_event(contact: Contact) -> None:
    asked, _other = make_workflow(site=contact.site), make_workflow(site=contact.site)
    make_event(contact=contact, name="nouveau_contact", workflow_id=asked.pk)
    route_batch(now=NOW, limit=10)
    assert Execution.objects.get().workflow == asked


def test_a_workflow_of_another_site_cannot_be_asked_for(contact: Contact) -> None:
    make_event(contact=contact, workflow_id=make_workflow().pk)
    route_batch(now=NOW, limit=10)
    assert not Execution.objects.exists()


@pytest.mark.parametrize(("reentry", "started"), [("always", 2), ("never", 1), ("2h", 1), ("30m", 2)])
def test_reentry(contact: Contact, reentry: str, started: int) -> None:
    make_workflow({**WAITING, "entry": {"reentry": reentry}}, site=contact.site)
    make_event(contact=contact, name="demande")
    route_batch(now=NOW, limit=10)
    Execution.objects.update(status="terminee")
    make_event(contact=contact, name="demande")
    route_batch(now=NOW + timedelta(hours=1), limit=10)
    assert Execution.objects.count() == started


def test_a_cap_per_day_holds_within_one_batch_too(contact: Contact) -> None:
    make_workflow({**WAITING, "entry": {"per_day": 2}}, site=contact.site)
    for n in range(4):
        make_event(contact=make_contact(site=contact.site, name=str(n)), name="demande")
    route_batch(now=NOW, limit=10)
    assert Execution.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_cap_per_day_holds_over_workers_at_once() -> None:
    site = make_site()
    workflow = make_workflow({**WAITING, "entry": {"per_day": 1}}, site=site)
    first = make_contact(site=site)
    for contact in (first, make_contact(site=site)):
        make_event(contact=contact, name="demande")

    def route(_n: int) -> int:
        try:
            return route_batch(now=NOW, limit=1).started
        finally:
            connection.close()

    def waiting() -> int:
        return int(fetch("SELECT count(DISTINCT pid) AS n FROM pg_locks WHERE NOT granted")[0].n)

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            # Not committed and then rolled back: whoever begins the same waits, after it has counted.
            make_execution(workflow=workflow, contact=first, event_id=1)
            routed = [pool.submit(route, n) for n in range(2)]
            deadline = time.monotonic() + 5
            while sum(r.done() for r in routed) + waiting() < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            transaction.set_rollback(True)
        assert sorted(r.result() for r in routed) == [0, 1]


def test_an_event_and_its_answer_in_one_batch(contact: Contact) -> None:
    make_workflow(WAITING, site=contact.site)
    make_event(contact=contact, name="demande")
    make_event(contact=contact, name="reponse_recue")
    route_batch(now=NOW, limit=10)
    assert Execution.objects.get().seen == ["reponse"]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_another_worker_routes_first_is_not_lost() -> None:
    contact = make_contact()
    make_workflow(WAITING, site=contact.site)
    make_event(contact=contact, name="demande")
    answer = make_event(contact=contact, name="reponse_recue")
    claimed = fetch(
        "SELECT id, organization_id, site_id, contact_id, name, data, workflow_id, occurred_at FROM evenements"
        " WHERE id = %s", [answer.pk],
    )  # fmt: skip
    with transaction.atomic():
        _route(NOW, claimed)
    route_batch(now=NOW, limit=10)
    assert Execution.objects.get().seen == ["reponse"]


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_start_each_execution_once() -> None:
    site = make_site()
    make_workflow(WAITING, site=site)
    contacts = [make_contact(site=site, name=str(n)) for n in range(20)]
    for contact in contacts * 3:
        make_event(contact=contact, name="demande")
    for contact in contacts:
        make_event(contact=contact, name="reponse_recue")

    def work(_n: int) -> None:
        try:
            while route_batch(now=NOW, limit=7).events:
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert not Event.objects.filter(routed_at=None).exists()
    assert Execution.objects.count() == 20
    assert all(e.seen == ["reponse"] for e in Execution.objects.all())


def race(limit: int, now: datetime = NOW, threads: int = 8) -> None:
    """Route all that there is in several threads that begin at the same moment."""
    start = Barrier(threads)

    def work(_n: int) -> None:
        start.wait(10)
        try:
            while route_batch(now=now, limit=limit).events:
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    while route_batch(now=now, limit=100).events:  # what a thread passed over because another held it
        pass


@pytest.mark.django_db(transaction=True)
def test_eight_workers_begin_one_execution_for_each_entry_key_of_a_contact() -> None:
    contact = make_contact()
    make_workflow({**WAITING, "entry": {"key": "devis_id"}}, site=contact.site)
    for n in range(64):
        make_event(contact=contact, name="demande", data={"devis_id": f"D{n % 4}"})
    race(limit=3)
    assert sorted(Execution.objects.values_list("entry_key", flat=True)) == ["D0", "D1", "D2", "D3"]
    assert sum(Metric.objects.filter(name="started").values_list("value", flat=True)) == 4


@pytest.mark.parametrize(("reentry", "begun"), [("never", 1), ("2h", 1), ("30m", 2), ("always", 2)])
@pytest.mark.django_db(transaction=True)
def test_re_entry_holds_whichever_of_eight_workers_is_first(reentry: str, begun: int) -> None:
    contact = make_contact()
    make_workflow({**WAITING, "entry": {"reentry": reentry}}, site=contact.site)
    make_event(contact=contact, name="demande")
    race(limit=1)
    Execution.objects.update(status="terminee")
    for _ in range(24):
        make_event(contact=contact, name="demande")
    race(limit=1, now=NOW + timedelta(hours=1))
    assert Execution.objects.count() == begun


@pytest.mark.parametrize("limit", [1, 5])
@pytest.mark.django_db(transaction=True)
def test_a_cap_per_day_is_exact_whatever_eight_workers_do(limit: int) -> None:
    site = make_site()
    for per_day in (5, 7):  # two of them, so that locks could be taken crosswise
        make_workflow({**WAITING, "entry": {"per_day": per_day}}, site=site, slug=f"plafond-{per_day}")
    for n in range(60):
        make_event(contact=make_contact(site=site, name=str(n)), name="demande")
    race(limit)
    counted = {slug: Execution.objects.filter(workflow__slug=slug).count() for slug in ("plafond-5", "plafond-7")}
    assert counted == {"plafond-5": 5, "plafond-7": 7}
    assert not Event.objects.exclude(error="").exists()


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Paris", 13), ("Pacific/Noumea", 3), ("America/Guadeloupe", 18)])
def test_the_day_of_a_cap_is_the_sites(db: None, zone: str, hours: int) -> None:
    """It is 10:00 UTC: 11:00 in Paris, 21:00 in Nouméa, 6:00 in Guadeloupe; then midnight there."""
    site = make_site(timezone=zone)
    make_workflow({**WAITING, "entry": {"per_day": 1}}, site=site)
    for late in (0, hours * 60 - 1, hours * 60):
        make_event(contact=make_contact(site=site, name=str(late)), name="demande")
        route_batch(now=NOW + timedelta(minutes=late), limit=10)
    assert list(Execution.objects.order_by("id").values_list("contact__name", flat=True)) == ["0", str(hours * 60)]


def test_an_event_that_cannot_be_routed_is_marked_and_holds_up_no_other(contact: Contact) -> None:
    broken = make_workflow(site=contact.site)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE versions_workflow SET document = '{}' WHERE workflow_id = %s", [broken.pk])
    bad = make_event(contact=contact)
    good_contact = make_contact()
    make_workflow(site=good_contact.site)
    good = make_event(contact=good_contact)
    route_batch(now=NOW, limit=10)
    assert Execution.objects.get().event_id == good.pk
    bad.refresh_from_db()
    assert bad.error
    assert bad.routed_at == NOW
    assert route_batch(now=NOW, limit=10).events == 0
