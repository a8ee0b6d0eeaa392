"""Requests of providers: verified, stored once as they came, and answered; nothing else happens there."""

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from berinia import wake
from communications.models import Message, ReceivedWebhook
from communications.providers import Draft, Outgoing, provider_named
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_message
from tests.signed import PUBLIC_URL, SECRET, drain, email_event, resend, status, svix, twilio

WRONG = "whsec_d3Jvbmc="
INCOMING = {"MessageSid": "SM9", "From": "+33612345678", "To": "+33757000001", "Body": "Bonjour"}


@pytest.fixture(autouse=True)
def house(settings: Any, twilio: FakeTwilio) -> None:
    settings.PUBLIC_URL, settings.RESEND_WEBHOOK_SECRET = PUBLIC_URL, SECRET


@pytest.fixture
def email(db: None) -> Message:
    return make_message(channel="email", status="sent", to="jean@example.com", provider="resend")


@pytest.fixture
def sms(db: None) -> Message:
    return make_message(status="unknown", attempts=1, calls=1, to="+33612345678", provider="twilio")


# --- Resend ----------------------------------------------------------------------------------------------


def test_an_event_of_resend_is_stored_as_it_came_once(email: Message) -> None:
    event = email_event(email, "email.delivered", surprise={"é": [1, None]})
    for _n in range(2):
        assert resend(event, id="msg_a").status_code == 204
    row = ReceivedWebhook.objects.get()
    assert (row.provider, row.kind, row.external_id, row.message_id) == (
        "resend", "email.delivered", "msg_a", email.pk,
    )  # fmt: skip
    assert row.body == event
    assert row.processed_at is None
    email.refresh_from_db()
    assert email.status == "sent"  # it is applied by another process
    resend(event, id="msg_b")
    assert ReceivedWebhook.objects.count() == 2


def test_tags_are_read_in_both_of_their_forms(email: Message) -> None:
    event = email_event(email, "email.delivered", tags=[{"name": "message_id", "value": str(email.pk)}])
    assert resend(event).status_code == 204
    for tags in ([], "x", None, {}, {"message_id": "x"}, {"message_id": "9" * 30}, [1]):
        assert resend(email_event(email, "email.delivered", tags=tags)).status_code == 204
    assert [row.message_id for row in ReceivedWebhook.objects.order_by("id")] == [email.pk, *[None] * 7]


