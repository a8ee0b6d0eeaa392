"""Who has not been heard of for three years is erased; and what else goes by time."""

from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import AuditEntry
from berinia.env import Env
from communications.models import (
    Message,
    ReceivedWebhook,
    Redaction,
    Suppression,
)  # fmt: skip
from communications.suppress import suppress
from crm.consent import Statement, record_consents
from crm.models import Contact, Event, Task
from crm.serializers import OURS
from tests.acts.workflows.person import SECRETS, make_person, places_of
from tests.make import (
    NOW,
    make_contact,
    make_event,
    make_execution,
    make_lead,
    make_message,
    make_organization,
    make_site,
)
from workflows.models import Execution
from workflows.prospects import NOT_THEIRS, THEIR_DOING, erase_silent, silent
from workflows.retention import retain

pytestmark = pytest.mark.django_db
LONG_AGO, LATELY = NOW - timedelta(days=1200), NOW - timedelta(days=300)


def removed(now: datetime = NOW, **options: Any) -> Counter[str]:
    sums: Counter[str] = Counter()
    for piece in retain(now=now, **options):
        sums[piece.table] += piece.rows
    return +sums


def prospect(**changes: Any) -> Contact:
    return make_contact(**{"created_at": LONG_AGO} | changes)


def heard(contact: Contact, name: str, at: datetime = LATELY, **changes: Any) -> Event:
    return make_event(contact=contact, name=name, received_at=at, occurred_at=at, routed_at=at, **changes)


def test_a_silent_prospect_goes_without_a_trace_and_that_is_written_down() -> None:
    zoe = make_person()
    Contact.objects.update(created_at=LONG_AGO)
    Event.objects.update(received_at=LONG_AGO)
    Execution.objects.update(status="terminee", ended_at=LATELY, due_at=None)
    Task.objects.update(done_at=LATELY)
    Message.objects.filter(status="queued").delete()
    zoe.consents.update(at=LONG_AGO)
    assert removed(is_dry=True)["contacts"] == 1
    assert Contact.objects.count() == 1
    assert removed()["contacts"] == 1
    assert places_of(*SECRETS) == {}
    entry = AuditEntry.objects.get(action="rgpd.effacement")
    assert (entry.actor, entry.reason) == ("système", "durée de conservation échue")


def test_a_young_contact_stays() -> None:
    make_contact(created_at=LATELY)
    assert removed() == {}


@pytest.mark.parametrize("name", ["demande_devis", "sms_recu", "whatsapp_recu", "email.clicked", "sms.replied",
                                  "desinscription"])  # fmt: skip
def test_a_sign_of_life_counts(name: str) -> None:
    heard(prospect(), name)
    assert removed()["contacts"] == 0


@pytest.mark.parametrize("name", ["email.opened", "email.delivered", "whatsapp.read", "message_parti", "segment.vip",
                                  "tache_terminee", "email.complained"])  # fmt: skip
def test_what_we_did_and_what_was_merely_opened_does_not(name: str) -> None:
    heard(prospect(), name)
    assert removed()["contacts"] == 1


def test_to_be_enrolled_is_no_sign_of_life() -> None:
    heard(prospect(), "inscription", idempotency_key="inscription/1/2")
    assert removed()["contacts"] == 1


def test_what_berinia_reports_is_not_theirs_unless_it_is_said() -> None:
    assert THEIR_DOING <= OURS
    assert {"email.opened", "whatsapp.read", "message_parti"} <= set(NOT_THEIRS)


@pytest.mark.parametrize("column", ["clicked_at", "replied_at"])
def test_a_click_and_a_reply_count_where_their_events_are_gone(column: str) -> None:
    make_message(contact=prospect(), status="sent", due_at=None, **{column: LATELY})
    assert removed()["contacts"] == 0


def test_what_was_sent_or_opened_does_not_count() -> None:
    make_message(contact=prospect(), status="opened", due_at=None, sent_at=LATELY, opened_at=LATELY)
    assert removed()["contacts"] == 1


