"""Status callbacks and opting out: verified, in any order, any number of times."""

import itertools
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from communications.models import Message, Suppression
from communications.statuses import later
from communications.unsubscribe import unsubscribe_url
from crm.models import Event
from tests.fakes.twilio import FakeTwilio
from tests.make import make_contact, make_message


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
