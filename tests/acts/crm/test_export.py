"""Exports: within the day's places whoever decides at once, each lead once, and what does not leave gives its place."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection as database

from accounts.models import Organization
from crm.decide import discard, set_quality
from crm.export import (
    FOR_A_PERSON,
    INACTIVE,
    LIMIT,
    Chosen,
    Delayed,
    Recorded,
    delay_leads,
    record_exports,
    revoke_inactive,
)
from crm.models import Connection, Export, ExportDay, Lead
from crm.places import taken
from tests.make import NOW, make_connection, make_contact, make_lead, make_ready_lead, make_site

TOMORROW = NOW + timedelta(days=1)


def leads_of(crm: Connection, n: int, **changes: object) -> list[Lead]:
    site = make_site(organization=crm.organization)
    return [make_ready_lead(site=site, score=99 - k, **changes) for k in range(n)]


def record(crm: Connection, leads: Sequence[Lead], now: datetime = NOW, **more: object) -> Recorded:
    chosen = [Chosen(lead.pk, f"Raison {lead.pk}") for lead in leads]
    return record_exports(crm.pk, chosen, 7, now, **more)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_export_is_queued_counted_and_its_lead_is_on_its_way():
    crm = make_connection()
    (lead,) = leads_of(crm, 1, export_after=NOW, delay_reason="avant")
    found = record(crm, [lead])
    export = Export.objects.get()
    assert found.exports == {lead.pk: export.pk}
    assert (export.status, export.due_at, export.run_id, export.day) == ("en_file", NOW, 7, date(2026, 3, 10))
    assert (export.quality, export.score, export.reason) == ("CHAUD", 99, f"Raison {lead.pk}")
    assert taken(crm, NOW) == 1
    lead.refresh_from_db()
    assert (lead.status, lead.export_after, lead.delay_reason, lead.exported_at) == ("exporte", None, "", None)


@pytest.mark.django_db
def test_the_first_go_when_places_lack_and_a_repeat_exports_nothing():
    crm = make_connection(daily_limit=3)
    leads = leads_of(crm, 5)
    found = record(crm, leads)
    assert set(found.exports) == {lead.pk for lead in leads[:3]}
    assert found.refused == dict.fromkeys([lead.pk for lead in leads[3:]], LIMIT)
    again = record(crm, leads)
    assert not again.exports
    assert again.refused[leads[0].pk] == "Déjà exporté"
    assert taken(crm, NOW) == Export.objects.count() == 3
    assert set(record(crm, [leads[4]], TOMORROW).exports) == {leads[4].pk}  # another day


@pytest.mark.django_db
def test_a_day_is_the_one_of_the_connections_zone():
    crm = make_connection(timezone="Pacific/Auckland", daily_limit=1)
    leads = leads_of(crm, 2)
    record(crm, leads[:1], datetime.fromisoformat("2026-03-10T10:30Z"))  # 23:30 there
    record(crm, leads[1:], datetime.fromisoformat("2026-03-10T11:30Z"))  # past midnight
    assert list(ExportDay.objects.order_by("day").values_list("day", "count")) == [
        (date(2026, 3, 10), 1), (date(2026, 3, 11), 1),
    ]  # fmt: skip
    assert make_connection(timezone="Mars/Olympus").pk
    assert taken(Connection.objects.latest("pk"), NOW) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "ecarte"}, "Écarté"),
        ({"status": "exporte"}, "Déjà exporté"),
        ({"status": "nouveau"}, "Pas encore classé"),
        ({"quality": ""}, "Pas encore classé"),
        ({"score": 29}, "minimum de 30"),
    ],
)
def test_what_changed_since_the_decision_is_seen(changes: dict[str, object], why: str):
    crm = make_connection()
    lead = make_ready_lead(site=make_site(organization=crm.organization), **changes)
    assert why in record(crm, [lead]).refused[lead.pk]
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_neither_who_opted_out_nor_a_stranger_nor_for_an_inactive_connection():
    crm = make_connection()
    site = make_site(organization=crm.organization)
    out = make_ready_lead(contact=make_contact(site=site, opted_out_at=NOW))
    stranger, own = make_ready_lead(), make_ready_lead(site=site)
    found = record(crm, [out, stranger], delayed=[Delayed(stranger.pk, NOW, "x")])
    assert found.refused == {out.pk: "Contact désinscrit", stranger.pk: "Lead introuvable"}
    stranger.refresh_from_db()
    assert stranger.export_after is None
    crm.is_active = False
    crm.save()
    assert record(crm, [own]).refused == {own.pk: INACTIVE}


@pytest.mark.django_db
def test_where_a_person_approves_the_export_waits_and_counts():
    crm = make_connection(needs_approval=True, daily_limit=1)
    one, two = leads_of(crm, 2)
    record(crm, [one])
    export = Export.objects.get()
    assert (export.status, export.due_at, export.decided_by) == ("a_approuver", None, "")
    one.refresh_from_db()
    assert one.status == "a_exporter"
    assert record(crm, [one], actor="Zoé").refused == {one.pk: "Déjà exporté"}  # proposed already
    assert record(crm, [two], actor="Zoé").refused == {two.pk: LIMIT}
    crm.daily_limit = 2
    crm.save()
    record(crm, [two], actor="Zoé")
    assert list(Export.objects.filter(lead=two).values_list("status", "decided_by")) == [("en_file", "Zoé")]


@pytest.mark.django_db
def test_delayed_leads_know_until_when_and_why():
    crm = make_connection()
    one, two, gone = leads_of(crm, 3)
    record(crm, [gone], delayed=[Delayed(one.pk, TOMORROW, "Charge"), Delayed(two.pk, None, "À vérifier"),
                                 Delayed(gone.pk, TOMORROW, "contradiction")])  # fmt: skip
    for lead, until, reason in ((one, TOMORROW, "Charge"), (two, FOR_A_PERSON, "À vérifier"), (gone, None, "")):
        lead.refresh_from_db()
        assert (lead.export_after, lead.delay_reason) == (until, reason)
    delay_leads([Delayed(gone.pk, TOMORROW, "x"), Delayed(one.pk, None, "y")], NOW)
    gone.refresh_from_db()
    one.refresh_from_db()
    assert (gone.export_after, one.export_after) == (None, FOR_A_PERSON)


@pytest.mark.django_db
def test_a_persons_word_about_a_lead_ends_its_delay():
    crm = make_connection()
    (lead,) = leads_of(crm, 1, export_after=FOR_A_PERSON, delay_reason="À vérifier")
    set_quality([lead.pk], "CHAUD", 90, "Zoé", "a rappelé", NOW)
    lead.refresh_from_db()
    assert (lead.export_after, lead.delay_reason) == (None, "")


@pytest.mark.django_db
def test_what_is_put_aside_gives_its_place_back_on_its_own_day():
    crm = make_connection(daily_limit=2)
    one, two, three = leads_of(crm, 3)
    record(crm, [one])
    record(crm, [two], TOMORROW)
    discard([one.pk, two.pk], "Zoé", "doublon", TOMORROW)
    assert set(Export.objects.values_list("status", "due_at")) == {("retire", None)}
    assert (taken(crm, NOW), taken(crm, TOMORROW)) == (0, 0)
    discard([one.pk], "Zoé", "encore", TOMORROW)
    assert taken(crm, NOW) == 0
    assert record(crm, [three], TOMORROW).exports


@pytest.mark.django_db
def test_a_deactivated_connection_loses_its_queue_and_its_leads_are_free():
    crm = make_connection()
    hot, nurtured, proposed, sending, done = leads_of(crm, 5)
    Lead.objects.filter(pk=nurtured.pk).update(score=40)
    record(crm, [hot, nurtured, sending, done])
    Connection.objects.update(needs_approval=True)
    record(crm, [proposed])
    Export.objects.filter(lead=sending).update(status="en_cours")
    Export.objects.filter(lead=done).update(status="exporte")
    Lead.objects.filter(pk=done.pk).update(exported_at=NOW)
    assert revoke_inactive(NOW) == 0
    Connection.objects.update(is_active=False)
    assert revoke_inactive(NOW) == 3
    assert dict(Export.objects.values_list("lead_id", "status")) == {
        hot.pk: "retire", nurtured.pk: "retire", proposed.pk: "retire", sending.pk: "en_cours", done.pk: "exporte",
    }  # fmt: skip
    assert dict(Lead.objects.values_list("pk", "status")) == {
        hot.pk: "a_exporter", nurtured.pk: "a_suivre", proposed.pk: "a_exporter", sending.pk: "exporte",
        done.pk: "exporte",
    }  # fmt: skip
    assert taken(crm, NOW) == 2
    other = make_connection(organization=crm.organization)
    assert set(record(other, [hot, nurtured, done]).exports) == {hot.pk, nurtured.pk}
    assert revoke_inactive(NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_under_eight_exporters_at_once_the_limit_holds_exactly_and_no_lead_goes_twice():
    crm = make_connection(daily_limit=37)
    leads = leads_of(crm, 60)
    at_once = Barrier(8)

    def work(n: int) -> int:
        try:
            own = leads[n:] + leads[:n] if n % 2 else list(reversed(leads))  # the same leads in other orders
            done = 0
            for start in range(0, 60, 10):
                at_once.wait()
                done += len(record(crm, own[start : start + 10]).exports)
            return done
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        exported = list(pool.map(work, range(8)))
    assert sum(exported) == Export.objects.count() == taken(crm, NOW) == 37
    assert Export.objects.values("lead_id").distinct().count() == 37
    assert Lead.objects.filter(status="exporte").count() == 37


@pytest.mark.django_db(transaction=True)
def test_places_given_back_under_way_are_taken_again_and_never_twice():
    crm = make_connection(daily_limit=5)
    leads = leads_of(crm, 30)
    at_once = Barrier(8)

    def work(n: int) -> None:
        try:
            for turn in range(4):
                at_once.wait()
                if n % 2:
                    record(crm, leads[turn::4])
                else:
                    waiting = list(Export.objects.filter(status="en_file").values_list("lead_id", flat=True)[:2])
                    discard(waiting, "Zoé", "", NOW)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert Export.objects.filter(status="en_file").count() == taken(crm, NOW) <= 5
    record(crm, leads)
    assert Export.objects.filter(status="en_file").count() == taken(crm, NOW) == 5


@pytest.mark.django_db
def test_organizations_do_not_share_places():
    one, other = make_connection(daily_limit=1), make_connection(daily_limit=1)
    assert isinstance(one.organization, Organization)
    assert len(record(one, leads_of(one, 2)).exports) == 1
    assert len(record(other, leads_of(other, 2)).exports) == 1
    assert make_lead().status == "nouveau"
