"""Who does something becomes a lead, once, and is to be classified at most once an hour."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from crm.leads import hear
from crm.models.lead import Lead
from tests.make import NOW, make_contact, make_event
from workflows.route import route_batch

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def heard(contact, name="demande_devis", now=NOW, **changes):
    return hear([make_event(contact=contact, name=name, **changes).pk], now)


def test_a_routed_event_makes_a_lead_of_its_contact():
    event = make_event(name="demande_devis")
    route_batch(now=NOW, limit=10)
    lead = Lead.objects.get()
    assert (lead.contact_id, lead.site_id, lead.organization_id) == (
        event.contact_id, event.site_id, event.organization_id
    )  # fmt: skip
    assert (lead.source, lead.status, lead.stage, lead.quality, lead.score) == (
        "demande_devis", "nouveau", "lead", "", None
    )  # fmt: skip
    assert lead.classify_at == NOW


def test_many_events_of_many_contacts_make_one_lead_each_from_the_first_event():
    contacts = [make_contact() for _ in range(3)]
    ids = [make_event(contact=c, name=name).pk for name in ("page_vue", "demande_devis") for c in contacts]
    assert hear(ids, NOW) == 3
    assert list(Lead.objects.values_list("source", flat=True)) == ["page_vue"] * 3


@pytest.mark.parametrize(
    "name",
    ["message_parti", "message_echoue", "appel_http_abouti", "workflow_demarre", "tache_terminee", "email.opened",
     "email.delivered", "sms.replied", "segment.clients", "lead_classe", "lead_gagne", "agent_intention"],
)  # fmt: skip
def test_what_the_machine_tells_itself_is_not_heard(name):
    assert heard(make_contact(), name) == 0
    assert not Lead.objects.exists()


def test_who_is_put_on_a_list_has_done_nothing():
    assert heard(make_contact(), "inscription", idempotency_key="inscription/3/12") == 0
    assert heard(make_contact(), "inscription", idempotency_key="the-form-of-the-site") == 1


@pytest.mark.parametrize(
    "name", ["sms_recu", "whatsapp_recu", "email.clicked", "email.complained", "desinscription", "leading_page"]
)
def test_what_contacts_do_is_heard(name):
    assert heard(make_contact(), name) == 1


def test_a_lead_that_waits_to_be_classified_goes_on_waiting():
    contact = make_contact()
    heard(contact)
    assert heard(contact, now=NOW + HOUR) == 0
    assert Lead.objects.get().classify_at == NOW


@pytest.mark.parametrize(("since", "due"), [(20, 60), (60, 60), (300, 300)])
def test_something_new_makes_a_lead_due_an_hour_after_the_last_time(since, due):
    contact = make_contact()
    heard(contact)
    Lead.objects.update(classified_at=NOW, classify_at=None, source="import")
    assert heard(contact, "page_vue", now=NOW + timedelta(minutes=since)) == 1
    lead = Lead.objects.get()
    assert (lead.classify_at, lead.source) == (NOW + timedelta(minutes=due), "import")


def test_what_a_person_has_classified_is_left_alone():
    contact = make_contact()
    heard(contact)
    Lead.objects.update(classified_at=NOW, classify_at=None, decided_by="person")
    assert heard(contact, now=NOW + 2 * HOUR) == 0
    assert Lead.objects.get().classify_at is None


def test_the_owners_of_a_lead_are_those_of_its_contact():
    contact, stranger = make_contact(), make_contact()
    event = make_event(contact=contact, name="demande_devis", organization=stranger.organization, site=stranger.site)
    hear([event.pk], NOW)
    assert (Lead.objects.get().organization_id, Lead.objects.get().site_id) == (
        contact.organization_id,
        contact.site_id,
    )


@pytest.mark.django_db(transaction=True)
def test_two_routers_at_once_make_one_lead_of_each_contact():
    contacts = [make_contact() for _ in range(10)]
    batches = [[make_event(contact=c, name="demande_devis").pk for c in order] for order in (contacts, contacts[::-1])]
    start = Barrier(2)

    def work(ids):
        try:
            for _ in range(5):
                start.wait(10)
                with transaction.atomic():
                    hear(ids, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, batches))
    assert sorted(Lead.objects.values_list("contact_id", flat=True)) == [c.pk for c in contacts]


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_heard_while_a_classification_settles_is_not_forgotten():
    contact = make_contact()
    heard(contact)
    event = make_event(contact=contact, name="page_vue")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Lead.objects.filter(contact=contact).update(classified_at=NOW, classify_at=None)
            listening = pool.submit(_hear_and_close, event.pk)
            _wait_for_a_lock()
        assert listening.result(10) == 1
    assert Lead.objects.get().classify_at == NOW + HOUR


def _hear_and_close(event_id):
    try:
        with transaction.atomic():
            return hear([event_id], NOW)
    finally:
        connection.close()


def _wait_for_a_lock():
    """Return once another session waits for one of ours."""
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
