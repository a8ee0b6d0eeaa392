"""Delivery: each message once, whatever the provider does, and every refusal has its reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from communications.deliver import deliver_batch
from communications.models import Message, Notification, Suppression
from communications.reconcile import reconcile_batch
from crm.models import Metric
from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_consent, make_contact, make_execution, make_message, make_site
from workflows.control import Order, stop
from workflows.deploy import deploy
from workflows.execute import execute_batch
from workflows.scope import Scope

WHEN = NOW + timedelta(minutes=1)


@pytest.fixture
def contact(db: None) -> Any:
    site = make_site(details={"lien_avis": "https://avis.exemple.fr"})
    deploy(site, "plombier", now=NOW)
    deploy(site, "avocat", now=NOW)
    return make_contact(site=site)


def email(contact: Any, **changes: Any) -> Message:
    return make_message(contact=contact, channel="email", template="avocat/consultation_accuse", **changes)


def later(when: datetime, **duration: float) -> datetime:
    return when + timedelta(**duration)


def test_an_sms_goes_out_as_it_is_written(contact: Any, twilio: FakeTwilio) -> None:
    message = make_message(contact=contact, execution=make_execution(contact=contact))
    assert deliver_batch(now=WHEN, limit=10) == 1
    assert deliver_batch(now=WHEN, limit=10) == 0
    sent = twilio.accepted()
    assert [(m["to"], m["from"]) for m in sent] == [("+33612345678", "PlombMartin")]
    assert sent[0]["body"].startswith("Plomberie Martin : bonjour Jean,")
    message.refresh_from_db()
    assert (message.status, message.provider, message.provider_id) == ("sent", "twilio", sent[0]["sid"])
    assert {m.name: m.value for m in Metric.objects.all()}["messages_sent_sms"] == 1


def test_an_email_has_a_text_part_and_answers_go_to_the_business(contact: Any, resend: FakeResend) -> None:
    email(contact)
    deliver_batch(now=WHEN, limit=10)
    (sent,) = resend.accepted()
    assert sent["from"] == '"Plomberie Martin" <bonjour@plomberie-martin.example.com>'
    assert sent["reply_to"] == "contact@plomberie-martin.example.com"
    assert "Bonjour Jean" in sent["html"]
    assert "Bonjour Jean" in sent["text"]
    assert "<" not in sent["text"]


def test_a_marketing_email_can_be_left_by_one_click(contact: Any, resend: FakeResend) -> None:
    email(contact, category="marketing")
    make_consent(contact, "email")
    deliver_batch(now=WHEN, limit=10)
    headers = resend.accepted()[0]["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/u/" in headers["List-Unsubscribe"]


def test_a_dropped_answer_leads_to_no_second_email(contact: Any, resend: FakeResend) -> None:
    message = email(contact)
    resend.faults.extend(["accept_then_drop", "accept_then_drop"])
    when = WHEN
    for _ in range(4):
        deliver_batch(now=when, limit=10)
        when = later(when, minutes=5)
    message.refresh_from_db()
    assert (message.status, message.calls, len(resend.accepted())) == ("sent", 3, 1)


def test_what_may_have_gone_out_is_not_said_to_be_held_back(contact: Any, resend: FakeResend) -> None:
    message = email(contact)
    resend.faults.append("accept_then_drop")
    deliver_batch(now=WHEN, limit=10)
    contact.opted_out_at = WHEN
    contact.save()
    deliver_batch(now=later(WHEN, minutes=5), limit=10)
    message.refresh_from_db()
    assert (message.status, message.reason, message.due_at) == ("unknown", "unknown", None)
    assert message.detail == "Ce contact s'est désinscrit."
    assert len(resend.accepted()) == 1
    assert Notification.objects.get().title == "Un message a une issue inconnue"


@pytest.mark.parametrize("how", ["stopped", "exit"])
def test_what_is_taken_back_while_in_doubt_is_not_sent_again(contact: Any, twilio: FakeTwilio, how: str) -> None:
    execution = make_execution(contact=contact, seen=["exit:annule"], due_at=later(WHEN, seconds=10))
    message = make_message(execution=execution)
    twilio.faults.append("drop")
    deliver_batch(now=WHEN, limit=10)
    if how == "exit":
        execute_batch(now=later(WHEN, seconds=10), limit=10)
    else:
        stop(Scope.executions([execution.pk]), Order("test", later(WHEN, seconds=10), "à la demande du client"))
    reconcile_batch(now=later(WHEN, seconds=200), limit=10)
    deliver_batch(now=later(WHEN, seconds=201), limit=10)
    message.refresh_from_db()
    assert (message.status, message.reason, twilio.accepted()) == ("suppressed", "trop_tard", [])


def test_a_dropped_answer_leads_to_no_second_sms(contact: Any, twilio: FakeTwilio) -> None:
    message = make_message(contact=contact)
    twilio.clock = lambda: WHEN
    twilio.faults.append("accept_then_drop")
    deliver_batch(now=WHEN, limit=10)
    message.refresh_from_db()
    assert message.status == "unknown"
    assert reconcile_batch(now=later(WHEN, seconds=30), limit=10) == 0  # not yet
    reconcile_batch(now=later(WHEN, seconds=200), limit=10)
    deliver_batch(now=later(WHEN, seconds=201), limit=10)
    message.refresh_from_db()
    assert (message.status, message.provider_id) == ("sent", twilio.accepted()[0]["sid"])
    assert len(twilio.accepted()) == 1


@pytest.mark.parametrize(("category", "sent", "status"), [("transactional", 1, "sent"), ("marketing", 0, "unknown")])
def test_what_is_not_found_is_sent_again_only_if_transactional(
    contact: Any, twilio: FakeTwilio, category: str, sent: int, status: str
) -> None:
    message = make_message(contact=contact, category=category)
    make_consent(contact, "sms")
    twilio.faults.append("drop")
    deliver_batch(now=WHEN, limit=10)
    reconcile_batch(now=later(WHEN, seconds=200), limit=10)
    deliver_batch(now=later(WHEN, seconds=201), limit=10)
    message.refresh_from_db()
    assert (message.status, len(twilio.accepted())) == (status, sent)
    assert Notification.objects.filter(key=f"unknown/{message.pk}").exists() is (category == "marketing")


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_worker_that_dies_after_the_call_leads_to_no_second_message(
    contact: Any, resend: FakeResend, twilio: FakeTwilio, settings: Any, channel: str
) -> None:
    """The state that a SIGKILL between the call and its settling leaves behind."""
    message = make_message(contact=contact) if channel == "sms" else email(contact)
    twilio.clock = lambda: WHEN
    deliver_batch(now=WHEN, limit=10)
    Message.objects.update(status="sending", provider_id="", sent_at=None, due_at=later(WHEN, seconds=60))
    when = later(WHEN, seconds=61)
    for _ in range(8):
        reconcile_batch(now=when, limit=10)
        deliver_batch(now=when, limit=10)
        when = later(when, seconds=61)
    message.refresh_from_db()
    assert message.status == "sent"
    assert len(twilio.accepted()) + len(resend.accepted()) == 1


def test_too_many_requests_cost_no_attempt(contact: Any, resend: FakeResend, open_gates: Any) -> None:
    message = email(contact)
    resend.faults.extend(["429"] * 5)
    when = WHEN
    for _ in range(6):
        deliver_batch(now=when, limit=10)
        when = later(when, seconds=2)  # what the fake asked for is one second
        open_gates()
    message.refresh_from_db()
    assert (message.status, message.attempts, message.calls) == ("sent", 1, 6)


def test_what_each_attempt_was_answered_is_kept_the_latest_twenty(
    contact: Any, resend: FakeResend, open_gates: Any
) -> None:
    message = email(contact)
    assert message.refusals is None
    resend.faults.extend(["500", *["429"] * 20])
    when = WHEN
    for n in range(22):
        deliver_batch(now=when, limit=10)
        message.refresh_from_db()
        codes = [refusal["said"].partition(" ")[0] for refusal in message.refusals]
        assert codes == ["500", *["429"] * min(n, 20)][-20:]
        when = later(when, minutes=5)
        open_gates()
    assert message.status == "sent"
    assert datetime.fromisoformat(message.refusals[-1]["at"]) > datetime.fromisoformat(message.refusals[0]["at"]) > WHEN


def test_three_unknown_outcomes_are_left_to_a_person(contact: Any, resend: FakeResend) -> None:
    message = email(contact)
    resend.faults.extend(["500"] * 9)
    when = WHEN
    for _ in range(9):
        deliver_batch(now=when, limit=10)
        reconcile_batch(now=when, limit=10)
        when = later(when, minutes=5)
    message.refresh_from_db()
    assert (message.status, message.attempts, message.calls) == ("unknown", 3, 3)
    assert Notification.objects.get().title == "Un message a une issue inconnue"


def test_an_address_that_nothing_reaches_is_closed(contact: Any, twilio: FakeTwilio) -> None:
    contact.phone = "+15005550009"  # a landline
    contact.save()
    first, second = make_message(contact=contact), make_message(contact=contact, due_at=later(NOW, seconds=1))
    deliver_batch(now=WHEN, limit=1)
    deliver_batch(now=WHEN, limit=1)
    assert {m.pk: (m.status, m.reason) for m in Message.objects.all()} == {
        first.pk: ("failed", "address"),
        second.pk: ("suppressed", "adresse_bloquee"),
    }
    assert Suppression.objects.get().address == "+15005550009"


def test_a_wrong_key_kills_no_message(contact: Any, settings: Any, resend: FakeResend) -> None:
    message = email(contact)
    settings.RESEND_API_KEY = "wrong"
    deliver_batch(now=WHEN, limit=10)
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)
    assert Notification.objects.get().title == "Resend ne prend plus nos messages : ils attendent"
    settings.RESEND_API_KEY = "re_test"
    deliver_batch(now=later(WHEN, minutes=16), limit=10)
    assert len(resend.accepted()) == 1


@pytest.mark.parametrize(
    ("contact_changes", "message_changes", "reason"),
    [
        ({"phone": None}, {}, "sans_adresse"),
        ({"opted_out_at": NOW}, {}, "desinscrit"),
        ({}, {"useful_until": NOW}, "trop_tard"),
    ],
)
def test_what_does_not_go_out_says_why(
    contact: Any, twilio: FakeTwilio, contact_changes: dict[str, Any], message_changes: dict[str, Any], reason: str
) -> None:
    type(contact).objects.update(**contact_changes)
    message = make_message(contact=contact, **message_changes)
    deliver_batch(now=WHEN, limit=10)
    message.refresh_from_db()
    assert (message.status, message.reason, twilio.accepted()) == ("suppressed", reason, [])


def test_a_template_that_is_not_there_fails_the_message_and_is_told(contact: Any, twilio: FakeTwilio) -> None:
    message = make_message(contact=contact, template="plombier/absent")
    good = make_message(contact=contact)
    deliver_batch(now=WHEN, limit=10)
    message.refresh_from_db()
    good.refresh_from_db()
    assert (message.status, message.reason, good.status) == ("failed", "modele", "sent")
    assert "plombier/absent" in message.detail


@pytest.mark.parametrize("place", ["site", "organization"])
def test_nothing_leaves_what_is_paused(contact: Any, twilio: FakeTwilio, place: str) -> None:
    make_message(contact=contact)
    owner = getattr(contact, place)
    type(owner).objects.filter(pk=owner.pk).update(is_paused=True)
    assert deliver_batch(now=WHEN, limit=10) == 0


def test_transactional_messages_go_before_marketing(contact: Any, twilio: FakeTwilio) -> None:
    marketing = make_message(contact=contact, category="marketing", due_at=later(NOW, hours=-1))
    urgent = make_message(contact=contact)
    deliver_batch(now=WHEN, limit=1)
    marketing.refresh_from_db()
    urgent.refresh_from_db()
    assert (marketing.status, urgent.status) == ("queued", "sent")


def test_without_keys_messages_are_kept_in_the_sandbox(contact: Any, settings: Any) -> None:
    settings.TWILIO_ACCOUNT_SID = ""
    message = make_message(contact=contact)
    deliver_batch(now=WHEN, limit=10)
    message.refresh_from_db()
    assert (message.status, message.provider) == ("sent", "sandbox")
    assert "bonjour Jean" in message.payload["text"]


@pytest.mark.django_db(transaction=True)
def test_many_workers_hand_over_each_message_once(twilio: FakeTwilio) -> None:
    site = make_site()
    deploy(site, "plombier", now=NOW)
    contacts = [make_contact(site=site, phone=f"+3361234{n:04}") for n in range(60)]
    for contact in contacts:
        make_message(contact=contact)

    def work(_n: int) -> None:
        try:
            while deliver_batch(now=WHEN, limit=7):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(m["to"] for m in twilio.accepted()) == sorted(c.phone for c in contacts)
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
