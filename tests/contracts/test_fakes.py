"""The fakes are as strict as what they stand for: they keep to the published documents, and sign what they post."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from resend import Webhooks

from tests.fakes.listener import Listener
from tests.fakes.resend import FakeResend
from tests.fakes.resend_events import headers_of
from tests.fakes.server import Answer
from tests.fakes.slack import FakeSlack
from tests.fakes.twilio import FakeTwilio

EMAIL = {
    "from": "rdv@salon.fr", "to": ["zoe@exemple.fr"], "subject": "Objet", "text": "Bonjour",
    "tags": [{"name": "message_id", "value": "7"}], "headers": {"X-Note": "a"},
}  # fmt: skip


def send(fake: FakeResend, path: str = "/emails", body: Any = EMAIL, **headers: str) -> requests.Response:
    return requests.post(fake.url + path, json=body, headers={"Authorization": "Bearer re_x"} | headers, timeout=5)


# --- the published documents ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"reply": "a@b.fr"}, {"subject": 7}, {"headers": []}, {"tags": {"message_id": "7"}}, {"to": [["a@b.fr"]]}],
)
def test_a_request_that_resend_does_not_describe_is_noted(resend: FakeResend, changes: dict[str, Any]) -> None:
    send(resend, body=EMAIL)
    assert resend.breaches == []
    resend._answer = lambda call: Answer(200, {"id": "a"})  # type: ignore[method-assign]
    send(resend, body=EMAIL | changes)
    send(resend, "/emails/batch", [EMAIL, EMAIL | changes])
    assert len(resend.breaches) >= 2
    resend.breaches.clear()


def test_an_answer_that_resend_does_not_describe_is_noted(resend: FakeResend) -> None:
    resend._answer = lambda call: Answer(200, {"id": 7})  # type: ignore[method-assign]
    send(resend)
    assert resend.breaches == ["POST /emails: 7 is not of type 'string'"]
    resend.breaches.clear()


@pytest.mark.parametrize("form", [{"ContentVariable": "{}"}, {"MessagingServiceSid": "MG1"}, {"ContentSid": "HX1"}])
def test_a_request_that_twilio_does_not_describe_is_noted(twilio: FakeTwilio, form: dict[str, str]) -> None:
    url = f"{twilio.url}/2010-04-01/Accounts/{twilio.account}/Messages.json"
    good = {"To": "+33612345678", "From": "SALON", "Body": "Bonjour"}
    for changes in ({}, form):
        requests.post(url, good | changes, auth=(twilio.account, twilio.token), timeout=5)
        assert bool(twilio.breaches) == bool(changes)
    twilio.breaches.clear()


# --- what Resend refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"from": "nobody"}, "invalid_from_address"),
        ({"to": ["nobody"]}, "validation_error"),
        ({"to": ["a@b.fr"] * 51}, "validation_error"),
        ({"text": ""}, "validation_error"),
        ({"subject": ""}, "missing_required_field"),
        ({"tags": [{"name": "été", "value": "7"}]}, "validation_error"),
        ({"tags": [{"name": "id", "value": "a@b"}]}, "validation_error"),
    ],
)
def test_resend_refuses_one_alone_and_in_a_batch(resend: FakeResend, changes: dict[str, Any], name: str) -> None:
    resend.contract = None
    assert send(resend, body=EMAIL | changes).json()["name"] == name
    assert send(resend, "/emails/batch", [EMAIL, EMAIL | changes]).json()["name"] == name
    assert resend.accepted() == []


def test_resend_takes_a_hundred_at_once_and_no_attachments_among_them(resend: FakeResend) -> None:
    assert [send(resend, "/emails/batch", [EMAIL] * n).status_code for n in (0, 100, 101)] == [422, 200, 422]
    scheduled = EMAIL | {"scheduled_at": "2026-03-11T10:00:00Z"}
    assert (send(resend, body=scheduled).status_code, send(resend, "/emails/batch", [scheduled]).status_code) == (
        200,
        422,
    )


# --- what Resend posts ----------------------------------------------------------------------------------------


def heard(listener: Listener) -> list[dict[str, Any]]:
    """Return the events that came, each verified with Resend's own package."""
    events = []
    for call in listener.calls:
        sent = {name: call.headers[f"svix-{name}"] for name in ("id", "timestamp", "signature")}
        given: Any = {"payload": call.body.decode(), "headers": sent, "webhook_secret": FakeResend.secret}
        Webhooks.verify(given)
        events.append(json.loads(call.body))
    return events


