"""Events are stored once, and contacts kept up to date."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from crm.ingest import ingest
from crm.matching import Report
from crm.models import Contact, Event
from tests.make import NOW, make_contact, make_site

pytestmark = pytest.mark.django_db


def report(n=1, **changes):
    fields = {"name": "demande_devis", "data": {"n": n}, "contact_name": "Jean", "email": f"jean{n}@example.com"}
    return Report(**fields | {"phone": f"+336123456{n:02d}"} | changes)


def test_an_event_and_its_contact_are_stored():
    site = make_site()
    (event_id,) = ingest(site, [report(data={"é": ["😀", 1.5, None]})], now=NOW)
    event = Event.objects.select_related("contact").get(pk=event_id)
    assert (event.name, event.data, event.occurred_at, event.routed_at) == (
        "demande_devis",
        {"é": ["😀", 1.5, None]},
        NOW,
        None,
    )
    assert (event.organization_id, event.site_id) == (site.organization_id, site.pk)
    contact = event.contact
    assert (contact.name, contact.email, contact.phone) == ("Jean", "jean1@example.com", "+33612345601")
    assert (contact.organization_id, contact.tags, contact.fields, contact.opted_out_at) == (
        site.organization_id,
        [],
        {},
        None,
    )


def test_nothing_reported_is_nothing_stored():
    assert ingest(make_site(), [], now=NOW) == []


def test_a_batch_answers_in_its_order():
    ids = ingest(make_site(), [report(n) for n in range(30)], now=NOW)
    assert ids == sorted(ids)
    assert [e.data["n"] for e in Event.objects.filter(pk__in=ids).order_by("pk")] == list(range(30))
    assert Contact.objects.count() == 30


def test_a_repeat_gives_the_first_id_and_changes_nothing():
    site = make_site()
    first = ingest(site, [report(idempotency_key="a")], now=NOW)
    again = ingest(site, [report(contact_name="Autre", phone="+33698765432", idempotency_key="a")], now=NOW)
    assert again == first
    assert Event.objects.count() == 1
    assert Contact.objects.get().name == "Jean"


def test_a_repeat_of_an_opt_out_does_not_opt_out_again():
    site = make_site()
    ingest(site, [report(name="desinscription", idempotency_key="a")], now=NOW)
    Contact.objects.update(opted_out_at=None)
    ingest(site, [report(name="desinscription", idempotency_key="a")], now=NOW)
    assert Contact.objects.get().opted_out_at is None


def test_a_batch_may_hold_new_old_and_doubled_keys():
    site = make_site()
    (old,) = ingest(site, [report(1, idempotency_key="old")], now=NOW)
    ids = ingest(
        site,
        [
            report(2),
            report(3, idempotency_key="new"),
            report(4, idempotency_key="old"),
            report(5, idempotency_key="new"),
            report(6),
        ],
        now=NOW,
    )
    assert ids[2] == old
    assert ids[3] == ids[1]
    assert len(set(ids)) == 4
    assert sorted(Contact.objects.values_list("email", flat=True)) == [f"jean{n}@example.com" for n in (1, 2, 3, 6)]


def test_sites_share_neither_keys_nor_contacts():
    one, other = make_site(), make_site()
    ids = [ingest(site, [report(idempotency_key="a")], now=NOW)[0] for site in (one, other)]
    assert ids[0] != ids[1]
    assert Contact.objects.count() == 2


def test_a_known_contact_gets_the_latest_name_and_phone():
    site = make_site()
    known = make_contact(site=site, email="jean1@example.com", name="J", phone=None)
    ingest(site, [report(1), report(1, contact_name="", phone=None)], now=NOW)
    known.refresh_from_db()
    assert (known.name, known.phone, known.updated_at) == ("Jean", "+33612345601", NOW)


def test_a_contact_that_says_nothing_new_is_not_written():
    site = make_site()
    ingest(site, [report(1)], now=NOW)
    ingest(site, [report(1)], now=NOW + timedelta(days=1))
    assert Contact.objects.get().updated_at == NOW


def test_a_contact_known_by_phone_gets_its_email():
    site = make_site()
    known = make_contact(site=site, email=None, phone="+33612345601")
    ingest(site, [report(1)], now=NOW)
    known.refresh_from_db()
    assert known.email == "jean1@example.com"
    assert Contact.objects.count() == 1


def test_a_shared_phone_alone_is_the_latest_contact():
    site = make_site()
    make_contact(site=site, email="a@example.com", phone="+33612345601")
    latest = make_contact(site=site, email="b@example.com", phone="+33612345601")
    (event_id,) = ingest(site, [report(1, email=None)], now=NOW)
    assert Event.objects.get(pk=event_id).contact_id == latest.pk


def test_a_phone_that_nobody_has_makes_a_contact():
    site = make_site()
    ingest(site, [report(1, email=None), report(1, email=None)], now=NOW)
    assert Contact.objects.get().email is None


def test_an_opt_out_is_kept_from_its_first_time():
    site = make_site()
    ingest(site, [report(name="desinscription")], now=NOW)
    ingest(site, [report(name="desinscription")], now=NOW + timedelta(days=1))
    assert Contact.objects.get().opted_out_at == NOW


def test_a_batch_takes_few_queries(django_assert_max_num_queries):
    site = make_site()
    ingest(site, [report(n) for n in range(10)], now=NOW)
    with django_assert_max_num_queries(7):  # with the savepoint
        ingest(site, [report(n, contact_name="Jeanne", idempotency_key=str(n)) for n in range(50)], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_each_contact_and_keyed_event_once():
    site = make_site()
    # The same people in another order each time, some with the same keys, some known by phone at first.
    batches = [
        [
            report(
                n % 20,
                idempotency_key=f"k{n % 20}" if n % 2 else None,
                email=None if (n + b) % 5 == 0 else f"j{n % 20}@ex.fr",
            )
            for n in (range(40) if b % 2 else reversed(range(40)))
        ]
        for b in range(12)
    ]

    def send(batch):
        try:
            return ingest(site, batch, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, batches))
    by_key: dict[str, set[int]] = {}
    for batch, ids in zip(batches, answers, strict=True):
        for sent, event_id in zip(batch, ids, strict=True):
            if sent.idempotency_key:
                by_key.setdefault(sent.idempotency_key, set()).add(event_id)
    assert all(len(ids) == 1 for ids in by_key.values())
    unkeyed = sum(1 for batch in batches for sent in batch if not sent.idempotency_key)
    assert Event.objects.count() == unkeyed + len(by_key)
    assert len(set(Contact.objects.values_list("phone", flat=True))) == 20
    emails = list(Contact.objects.exclude(email=None).values_list("email", flat=True))
    assert len(emails) == len(set(emails))