def test_a_consent_counts_unless_it_was_imported() -> None:
    for source, goes in (("page", 0), ("import", 1)):
        contact = prospect()
        said = Statement(contact.organization_id, contact.pk, "marketing", "email", "granted", source=source)
        record_consents([said], LATELY)
        assert removed()["contacts"] == goes


def test_who_wrote_on_whatsapp_stays() -> None:
    prospect(whatsapp_at=LATELY)
    assert removed() == {}


@pytest.mark.parametrize("status", ["en_attente", "en_cours", "en_pause"])
def test_nobody_goes_for_whom_something_runs(status: str) -> None:
    contact = prospect()
    make_execution(contact=contact, status=status, event_id=heard(contact, "appel", LONG_AGO).pk)
    assert removed()["contacts"] == 0


def test_nobody_goes_with_an_open_task() -> None:
    contact = prospect()
    whose = {"organization": contact.organization, "site": contact.site, "contact": contact}
    task = Task.objects.create(title="Rappeler", created_at=LONG_AGO, **whose)
    assert removed() == {}
    Task.objects.filter(pk=task.pk).update(done_at=LONG_AGO)
    assert removed()["contacts"] == 1


@pytest.mark.parametrize("status", ["queued", "held", "sending"])
def test_nobody_goes_whose_message_is_on_its_way(status: str) -> None:
    make_message(contact=prospect(), status=status)
    assert removed()["contacts"] == 0


def test_customers_have_a_time_of_their_own(settings: Any) -> None:
    settings.RETENTION_CUSTOMERS_DAYS = 2000
    customer = prospect()
    make_execution(contact=customer, status="convertie", ended_at=LONG_AGO, started_at=LONG_AGO, due_at=None,
                   event_id=heard(customer, "appel", LONG_AGO).pk)  # fmt: skip
    prospect()
    assert removed()["contacts"] == 1
    assert Contact.objects.get() == customer
    # The conversion is still there: it says so.
    assert Execution.objects.get().status == "convertie"
    assert removed(NOW + timedelta(days=900))["contacts"] == 1


def test_a_lead_that_was_won_is_a_customer(settings: Any) -> None:
    settings.RETENTION_CUSTOMERS_DAYS = 2000
    make_lead(contact=prospect(), stage="lost")
    won = make_lead(contact=prospect(), stage="won")
    assert removed()["contacts"] == 1
    assert Contact.objects.get() == won.contact


def test_what_took_place_with_the_team_is_a_sign_of_life() -> None:
    heard(prospect(), "interaction", NOW - timedelta(days=30))
    heard(prospect(), "lead_etape", NOW - timedelta(days=30))
    assert removed()["contacts"] == 1


def test_of_several_conversions_the_last_stays() -> None:
    contact = make_contact()
    for _n in range(3):
        make_execution(contact=contact, status="convertie", ended_at=LONG_AGO, started_at=LONG_AGO, due_at=None,
                       event_id=heard(contact, "appel", LONG_AGO).pk)  # fmt: skip
    last = Execution.objects.latest("pk")
    assert removed()["executions_workflow"] == 2
    assert Execution.objects.get() == last


def test_the_last_sign_of_life_outlives_shorter_times_of_events(settings: Any) -> None:
    settings.RETENTION_EVENTS_DAYS = 30
    contact = prospect()
    heard(contact, "appel")
    last = heard(contact, "appel")
    heard(contact, "email.opened")
    assert removed() == {"evenements": 1}
    assert Event.objects.filter(pk=last.pk).exists()
    assert Contact.objects.exists()


def test_who_comes_back_between_the_look_and_the_erasure_stays() -> None:
    back, gone = prospect(), prospect()
    (ids,) = silent(NOW, 100)
    assert sorted(ids) == [back.pk, gone.pk]
    heard(back, "appel", NOW)
    assert erase_silent(ids, NOW) == 1
    assert Contact.objects.get() == back


