"""Export shows everything that is kept of a person; erasure leaves nothing but a fingerprint."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import AuditEntry
from berinia.rows import fetch
from communications.deliver import deliver_batch
from communications.models import (
    Message,
    Notification,
    OutgoingCall,
    ReceivedWebhook,
    Redaction,
    SendBatch,
    Suppression,
)
from communications.redact import redact_batch
from communications.suppress import digest, suppress
from crm.ingest import Report, ingest
from crm.models import Consent, Contact, Event
from tests.acts.workflows.person import (
    BOARD,
    EMAIL,
    INBOUND_SID,
    NAME,
    PHONE,
    SAID,
    SECRETS,
    SENT_SID,
    WRITTEN,
    make_person,
    places_of,
)  # fmt: skip
from tests.make import NOW, make_contact, make_event, make_execution, make_message, make_site
from workflows.erase import ErasureBusyError, counted, erase, erase_all
from workflows.export import export, export_recorded
from workflows.models import Enrolment, Execution

pytestmark = pytest.mark.django_db


def ended(contact, reason="demande écrite", now=NOW):
    return erase(contact, "Anne", reason, now)


# --- export ---


def test_an_export_holds_all_that_is_known_in_french_and_in_order():
    zoe = make_person()
    document = export(zoe, NOW)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document)[:4] == ["export", "contact", "consentements", "evenements"]
    assert document["export"]["etabli_le"] == "2026-03-10T10:00:00Z"
    assert document["contact"] | {"nom": NAME, "email": EMAIL, "telephone": PHONE} == document["contact"]
    written = json.dumps(document, ensure_ascii=False)
    for text in (SAID, WRITTEN, BOARD, "J'accepte les offres.", "192.0.2.7", SENT_SID, "Fidèles"):
        assert text in written, text
    assert all(document[title] for title in document["export"]["lignes"]), document["export"]["lignes"]
    assert [m["contenu"] for m in document["messages"]] == [{"to": PHONE, "body": WRITTEN}, None]
    assert document["etapes"][0]["execution"] == document["executions"][0]["id"]


def test_an_export_shows_nothing_of_others_not_even_who_shares_the_number():
    zoe = make_person()
    other = make_contact(site=zoe.site, name="Luc Autre", email="luc@example.com", phone=PHONE)
    make_event(contact=other, data={"texte": "Secret de Luc"})
    elsewhere = make_person(make_site())
    ReceivedWebhook.objects.create(
        provider="twilio", kind="incoming", external_id="x", received_at=NOW, processed_at=NOW,
        body={"From": PHONE, "To": "+33757000009", "Body": "Secret pour une autre entreprise"},
    )  # fmt: skip
    written = json.dumps(export(zoe, NOW), ensure_ascii=False)
    assert "Secret" not in written
    assert str(2**40) not in written  # who else was in the list
    assert [row["id"] for row in export(elsewhere, NOW)["evenements"]] == list(
        Event.objects.filter(contact=elsewhere).order_by("pk").values_list("pk", flat=True)
    )


def test_an_export_is_written_down():
    zoe = make_person()
    export_recorded(zoe, "Anne", NOW)
    entry = AuditEntry.objects.get(action="rgpd.export")
    assert (entry.actor, entry.target_id, entry.organization_id) == ("Anne", zoe.pk, zoe.organization_id)


# --- erasure ---


def test_an_erasure_leaves_no_trace_in_any_column_of_any_table():
    zoe = make_person()
    assert places_of(*SECRETS)
    done = ended(zoe, f"demande de {NAME} ({EMAIL}, 06 98 76 54 32)")
    assert places_of(*SECRETS) == {}
    assert done.people == 1
    for title in ("contact", "evenements", "messages", "executions", "etapes", "taches", "appels_http", "alertes"):
        assert done.rows[title], title


def test_what_remains_is_the_fingerprint_counters_and_one_entry():
    zoe = make_person()
    number = zoe.pk
    ended(zoe)
    assert [(s.address, s.digest, s.reason) for s in Suppression.objects.all()] == [("", digest(EMAIL), "complaint")]
    entry = AuditEntry.objects.get(action="rgpd.effacement")
    assert (entry.actor, entry.target_id, entry.target, entry.reason) == ("Anne", number, "", "demande écrite")
    assert entry.details["lignes"]["messages"] == 2
    assert fetch("SELECT sum(value) AS n FROM metriques_conversion WHERE name = 'stopped'")[0].n == 1
    assert Enrolment.objects.get().contact_ids == [1, 2**40]
    assert [row.body for row in ReceivedWebhook.objects.all()] == [{}, {}]


def test_others_keep_everything():
    zoe, other = (
        make_person(),
        make_person(make_site(), name="Luc Autre", email="luc@example.com", phone="+33698765433"),
    )
    before = export(other, NOW)
    ended(zoe)
    after = export(other, NOW)
    assert {k: after[k] for k in after if k != "webhooks"} == {k: before[k] for k in before if k != "webhooks"}


def test_the_same_person_of_another_organization_stays():
    zoe, same = make_person(), make_person(make_site())
    ended(zoe)
    assert Contact.objects.get() == same
    assert Message.objects.filter(contact=same, payload__body=WRITTEN).exists()
    assert Suppression.objects.get(organization_id=same.organization_id).address == EMAIL
    assert Notification.objects.filter(organization_id=same.organization_id).count() == 2


def test_a_second_erasure_finds_nobody():
    zoe = make_person()
    ended(zoe)
    again = erase_all([zoe.pk or 1], "Anne", "", NOW)
    assert (again.people, dict(again.rows)) == (0, {})
    assert AuditEntry.objects.filter(action="rgpd.effacement").count() == 1


def test_what_would_go_is_what_goes():
    zoe = make_person()
    foretold = counted([zoe], NOW)
    rows = dict(ended(zoe).rows)
    rows["journal_audit"] -= 1  # the stop of what was running
    assert rows == foretold


def test_many_go_in_one_entry_for_each_organization():
    people = [make_person(email=f"z{n}@example.com") for n in range(3)]
    assert erase_all([p.pk for p in people], "système", "durée", NOW).people == 3
    assert AuditEntry.objects.filter(action="rgpd.effacement").count() == 3
    assert not Contact.objects.exists()


# --- who asked not to be written to stays so ---


@pytest.mark.parametrize("category", ["marketing", "transactional"])
@pytest.mark.parametrize("channel", ["email", "sms", "whatsapp"])
def test_who_had_opted_out_and_comes_again_is_still_not_written_to(category, channel):
    zoe = make_contact(email=EMAIL, phone=PHONE, opted_out_at=NOW - timedelta(days=400))
    site = zoe.site
    ended(zoe)
    assert all(row.address == "" and row.created_at == NOW for row in Suppression.objects.all())
    ingest(site, [Report("demande_devis", {}, NAME, EMAIL, PHONE)], now=NOW)
    again = Contact.objects.get()
    assert again.opted_out_at is None
    Consent.objects.create(
        organization=again.organization, contact=again, purpose="marketing", channel=channel, state="granted", at=NOW,
        source="api",
    )  # fmt: skip
    message = make_message(contact=again, channel=channel, category=category)
    deliver_batch(now=NOW, limit=10)
    message.refresh_from_db()
    assert message.status == "suppressed"
    digests = set(Suppression.objects.values_list("channel", "digest"))
    assert digests == {("email", digest(EMAIL)), ("sms", digest(PHONE)), ("whatsapp", digest(PHONE))}


def test_an_address_that_was_unreachable_is_opted_out_if_its_owner_was():
    zoe = make_contact(email=EMAIL, phone=None, opted_out_at=NOW)
    suppress(zoe.organization_id, "email", EMAIL, "unreachable", NOW)
    ended(zoe)
    assert Suppression.objects.get().reason == "opt_out"


def test_who_had_not_opted_out_and_comes_again_is_a_new_contact_without_consent():
    zoe = make_contact(email=EMAIL)
    site = zoe.site
    ended(zoe)
    ingest(site, [Report("demande_devis", {}, NAME, EMAIL)], now=NOW)
    assert not Suppression.objects.exists()
    assert not Consent.objects.exists()


# --- what is on its way ---


@pytest.mark.parametrize(
    "changes",
    [{"status": "sending", "due_at": NOW}, {"status": "unknown", "due_at": NOW}, {"status": "queued", "attempts": 1}],
)
def test_while_a_message_is_in_a_providers_hands_nothing_is_erased_or_stopped(changes):
    zoe = make_person()
    batch = SendBatch.objects.create(provider="resend", due_at=NOW, created_at=NOW)
    more = {"batch_id": batch.pk, "due_at": None} if changes["status"] == "queued" else {}
    message = make_message(contact=zoe, execution=None, step="", **changes | more)
    with pytest.raises(ErasureBusyError, match="en cours d'envoi : réessayez"):
        ended(zoe)
    message.refresh_from_db()
    assert message.status == changes["status"]
    assert Execution.objects.get().status == "en_cours"
    assert Event.objects.filter(contact=zoe).count() == 2
    message.delete()
    assert ended(zoe).people == 1


def test_a_call_that_is_being_made_is_waited_for():
    zoe = make_person()
    OutgoingCall.objects.update(status="sending")
    with pytest.raises(ErasureBusyError, match="appel"):
        ended(zoe)


def test_a_stop_that_nobody_has_read_yet_is_waited_for_but_not_for_ever():
    zoe = make_person()
    ReceivedWebhook.objects.filter(kind="incoming").update(processed_at=None)
    with pytest.raises(ErasureBusyError, match="pas encore lu"):
        ended(zoe)
    assert Contact.objects.filter(pk=zoe.pk).exists()
    assert ended(zoe, now=NOW + timedelta(minutes=11)).people == 1
    assert ReceivedWebhook.objects.get(kind="incoming").processed_at is not None


def test_what_is_queued_and_running_ends_even_with_an_event_not_yet_routed():
    zoe = make_person()
    make_event(contact=zoe)
    make_execution(contact=zoe, status="en_pause")
    assert ended(zoe).rows["executions"] == 2
    assert not Execution.objects.exists()
    assert not Message.objects.exists()
    assert deliver_batch(now=NOW, limit=10) == 0


# --- at the provider ---


def test_texts_at_twilio_go_too_those_sent_and_those_received(twilio):
    zoe = make_person()
    twilio.messages += [{"sid": sid, "to": PHONE, "body": WRITTEN} for sid in (SENT_SID, INBOUND_SID, "SM" + "c" * 32)]
    assert ended(zoe).copies == 2
    redact_batch(now=NOW, limit=10)
    assert {m["sid"][-1]: m["body"] for m in twilio.accepted()} == {"a": "", "b": "", "c": WRITTEN}
    assert Redaction.objects.filter(done_at=NOW).count() == 2


def test_a_site_cannot_have_the_texts_of_others_emptied():
    zoe = make_contact(email=EMAIL)
    make_event(contact=zoe, idempotency_key=f"devis/{SENT_SID}")
    ended(zoe)
    assert not Redaction.objects.exists()


# --- several at once ---


@pytest.mark.django_db(transaction=True)
def test_an_event_that_comes_meanwhile_makes_the_person_anew_and_none_is_lost():
    from concurrent.futures import ThreadPoolExecutor

    from workflows.route import route_batch

    site = make_site()
    people = [make_contact(site=site, email=f"z{n}@example.com", phone=None) for n in range(12)]

    def report(n):
        try:
            return ingest(site, [Report("appel", {"n": n}, "", f"z{n % 12}@example.com")], now=NOW)
        finally:
            connection.close()

    def route(_n):
        try:
            route_batch(now=NOW, limit=50)
        finally:
            connection.close()

    def end(person):
        try:
            return ended(person).people
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        reports = [pool.submit(report, n) for n in range(60)]
        routes = [pool.submit(route, n) for n in range(6)]
        ends = [pool.submit(end, person) for person in people]
    assert [future.result() for future in ends] == [1] * 12
    assert all(future.result() for future in reports)
    assert all(future.exception() is None for future in routes)
    assert not Contact.objects.filter(pk__in=[p.pk for p in people if p.pk]).exists()
    assert Contact.objects.count() <= 12
