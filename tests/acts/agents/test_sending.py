"""Handing exports over: each lead once, whatever breaks in between, and nobody who has changed their mind."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from accounts.models import Organization, Platform, Site
from agents.sending import send_batch
from agents.sent import ACCOUNT_HOLD, MAX_ATTEMPTS, settle
from communications.models import Notification
from communications.suppress import suppress
from crm.connectors import Sent
from crm.decide import status_of
from crm.models import Connection, Contact, Event, Export, ExportDay, Lead, Task
from crm.sealing import seal
from tests.cards import HubSpotPlace, PipedrivePlace, place
from tests.make import NOW, make_connection, make_contact, make_export, make_lead, make_organization, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def hubspot(settings: Any) -> Iterator[Any]:
    with place("hubspot", settings) as found:
        yield found


@pytest.fixture
def pipedrive(settings: Any) -> Iterator[Any]:
    with place("pipedrive", settings) as found:
        yield found


def hubspot_connection(secret: str = HubSpotPlace.secret, **changes: Any) -> Connection:
    return make_connection(**{"connector": "hubspot", "secret": seal(secret)} | changes)


def exports(connection: Connection, count: int = 1, **changes: Any) -> list[Export]:
    """Make exports of so many leads of one site."""
    site = make_site(organization=connection.organization)
    made = []
    for number in range(count):
        contact = make_contact(site=site, name="Zoé Martin", email=f"zoe{number}@martin{number}.fr", phone=None)
        lead = make_lead(contact=contact, quality="CHAUD", score=82, status="a_exporter", company=f"Martin {number}")
        made.append(make_export(connection=connection, lead=lead, **changes))
    return made


def statuses() -> list[str]:
    return list(Export.objects.order_by("pk").values_list("status", flat=True))


def test_what_is_taken_is_noted_on_the_export_the_lead_and_as_an_event(hubspot: HubSpotPlace) -> None:
    (export,) = exports(hubspot_connection())
    assert send_batch(now=NOW) == 1
    export.refresh_from_db()
    lead = Lead.objects.get()
    assert (export.status, export.exported_at, export.due_at, export.attempts) == ("exporte", NOW, None, 1)
    assert list(hubspot.fake.store["contacts"]) == [export.external_id]
    assert (lead.status, lead.exported_at) == ("exporte", NOW)
    event = Event.objects.get(name="lead_exporte")
    assert event.data == {"connecteur": "hubspot", "identifiant": export.external_id}
    assert (event.contact_id, event.site_id, event.routed_at) == (lead.contact_id, lead.site_id, None)
    assert send_batch(now=NOW + timedelta(days=1)) == 0
    assert Event.objects.filter(name="lead_exporte").count() == 1


def test_what_is_not_due_or_awaits_approval_stays(hubspot: HubSpotPlace) -> None:
    connection = hubspot_connection()
    exports(connection, due_at=NOW + timedelta(seconds=1))
    for status in ("a_approuver", "exporte", "echoue", "refuse", "retire"):
        exports(connection, status=status)
    assert send_batch(now=NOW) == 0
    assert hubspot.fake.calls == []


def test_the_built_in_crm_qualifies_the_lead_and_gives_one_task() -> None:
    (export,) = exports(make_connection())
    send_batch(now=NOW)
    Export.objects.update(status="en_file", due_at=NOW)  # as if the worker had died before it could note it
    send_batch(now=NOW + timedelta(hours=1))
    task, lead = Task.objects.get(), Lead.objects.get()
    assert task.title == "Contacter Zoé Martin (CHAUD, score 82) : demande un devis"
    assert (task.contact_id, task.due_at) == (export.contact_id, NOW + timedelta(hours=4))
    assert (lead.stage, lead.stage_at, lead.status) == ("qualified", NOW, "exporte")
    assert Event.objects.filter(name="lead_etape").count() == 1


@pytest.mark.parametrize(("quality", "hours"), [("CHAUD", 4), ("TIÈDE", 24), ("FROID", 72)])
def test_a_task_is_due_by_how_hot_the_lead_is(quality: str, hours: int) -> None:
    exports(make_connection(), quality=quality)
    send_batch(now=NOW)
    assert Task.objects.get().due_at == NOW + timedelta(hours=hours)


def test_a_lead_that_is_further_already_does_not_go_back() -> None:
    exports(make_connection())
    Lead.objects.update(stage="proposal")
    send_batch(now=NOW)
    assert Lead.objects.get().stage == "proposal"


# --- what breaks ----------------------------------------------------------------------------------------------


def test_of_a_half_failed_batch_exactly_those_that_were_not_taken_go_again(pipedrive: PipedrivePlace) -> None:
    connection = make_connection(connector="pipedrive", secret=seal(PipedrivePlace.secret))
    exports(connection, 5)
    left = ["500"]
    pipedrive.fake.weather = lambda call: (
        left.pop() if left and len(pipedrive.people()) == 2 and pipedrive.is_write(call) else ""
    )
    send_batch(now=NOW)
    assert statuses() == ["exporte", "exporte", "en_file", "en_file", "en_file"]
    before = len(pipedrive.fake.calls)
    assert send_batch(now=NOW + timedelta(minutes=1)) == 0  # not at once
    assert send_batch(now=NOW + timedelta(minutes=10)) == 3
    assert statuses() == ["exporte"] * 5
    again = [call.path for call in pipedrive.fake.calls[before:]]
    assert not any("zoe0" in path or "zoe1" in path for path in again)
    assert len(pipedrive.people()) == len(pipedrive.fake.has("leads")) == 5


@pytest.mark.parametrize("name", ["hubspot", "pipedrive"])
def test_a_worker_that_dies_after_the_call_makes_no_second_record(name: str, settings: Any) -> None:
    with place(name, settings) as crm:
        (export,) = exports(make_connection(connector=name, secret=seal(crm.secret)))
        send_batch(now=NOW)
        lease = NOW + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
        Export.objects.update(status="en_cours", due_at=lease, external_id="", exported_at=None)  # as it was then
        assert send_batch(now=lease - timedelta(seconds=1)) == 0
        assert send_batch(now=lease) == 1
        export.refresh_from_db()
        assert (export.status, export.attempts) == ("exporte", 2)
        assert len(crm.people()) == 1


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_a_call_is_under_way_finds_nothing(hubspot: HubSpotPlace) -> None:
    exports(hubspot_connection(), 3)
    found: list[int] = []

    def meanwhile(call: Any) -> str:
        if not found:
            found.append(send_batch(now=NOW))
            database.close()
        return ""

    hubspot.fake.weather = meanwhile
    assert send_batch(now=NOW) == 3
    assert found == [0]
    assert len(hubspot.people()) == 3


@pytest.mark.django_db(transaction=True)
def test_who_claims_at_the_same_instant_takes_others(hubspot: HubSpotPlace) -> None:
    first, _second = exports(hubspot_connection(), 2)
    claimed: list[int] = []

    def other() -> None:
        claimed.append(send_batch(now=NOW))
        database.close()

    with transaction.atomic():
        Export.objects.select_for_update().get(pk=first.pk)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert claimed == [1]
    assert statuses() == ["en_file", "exporte"]


def test_a_settlement_that_comes_too_late_changes_nothing() -> None:
    """The lease ended during the call, and another worker has taken the export up."""
    (export,) = exports(make_connection(), status="en_cours", attempts=2)
    settle(export.connection, {export.pk: 1}, {export.pk: Sent("9")}, NOW)
    export.refresh_from_db()
    assert (export.status, export.external_id) == ("en_cours", "")
    assert Lead.objects.get().status == "a_exporter"
    assert not Event.objects.filter(name="lead_exporte").exists()


def test_what_nobody_answers_is_tried_six_times_over_most_of_a_day_and_then_told(hubspot: HubSpotPlace) -> None:
    (export,) = exports(hubspot_connection())
    hubspot.fake.weather = lambda call: "500"
    now, waits = NOW, []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert not Notification.objects.exists()
        assert send_batch(now=now) == 1
        export.refresh_from_db()
        assert export.attempts == attempt
        if export.due_at:
            waits.append(export.due_at - now)
            now = export.due_at
    assert (export.status, export.due_at, MAX_ATTEMPTS) == ("echoue", None, 6)
    assert waits == sorted(waits)
    assert timedelta(hours=12) < now - NOW < timedelta(hours=24)
    assert "HTTP 500" in export.error
    assert Notification.objects.get().severity == "warning"
    assert send_batch(now=now + timedelta(days=2)) == 0


def test_a_lead_that_the_crm_never_takes_fails_with_its_reason_and_an_alert(hubspot: HubSpotPlace) -> None:
    first, second = exports(hubspot_connection(), 2)
    Contact.objects.filter(pk=first.contact_id).update(email="pas une adresse@")
    send_batch(now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("echoue", "exporte")
    assert first.error == "HTTP 400 · INVALID_EMAIL · email"
    alert = Notification.objects.get()
    assert "HubSpot" in alert.title
    assert "INVALID_EMAIL" in alert.title
    assert "adresse@" not in alert.title + alert.body + first.error


def test_a_key_that_is_refused_stops_the_connection_and_costs_no_lead(hubspot: HubSpotPlace) -> None:
    connection = hubspot_connection(secret="pat-eu1-autre")
    exports(connection, 3)
    for _ in range(2):
        send_batch(now=NOW)
    connection.refresh_from_db()
    assert statuses() == ["en_file"] * 3
    assert set(Export.objects.values_list("attempts", flat=True)) == {0}
    assert "HTTP 401" in connection.error
    assert connection.blocked_until == NOW + ACCOUNT_HOLD
    assert Notification.objects.get().count == 1
    Connection.objects.update(secret=seal(HubSpotPlace.secret))
    assert send_batch(now=NOW + ACCOUNT_HOLD) == 3
    connection.refresh_from_db()
    assert (connection.error, connection.blocked_until) == ("", None)
    assert statuses() == ["exporte"] * 3


def test_too_many_calls_let_the_whole_connection_wait_as_long_as_the_crm_says(hubspot: HubSpotPlace) -> None:
    connection = hubspot_connection()
    exports(connection, 2)
    hubspot.fake.policy = "DAILY"
    hubspot.fake.faults.append("429")
    send_batch(now=NOW)
    exports(connection)
    assert send_batch(now=NOW + timedelta(minutes=59)) == 0
    assert set(Export.objects.values_list("attempts", flat=True)) == {0}
    assert not Notification.objects.exists()
    assert send_batch(now=NOW + timedelta(hours=1)) == 3
    assert statuses() == ["exporte"] * 3


@pytest.mark.parametrize("secret", ["", "pas scellé"])
def test_a_key_that_cannot_be_opened_is_said_and_costs_no_lead(hubspot: HubSpotPlace, secret: str) -> None:
    connection = make_connection(connector="hubspot", secret=secret)
    exports(connection)
    send_batch(now=NOW)
    connection.refresh_from_db()
    assert "clé" in connection.error.lower()
    assert statuses() == ["en_file"]
    assert hubspot.fake.calls == []


def test_a_connector_that_is_gone_costs_no_lead() -> None:
    connection = make_connection(connector="disparu")
    exports(connection)
    send_batch(now=NOW)
    connection.refresh_from_db()
    assert "n'existe plus" in connection.error
    assert statuses() == ["en_file"]


# --- who is not handed over any more --------------------------------------------------------------------------


def test_who_opted_out_meanwhile_is_not_handed_over(hubspot: HubSpotPlace) -> None:
    connection = hubspot_connection()
    first, second = exports(connection, 2)
    ExportDay.objects.create(connection=connection, day=first.day, count=2)
    Lead.objects.update(status="exporte")
    Contact.objects.filter(pk=first.contact_id).update(opted_out_at=NOW)
    assert send_batch(now=NOW) == 2
    first.refresh_from_db()
    assert (first.status, first.due_at) == ("retire", None)
    assert "désinscrit" in first.error
    assert [person["email"] for person in hubspot.people()] == [second.contact.email]
    lead = Lead.objects.get(pk=first.lead_id)
    assert (lead.exported_at, lead.status) == (None, status_of(lead.score))  # free again, and so is its place
    assert ExportDay.objects.get().count == 1


def test_whose_addresses_are_all_closed_is_not_handed_over(hubspot: HubSpotPlace) -> None:
    connection = hubspot_connection()
    first, second = exports(connection, 2)
    Contact.objects.filter(pk=second.contact_id).update(phone="+33612345678")
    for export in (first, second):
        suppress(connection.organization_id, "email", export.contact.email, "unreachable", NOW)
    suppress(make_organization().pk, "sms", "+33612345678", "opt_out", NOW)  # of somebody else
    send_batch(now=NOW)
    assert statuses() == ["retire", "exporte"]
    assert "adresse" in Export.objects.get(pk=first.pk).error


def test_a_lead_that_was_put_aside_meanwhile_is_not_handed_over(hubspot: HubSpotPlace) -> None:
    exports(hubspot_connection())
    Lead.objects.update(status="ecarte")
    send_batch(now=NOW)
    assert (statuses(), hubspot.people()) == (["retire"], [])


def test_a_lead_that_is_put_aside_during_the_call_stays_aside() -> None:
    (export,) = exports(make_connection(), status="en_cours", attempts=1)
    Lead.objects.update(status="ecarte")
    settle(export.connection, {export.pk: 1}, {export.pk: Sent("9")}, NOW)
    export.refresh_from_db()
    assert (export.status, export.external_id) == ("exporte", "9")  # for there it is
    assert (Lead.objects.get().status, Lead.objects.get().exported_at) == ("ecarte", NOW)


@pytest.mark.parametrize("place_", ["platform", "organization", "site", "connection", "blocked"])
def test_what_is_paused_is_not_handed_over(hubspot: HubSpotPlace, place_: str) -> None:
    exports(hubspot_connection())
    if place_ == "platform":
        Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})
    elif place_ == "connection":
        Connection.objects.update(is_active=False)
    elif place_ == "blocked":
        Connection.objects.update(blocked_until=NOW + timedelta(seconds=1))
    else:
        {"organization": Organization, "site": Site}[place_].objects.update(is_paused=True)
    assert send_batch(now=NOW) == 0
    assert hubspot.fake.calls == []


# --- whose turn it is -----------------------------------------------------------------------------------------


def test_a_batch_is_of_one_connection_and_a_blocked_one_holds_up_no_other(hubspot: HubSpotPlace) -> None:
    blocked, other = hubspot_connection(secret="pat-faux"), hubspot_connection()
    exports(blocked, 2, due_at=NOW - timedelta(hours=1))
    exports(other, 2)
    assert [send_batch(now=NOW) for _ in range(3)] == [2, 2, 0]
    assert statuses() == ["en_file", "en_file", "exporte", "exporte"]


def test_a_batch_is_no_larger_than_the_crm_takes(hubspot: HubSpotPlace) -> None:
    exports(hubspot_connection(), 103)
    assert [send_batch(now=NOW) for _ in range(3)] == [100, 3, 0]
    assert len(hubspot.people()) == 103


def test_an_earlier_export_s_id_makes_it_an_update_of_the_same_record(hubspot: HubSpotPlace) -> None:
    connection = hubspot_connection()
    id_ = hubspot.fake.add("contacts", email="ancienne@martin.fr")
    (export,) = exports(connection, 1, status="retire", external_id=id_)
    make_export(connection=connection, lead=export.lead)
    send_batch(now=NOW)
    assert Export.objects.latest("pk").external_id == id_
    assert len(hubspot.people()) == 1


def test_a_name_is_taken_apart_as_messages_do(hubspot: HubSpotPlace) -> None:
    (export,) = exports(hubspot_connection())
    for name, expected in {
        "DURAND Zoé": ("Zoé", "DURAND"), "Mme Durand": (None, "Durand"), "Zoé": ("Zoé", None),
        "Jean-Paul de la Tour": ("Jean-Paul", "de la Tour"),
    }.items():  # fmt: skip
        Contact.objects.update(name=name)
        hubspot.forget()
        Export.objects.filter(pk=export.pk).update(status="en_file", due_at=NOW, external_id="")
        send_batch(now=NOW)
        (there,) = hubspot.people()
        assert (there.get("firstname"), there.get("lastname")) == expected
