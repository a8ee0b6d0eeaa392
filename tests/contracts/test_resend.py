"""What only Resend does: keys that are remembered, a hundred emails in one request, quotas, one transport for all."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import requests

from communications.providers import Draft, Fault, Outgoing, Receipt, Refusal, provider_named
from communications.providers.resend import Account, Resend
from tests.fakes.resend import FakeResend

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
DRAFT = Draft(7, 1, "zoe@exemple.fr", '"Salon" <rdv@salon.fr>', "Objet", "<p>Bonjour</p>", "Bonjour")


def outgoing(number: int = 7, **changes: Any) -> Outgoing:
    draft = replace(DRAFT, message_id=number, **changes)
    return Outgoing(f"message/{number}", number, provider_named("resend").payload(draft), NOW)


def refused(resend: FakeResend, *faults: str, **changes: Any) -> Refusal:
    resend.faults.extend(faults)
    with pytest.raises(Refusal) as caught:
        provider_named("resend").send(outgoing(**changes))
    return caught.value


def test_resend_says_how_long_to_wait(resend: FakeResend) -> None:
    assert refused(resend, "429").retry_after == timedelta(seconds=1)


def test_another_body_under_the_same_key_is_a_conflict(resend: FakeResend) -> None:
    provider_named("resend").send(outgoing())
    assert refused(resend, text="Autre chose").fault is Fault.CONFLICT
    assert len(resend.accepted()) == 1


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("refuse:400:invalid_idempotency_key", Fault.MESSAGE),
        ("refuse:400:validation_error", Fault.MESSAGE),
        ("refuse:401:missing_api_key", Fault.ACCOUNT),
        ("refuse:401:restricted_api_key", Fault.ACCOUNT),
        ("refuse:403:invalid_api_key", Fault.ACCOUNT),
        ("refuse:403:validation_error", Fault.ACCOUNT),  # the domain is not verified
        ("refuse:404:not_found", Fault.ACCOUNT),
        ("refuse:405:method_not_allowed", Fault.ACCOUNT),
        ("refuse:408:request_timeout", Fault.UNKNOWN),
        ("refuse:409:concurrent_idempotent_requests", Fault.PACE),
        ("refuse:409:invalid_idempotent_request", Fault.CONFLICT),
        ("refuse:422:missing_required_field", Fault.MESSAGE),
        ("refuse:422:invalid_attachment", Fault.MESSAGE),
        ("refuse:422:invalid_from_address", Fault.ACCOUNT),
        ("refuse:422:invalid_access", Fault.ACCOUNT),
        ("refuse:422:invalid_parameter", Fault.MESSAGE),
        ("refuse:422:invalid_region", Fault.ACCOUNT),
        ("refuse:422:validation_error", Fault.MESSAGE),
        ("refuse:422:of_tomorrow", Fault.MESSAGE),
        ("refuse:429:rate_limit_exceeded", Fault.PACE),
        ("refuse:429:daily_quota_exceeded", Fault.ACCOUNT),
        ("refuse:429:monthly_quota_exceeded", Fault.ACCOUNT),
        ("refuse:451:security_error", Fault.MESSAGE),
        ("refuse:500:application_error", Fault.UNKNOWN),
        ("refuse:500:internal_server_error", Fault.UNKNOWN),
        ("refuse:503:application_error", Fault.UNKNOWN),
    ],
)
def test_what_resend_s_errors_mean(resend: FakeResend, fault: str, meaning: Fault) -> None:
    refusal = refused(resend, fault)
    assert (refusal.fault, refusal.code) == (meaning, fault.split(":")[2])


def test_a_quota_that_is_used_up_is_not_asked_for_again_in_seconds(resend: FakeResend) -> None:
    resend.daily_quota = 1
    provider_named("resend").send(outgoing())
    refusal = refused(resend, number=8)
    assert (refusal.fault, refusal.retry_after) == (Fault.ACCOUNT, timedelta(hours=1))


def test_resend_forgets_a_key_after_a_day(resend: FakeResend) -> None:
    """Which is why nothing that may have gone out is repeated after 23 hours."""
    first = provider_named("resend").send(outgoing())
    tomorrow = datetime.now(UTC) + timedelta(hours=24)
    resend.clock = lambda: tomorrow
    assert provider_named("resend").send(outgoing()) != first
    assert len(resend.accepted()) == 2


def test_a_repeat_while_the_first_is_under_way_waits(resend: FakeResend) -> None:
    arrived = threading.Event()

    def weather(_call: Any) -> str:
        resend.weather = lambda _: ""
        arrived.set()
        return "slow:0.3"

    resend.weather = weather
    receipts: list[Receipt] = []
    first = Thread(target=lambda: receipts.append(provider_named("resend").send(outgoing())))
    first.start()
    assert arrived.wait(5)
    refusal = refused(resend)
    first.join()
    assert (refusal.fault, refusal.code) == (Fault.PACE, "concurrent_idempotent_requests")
    assert [m["id"] for m in resend.accepted()] == [receipt.id for receipt in receipts]


# --- a hundred at once ----------------------------------------------------------------------------------------


def batch(size: int = 3) -> list[Outgoing]:
    return [outgoing(n, subject=f"Objet {n}") for n in range(size)]


def test_a_batch_is_one_request_with_receipts_in_order(resend: FakeResend) -> None:
    receipts = provider_named("resend").send_batch("lot/1", batch(100))
    assert len(resend.calls) == 1
    assert [(m["id"], m["subject"]) for m in resend.accepted()] == [
        (receipt.id, f"Objet {n}") for n, receipt in enumerate(receipts)
    ]
    sent = resend.calls[0].headers
    assert (sent["idempotency-key"], sent["x-batch-validation"]) == ("lot/1", "strict")


def test_a_batch_that_is_repeated_sends_nothing(resend: FakeResend) -> None:
    resend.faults.append("accept_then_drop")
    with pytest.raises(Refusal) as caught:
        provider_named("resend").send_batch("lot/1", batch())
    assert caught.value.fault is Fault.UNKNOWN
    receipts = provider_named("resend").send_batch("lot/1", batch())
    assert [m["id"] for m in resend.accepted()] == [receipt.id for receipt in receipts]


def test_another_order_under_the_same_key_is_a_conflict(resend: FakeResend) -> None:
    provider_named("resend").send_batch("lot/1", batch())
    with pytest.raises(Refusal) as caught:
        provider_named("resend").send_batch("lot/1", batch()[::-1])
    assert caught.value.fault is Fault.CONFLICT
    assert len(resend.accepted()) == 3


def test_one_bad_address_refuses_the_whole_batch(resend: FakeResend) -> None:
    with pytest.raises(Refusal) as caught:
        provider_named("resend").send_batch("lot/1", [*batch(), outgoing(9, to="zoe@")])
    assert caught.value.fault is Fault.MESSAGE
    assert resend.accepted() == []


@pytest.mark.parametrize("content", [{"data": []}, {"data": [{"id": "a"}, {"id": ""}]}, {}, {"data": None}])
def test_an_answer_with_another_number_of_ids_says_nothing_for_sure(
    resend: FakeResend, monkeypatch: pytest.MonkeyPatch, content: Any
) -> None:
    taken, resend.contract = resend.answer, None  # no such answer is described

    def answer(call: Any) -> Any:
        good = taken(call)
        good.content = content
        return good

    monkeypatch.setattr(resend, "answer", answer)
    with pytest.raises(Refusal) as caught:
        provider_named("resend").send_batch("lot/1", batch(2))
    assert (caught.value.fault, caught.value.code) == (Fault.UNKNOWN, "wrong_count")


def test_a_rate_is_kept_by_the_fake_too(resend: FakeResend) -> None:
    resend.rate, resend.clock = 2, lambda: NOW
    for n in range(2):
        provider_named("resend").send(outgoing(n))
    assert (refused(resend, number=3).fault, len(resend.accepted())) == (Fault.PACE, 2)


def test_the_fake_takes_the_good_ones_of_a_permissive_batch(resend: FakeResend) -> None:
    emails = [dict(o.payload) for o in [*batch(2), outgoing(9, to="zoe@"), outgoing(10)]]
    headers = {"Authorization": "Bearer re_x", "x-batch-validation": "permissive"}
    answer = requests.post(f"{resend.url}/emails/batch", json=emails, headers=headers, timeout=5).json()
    assert (len(answer["data"]), [each["index"] for each in answer["errors"]]) == (3, [2])


# --- many accounts, many threads -----------------------------------------------------------------------------


def test_keys_of_many_threads_are_never_mixed(resend: FakeResend) -> None:
    """The package keeps its key in a module global; with it alone a third of these calls would be mixed up."""

    def send(account: str) -> None:
        provider = Resend(Account(f"re_{account}", resend.url, 5))
        for n in range(20):
            payload = provider.payload(replace(DRAFT, subject=account))
            provider.send(Outgoing(f"{account}/{n}", n, payload, NOW))
            provider.send_batch(f"{account}/lot/{n}", [Outgoing("", n, payload, NOW)] * 2)

    threads = [Thread(target=send, args=(f"compte{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(resend.accepted()) == 6 * 20 * 3
    assert {(m["account"], m["subject"]) for m in resend.accepted()} == {
        (f"re_compte{n}", f"compte{n}") for n in range(6)
    }


def test_message_and_organization_travel_along(resend: FakeResend) -> None:
    provider_named("resend").send(outgoing())
    tags = {tag["name"]: tag["value"] for tag in json.loads(resend.calls[0].body)["tags"]}
    assert tags == {"message_id": "7", "organization": "1"}