def test_who_is_busy_is_left_for_another_night_and_the_others_go() -> None:
    site = make_site()
    people = [prospect(site=site) for _n in range(3)]
    make_message(contact=people[1], status="sending")
    assert erase_silent([p.pk for p in people], NOW) == 2
    assert Contact.objects.get() == people[1]


def test_windows_of_one_reach_the_last() -> None:
    for n in range(4):
        prospect(created_at=LONG_AGO + timedelta(days=n))
    assert removed(window=1)["contacts"] == 4


def test_an_opposition_outlives_its_person_by_three_years() -> None:
    prospect(email="zoe@example.com", phone=None, opted_out_at=LONG_AGO)
    assert removed()["contacts"] == 1
    assert Suppression.objects.get().address == ""
    assert removed(NOW + timedelta(days=1094)) == {}
    assert removed(NOW + timedelta(days=1096)) == {"adresses_bloquees": 1}


def test_an_address_that_is_known_stays_closed_for_ever() -> None:
    suppress(make_organization().pk, "email", "zoe@example.com", "opt_out", LONG_AGO - timedelta(days=4000))
    assert removed() == {}


def test_an_old_fingerprint_goes_whatever_stands_before_it() -> None:
    organization = make_organization()
    for address, at in (("a", NOW), ("b", LONG_AGO)):
        suppress(organization.pk, "email", address, "opt_out", at)
    Suppression.objects.update(address="")
    assert removed(window=1) == {"adresses_bloquees": 1}


def test_what_a_provider_reports_of_the_erased_goes_the_next_night() -> None:
    shared = {"provider": "twilio", "kind": "status", "body": {"To": "+33612345678"}, "received_at": NOW}
    known = make_message(status="sent", due_at=None)
    late = ReceivedWebhook.objects.create(external_id="late", message_id=2**40, processed_at=NOW, **shared)
    for name, pk, at in (("known", known.pk, NOW), ("new", 2**40, None), ("incoming", None, NOW)):
        ReceivedWebhook.objects.create(external_id=name, message_id=pk, processed_at=at, **shared)
    ReceivedWebhook.objects.update(received_at=NOW - timedelta(days=2))
    assert removed(window=1) == {"webhooks_recus": 1}
    assert not ReceivedWebhook.objects.filter(pk=late.pk).exists()


def test_texts_go_before_their_messages_and_never_of_what_is_on_its_way() -> None:
    contact = make_contact()
    old = {"contact": contact, "payload": {"body": "Bonjour"}, "created_at": NOW - timedelta(days=400)}
    gone = make_message(status="delivered", **old)
    for status in ("queued", "held", "sending", "unknown"):
        make_message(status=status, **old)
    young = make_message(status="sent", payload={"body": "Bonjour"}, contact=contact)
    assert removed(is_dry=True) == removed() == {"contenus de messages": 1}
    assert removed() == {}
    assert Message.objects.get(pk=gone.pk).payload is None
    assert Message.objects.get(pk=young.pk).payload == {"body": "Bonjour"}
    assert Message.objects.filter(payload__isnull=False).count() == 5


def test_raw_requests_and_done_redactions_go_after_three_months() -> None:
    old = NOW - timedelta(days=91)
    shared = {"provider": "twilio", "kind": "status", "body": {}, "processed_at": old}
    for n, at in enumerate((old, NOW)):
        ReceivedWebhook.objects.create(external_id=str(n), received_at=at, **shared)
    for n, done in enumerate((old, None)):
        Redaction.objects.create(provider="twilio", provider_id=str(n), created_at=old, done_at=done)
    assert removed() == {"webhooks_recus": 1, "effacements": 1}
    assert Redaction.objects.get().done_at is None


def test_the_command_says_how_many_people_would_go() -> None:
    prospect()
    out = StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "contacts : 1 lignes seraient supprimées" in out.getvalue()
    assert Contact.objects.exists()


def test_oppositions_are_never_kept_for_less_than_three_years() -> None:
    with pytest.raises(ValueError, match="1095"):
        Env(retention_oppositions_days=1094)