@pytest.mark.parametrize("changes", [{"secret": WRONG}, {"age": 302}, {"age": -302}])
def test_a_wrong_or_old_signature_is_refused_and_said_without_personal_data(
    email: Message, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert resend(email_event(email, "email.delivered"), **changes).status_code == 403
    assert "refused" in caplog.text
    assert "jean@" not in caplog.text
    assert not ReceivedWebhook.objects.exists()


def test_a_signature_may_be_five_minutes_old(email: Message) -> None:
    assert resend(email_event(email, "email.delivered"), age=295).status_code == 204


def test_of_several_signatures_one_has_to_be_right(email: Message) -> None:
    raw = json.dumps(email_event(email, "email.delivered")).encode()
    headers = svix(raw)
    both = headers | {"svix-signature": "v1,AAAA " + headers["svix-signature"]}
    for sent, expected in ((both, 204), (headers | {"svix-signature": "v1,AAAA"}, 403), ({}, 403)):
        assert Client().post(
            "/webhooks/resend", raw, content_type="application/json", headers=sent
        ).status_code == expected  # fmt: skip


def test_what_was_changed_on_the_way_is_refused(email: Message) -> None:
    raw = json.dumps(email_event(email, "email.delivered")).encode()
    answer = Client().post("/webhooks/resend", raw + b" ", content_type="application/json", headers=svix(raw))
    assert answer.status_code == 403


def test_without_a_secret_nobody_is_believed(email: Message, settings: Any) -> None:
    settings.RESEND_WEBHOOK_SECRET = ""
    assert resend(email_event(email, "email.delivered")).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[]", b"1", b'{"type": 1}', b"{}", b'{"type": "a\\u0000"}', b"[" * 5000, b"NaN"]
)
def test_what_cannot_be_read_is_said_to_be_so(db: None, body: bytes) -> None:
    assert resend(body).status_code == 400
    assert not ReceivedWebhook.objects.exists()


def test_what_is_too_big_is_refused(db: None, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert resend(json.dumps({"type": "email.sent", "data": "x" * 1000}).encode()).status_code == 400
    assert twilio("/webhooks/twilio/sms", INCOMING | {"Body": "x" * 1000}).status_code == 400


# --- Twilio ----------------------------------------------------------------------------------------------


def test_a_status_is_stored_once_and_each_status_of_a_message(sms: Message) -> None:
    for told, code in (("sent", ""), ("sent", ""), ("delivered", ""), ("undelivered", "30003"), ("undelivered", "")):
        assert status(sms, told, code=code, ErrorMessage="") == 204
    rows = ReceivedWebhook.objects.order_by("id")
    assert [row.external_id for row in rows] == [
        "SM1/sent", "SM1/delivered", "SM1/undelivered/30003", "SM1/undelivered",
    ]  # fmt: skip
    assert rows[2].body == {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert {row.message_id for row in rows} == {sms.pk}


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_message_that_comes_in_is_stored_once_and_answered_with_nothing(db: None, channel: str) -> None:
    for _n in range(2):
        answer = twilio(f"/webhooks/twilio/{channel}", INCOMING | {"Body": "a\0b", "ProfileName": "Zoé"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
        assert answer.content.endswith(b"<Response/>")
    row = ReceivedWebhook.objects.get()
    assert (row.kind, row.external_id, row.message_id) == (channel, "SM9", None)
    assert row.body == INCOMING | {"Body": "ab", "ProfileName": "Zoé"}


@pytest.mark.parametrize("path", ["/webhooks/twilio/status?m=1", "/webhooks/twilio/sms", "/webhooks/twilio/whatsapp"])
def test_a_wrong_signature_changes_nothing(db: None, path: str) -> None:
    form = INCOMING | {"MessageStatus": "sent"}
    assert twilio(path, form, token="wrong").status_code == 403
    assert twilio(path, form, signed="http://app.exemple.fr" + path).status_code == 403
    assert twilio(path, form, signed=f"{PUBLIC_URL}/webhooks/twilio/status?m=2").status_code == 403
    assert Client().post(path, form).status_code == 403
    assert Client().get(path).status_code == 405
    assert not ReceivedWebhook.objects.exists()


def test_without_twilio_nobody_is_believed(sms: Message, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert status(sms, "sent") == 403


def test_a_form_that_lacks_what_matters_is_refused(db: None) -> None:
    assert twilio("/webhooks/twilio/status?m=1", {"MessageSid": "SM1"}).status_code == 400
    assert twilio("/webhooks/twilio/status?m=1", {"MessageStatus": "sent"}).status_code == 400
    assert twilio("/webhooks/twilio/sms", {"Body": "x"}).status_code == 400


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
    assert drain() == 10
    settled = {m.pk: (m.status, m.provider_id) for m in Message.objects.all()}
    assert settled == {m.pk: ("delivered", sent["sid"]) for m, sent in zip(messages, twilio.messages, strict=True)}


# --- waking, and a database that is away --------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_is_new_wakes_the_one_who_applies_it() -> None:
    redis = wake.connected()
    redis.delete("default", wake._flag("webhooks"))
    twilio("/webhooks/twilio/sms", INCOMING)
    assert redis.llen("default") == 1
    redis.delete(wake._flag("webhooks"))
    twilio("/webhooks/twilio/sms", INCOMING)  # known already
    assert redis.llen("default") == 1
    redis.delete("default", wake._flag("webhooks"))


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_the_provider_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    email = make_message(channel="email", status="sent", to="jean@example.com")
    event = email_event(email, "email.delivered")
    connection.close()
    with monkeypatch.context() as broken:
        broken.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        broken.setitem(connection.settings_dict, "PORT", "1")
        assert resend(event, id="msg_a").status_code == 503
        assert twilio("/webhooks/twilio/sms", INCOMING).status_code == 503
    connection.close()
    assert resend(event, id="msg_a").status_code == 204
    assert ReceivedWebhook.objects.count() == 1
