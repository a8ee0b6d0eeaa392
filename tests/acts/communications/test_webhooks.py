"""Status callbacks and opting out: verified, in any order, any number of times."""

import itertools
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db.models import Sum
from django.test import Client
from twilio.request_validator import RequestValidator

from communications.models import Message, Suppression
from communications.providers import Draft, Outgoing, provider_named
from communications.statuses import later
from communications.unsubscribe import unsubscribe_url
from crm.models import Event
from crm.models.metric import Metric
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_contact, make_message


@pytest.fixture
def message(db: None, settings: Any, twilio: FakeTwilio) -> Message:
    settings.PUBLIC_URL = "https://app.exemple.fr"
    return make_message(status="unknown", attempts=1, calls=1, to="+33612345678", provider="twilio")


def report(message: Message, status: str, *, token: str = "token", code: str = "", sid: str = "SM1") -> int:
    path = f"/webhooks/twilio/status?m={message.pk}"
    form = {"MessageSid": sid, "MessageStatus": status} | ({"ErrorCode": code} if code else {})
    signature = RequestValidator(token).compute_signature("https://app.exemple.fr" + path, form)
    return Client().post(path, form, headers={"X-Twilio-Signature": signature}).status_code


def test_a_callback_settles_an_unknown_outcome(message: Message) -> None:
    assert report(message, "sent") == 204
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.due_at) == ("sent", "SM1", None)


def test_reports_may_come_in_any_order_and_twice(message: Message) -> None:
    for order in itertools.permutations(["queued", "sent", "delivered", "sent"]):
        Message.objects.update(status="unknown", provider_id="")
        for status in order:
            report(message, status)
        message.refresh_from_db()
        assert message.status == "delivered"


@pytest.mark.parametrize("token", ["wrong", ""])
def test_a_wrong_signature_changes_nothing(message: Message, token: str) -> None:
    assert report(message, "delivered", token=token or "x") == 403
    assert Client().post(f"/webhooks/twilio/status?m={message.pk}", {"MessageStatus": "delivered"}).status_code == 403
    message.refresh_from_db()
    assert message.status == "unknown"


def test_a_number_that_does_not_exist_is_closed(message: Message) -> None:
    report(message, "undelivered", code="30005")
    message.refresh_from_db()
    assert (message.status, message.reason) == ("failed", "twilio_30005")
    assert Suppression.objects.get().address == "+33612345678"


def test_a_late_report_takes_no_reason_away(message: Message) -> None:
    for status, code in (("undelivered", "30003"), ("undelivered", "30003"), ("sent", "")):
        report(message, status, code=code)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("failed", "twilio_30003")
    assert not Suppression.objects.exists()  # switched off is not gone


def test_a_settled_message_keeps_nothing_of_its_doubt(message: Message) -> None:
    Message.objects.update(reason="unknown", detail="ReadTimeout no answer")
    report(message, "delivered")
    message.refresh_from_db()
    assert (message.reason, message.detail) == ("", "")


def test_each_message_is_counted_once_however_often_it_is_reported(message: Message) -> None:
    for status in ("delivered", "sent", "delivered", "sent"):
        report(message, status)
    counted = Metric.objects.filter(name="messages_sent_sms").aggregate(total=Sum("value"))
    assert counted["total"] == 1


def test_a_report_of_nobody_s_message_is_taken_and_forgotten(message: Message) -> None:
    for nobody in (0, message.pk + 1, 10**18):
        assert report(Message(pk=nobody), "sent") == 204
    message.refresh_from_db()
    assert message.status == "unknown"


def test_callbacks_over_http_twice_and_shuffled(
    transactional_db: None, settings: Any, twilio: FakeTwilio, live_server: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    messages = [make_message(status="sending", calls=1, to=f"+3361234560{n}", provider="twilio") for n in range(5)]
    for message in messages:
        callback = f"{live_server.url}/webhooks/twilio/status?m={message.pk}"
        draft = Draft(message.pk, message.organization_id, message.to, "SALON", text="Bonjour", callback_url=callback)
        provider = provider_named("twilio")
        provider.send(Outgoing(message.to, message.pk, provider.payload(draft), NOW))
    assert set(twilio.report("sent", "delivered", times=2, shuffled=True)) == {204}
    assert twilio.callback(twilio.messages[0], "failed", token="wrong") == 403
    settled = {m.pk: (m.status, m.provider_id) for m in Message.objects.all()}
    assert settled == {m.pk: ("delivered", sent["sid"]) for m, sent in zip(messages, twilio.messages, strict=True)}


def test_a_report_of_another_message_is_not_taken(message: Message) -> None:
    report(message, "sent", sid="SM1")
    report(message, "failed", sid="SM2")
    message.refresh_from_db()
    assert message.status == "sent"


def test_an_unknown_status_changes_nothing() -> None:
    assert later("sent", "surprise") == "sent"
    assert later("surprise", "sent") == "surprise"


def test_a_link_asks_and_a_click_opts_out_once(db: None) -> None:
    contact = make_contact()
    path = urlsplit(unsubscribe_url(contact.pk)).path
    page = Client().get(path)
    assert page.status_code == 200
    assert "Me désinscrire" in page.content.decode()
    contact.refresh_from_db()
    assert contact.opted_out_at is None  # scanners follow links
    for _ in range(2):
        assert Client().post(path, "List-Unsubscribe=One-Click", content_type="text/plain").status_code == 200
    contact.refresh_from_db()
    assert contact.opted_out_at is not None
    assert Event.objects.filter(contact=contact, name="desinscription").count() == 1


def test_a_forged_link_opens_nothing(db: None) -> None:
    contact = make_contact()
    path = urlsplit(unsubscribe_url(contact.pk)).path
    assert Client().post(path.replace(f"/{contact.pk}:", f"/{contact.pk + 1}:")).status_code == 404
    assert Client().get("/u/rien").status_code == 404
