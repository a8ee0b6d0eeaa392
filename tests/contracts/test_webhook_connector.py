"""What only a webhook does: it is signed, goes to public addresses only, and takes any 2xx for a yes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from crm.connectors import Refused, Sent, Trouble
from crm.connectors.webhook import Webhook
from tests.cards import SECRET, WebhookPlace, card, place
from tests.fakes.server import Answer


@pytest.fixture
def crm(settings: Any) -> Iterator[Any]:
    with place("webhook", settings) as found:
        yield found


def test_a_lead_comes_signed_under_the_same_id_and_with_the_same_bytes_each_time(crm: WebhookPlace) -> None:
    for _ in range(2):
        assert crm.connector().push([card()]) == {1: Sent("lead/7")}
    first, second = crm.fake.calls
    assert first.body == second.body
    assert {call.headers["webhook-id"] for call in (first, second)} == {"lead/7"}
    (taken,) = crm.fake.accepted()
    assert (taken["type"], taken["timestamp"]) == ("lead.exported", "2026-03-10T10:00:00+00:00")
    assert taken["data"]["contact"]["email"] == "zoe@boulangerie-martin.fr"
    assert taken["data"]["qualification"]["raison_export"] == "demande un devis"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [({"id": "abc-1"}, "abc-1"), ({"id": 12}, "12"), ({"id": True}, "lead/7"), ({"id": "x" * 101}, "lead/7"),
     ({"id": ["a"]}, "lead/7"), ({"id": "a\nb"}, "lead/7"), ([1], "lead/7"), ("pas du JSON", "lead/7"), ("", "lead/7")],
)  # fmt: skip
def test_what_the_receiver_calls_it(crm: WebhookPlace, answer: Any, expected: str) -> None:
    crm.fake.answer = lambda call: Answer(202, answer)
    assert crm.connector().push([card()]) == {1: Sent(expected)}


def test_a_test_is_a_ping_and_no_lead(crm: WebhookPlace) -> None:
    assert crm.connector().check() is None
    assert [json.loads(call.body)["type"] for call in crm.fake.calls] == ["ping"]


@pytest.mark.parametrize(
    "address", ["http://exemple.fr/x", "https://localhost/x", "https://127.0.0.1:1/", "ftp://x", ""]
)
def test_nothing_is_called_inside_the_house_or_without_tls(crm: WebhookPlace, settings: Any, address: str) -> None:
    settings.CALLS_TRUSTED_HOSTS = frozenset()
    answer = crm.connector(address=address).push([card()])[1]
    assert isinstance(answer, Refused)
    assert answer.trouble is (Trouble.ACCOUNT)
    assert crm.fake.calls == []


def test_what_the_receiver_asks_to_wait_is_heard(crm: WebhookPlace) -> None:
    crm.befalls("429")
    answer = crm.connector().push([card()])[1]
    assert isinstance(answer, Refused)
    assert answer.retry_after is not None
    assert answer.retry_after.total_seconds() == 30


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_trop_court", "whsec_é", "whsec_YQ==", SECRET[6:]])
def test_a_secret_has_a_form(secret: str) -> None:
    assert "whsec_" in Webhook.wrong_secret(secret)
    assert Webhook.wrong_secret(SECRET) == ""