def test_events_are_signed_and_say_what_resend_says(resend: FakeResend, listener: Listener) -> None:
    resend.webhook_url = f"{listener.url}/webhooks/resend"
    id_ = send(resend).json()["id"]
    names = [f"email.{name}" for name in ("sent", "delivered", "opened", "clicked", "bounced", "complained", "failed")]
    assert resend.report(*names) == [200] * len(names)
    events = heard(listener)
    assert [event["type"] for event in events] == names
    for event in events:
        data = event["data"]
        assert (data["email_id"], data["to"], data["tags"]) == (id_, ["zoe@exemple.fr"], {"message_id": "7"})
        assert data["headers"] == [{"name": "X-Note", "value": "a"}]
    assert events[3]["data"]["click"]["link"]
    assert events[4]["data"]["bounce"]["type"] == "Permanent"
    assert events[6]["data"]["failed"] == {"reason": "reached_daily_quota"}


def test_a_wrong_secret_and_an_old_signature_are_told_apart(resend: FakeResend, listener: Listener) -> None:
    resend.webhook_url = listener.url
    send(resend)
    resend.callback(resend.messages[0], "email.delivered", secret="whsec_YXV0cmU=")
    with pytest.raises(ValueError, match="no matching signature"):
        heard(listener)
    listener.calls.clear()
    old = headers_of("msg_1", b"{}", FakeResend.secret, datetime.now(UTC) - timedelta(seconds=301))
    requests.post(listener.url, b"{}", headers=old, timeout=5)
    with pytest.raises(ValueError, match="timestamp"):
        heard(listener)


def test_a_repeated_event_has_the_same_id(resend: FakeResend, listener: Listener) -> None:
    resend.webhook_url = listener.url
    for _n in range(5):
        send(resend)
    resend.report("email.sent", "email.delivered", times=3, shuffled=True)
    ids = Counter(call.headers["svix-id"] for call in listener.calls)
    assert (len(ids), set(ids.values())) == (10, {3})


def test_an_address_that_bounced_gets_nothing_more(resend: FakeResend, listener: Listener) -> None:
    resend.webhook_url = listener.url
    send(resend, body=EMAIL | {"to": "bounced+7@resend.dev"})
    assert len(resend.report()) == 2
    send(resend, body=EMAIL | {"to": "bounced+7@resend.dev"})
    resend.callback(resend.messages[1], "email.bounced", bounce={"type": "Transient", "subType": "MailboxFull"})
    resend.report()
    assert [event["type"] for event in heard(listener)][2:] == ["email.bounced", "email.suppressed", "email.suppressed"]


def test_reports_come_by_themselves_until_they_are_taken(listener: Listener) -> None:
    listener.faults.extend(["500", "drop", "500"])
    with FakeResend(reports=listener.url, times=2, shuffled=True) as resend:
        for n in range(10):
            send(resend, body=EMAIL | {"subject": f"Objet {n}"})
        assert resend.reporter is not None
        assert resend.reporter.settle() == {200: 40}
    subjects = [event["data"]["subject"] for event in heard(listener)]
    assert len(subjects) == 43
    assert subjects != sorted(subjects)


# --- Slack ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "invalid_payload"),
        ({"text": ""}, "no_text"),
        (
            {"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "a" * 3001}}]},
            "invalid_blocks",
        ),
        ({"text": "a", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "a"}}]}, "invalid_blocks"),
        ({"text": "a", "blocks": [{"type": "surprise"}]}, "invalid_blocks"),
        (
            {"text": "a", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "a"}}] * 51},
            "invalid_blocks",
        ),
    ],
)
def test_slack_answers_in_plain_text(slack: FakeSlack, body: Any, reason: str) -> None:
    answer = requests.post(slack.webhook, json=body, timeout=5)
    assert (answer.status_code, answer.text) == (400, reason)
    assert requests.post(slack.webhook, json={"text": "a"}, timeout=5).text == "ok"
    assert requests.post(slack.webhook + "y", json={"text": "a"}, timeout=5).status_code == 403
