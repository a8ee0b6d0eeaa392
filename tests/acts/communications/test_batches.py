"""Emails in one request: repeated as they were or not at all, and none suffers for another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from berinia.redis_client import connected
from communications.claim import Room, claim_due
from communications.deliver import _hand_over, deliver_batch
from communications.models import Message, Notification, SendBatch, SendingRules
from communications.providers import provider_for
from communications.reconcile import reconcile_batch
from communications.settle import settle
from tests.fakes.resend import FakeResend
from tests.make import NOW, make_consent, make_contact, make_message, make_site
from workflows.deploy import deploy

WHEN = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def slow(settings: Any, resend: FakeResend) -> None:
    """An account that takes two requests a second, as Resend's do: what is due at once has to share one."""
    settings.RESEND_RATE_PER_SECOND = 2


@pytest.fixture
def contacts(db: None) -> list[Any]:
    site = make_site()
    deploy(site, "avocat", now=NOW)
    return [make_contact(site=site) for _ in range(4)]


@pytest.fixture
def messages(contacts: list[Any]) -> list[Message]:
    return [make_message(contact=c, channel="email", template="avocat/consultation_accuse") for c in contacts]


def run(when: Any, times: int = 1) -> Any:
    for _ in range(times):
        refill()
        deliver_batch(now=when, limit=100)
        when += timedelta(minutes=5)
    return when


def refill() -> None:
    """Let time pass for the rate: gates go by the clock of Redis."""
    key = f"berinia:gate:{provider_for('email').account_key}"
    connected().hdel(key, "n", "t")


def statuses() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


def test_several_emails_are_one_request(messages: list[Message], resend: FakeResend) -> None:
    run(WHEN)
    assert [call.path for call in resend.calls] == ["/emails/batch"]
    taken = {m["to"][0]: m["id"] for m in resend.accepted()}
    assert {m.to: m.provider_id for m in Message.objects.all()} == taken
    assert statuses() == ["sent"] * 4


def test_one_email_goes_alone(messages: list[Message], resend: FakeResend) -> None:
    Message.objects.exclude(pk=messages[0].pk).delete()
    run(WHEN)
    assert [call.path for call in resend.calls] == ["/emails"]


def test_emails_go_alone_where_there_are_calls_for_all(
    messages: list[Message], resend: FakeResend, settings: Any
) -> None:
    settings.RESEND_RATE_PER_SECOND = 0
    run(WHEN)
    assert [call.path for call in resend.calls] == ["/emails"] * 4


@pytest.mark.parametrize("fault", ["accept_then_drop", "drop", "500", "503_html"])
def test_a_batch_in_doubt_is_repeated_as_it_was(messages: list[Message], resend: FakeResend, fault: str) -> None:
    resend.faults.append(fault)
    when = run(WHEN)
    make_message(contact=messages[0].contact, channel="email", template="avocat/consultation_accuse", step="neuf")
    run(when, 2)
    first, *others = [call for call in resend.calls if call.path == "/emails/batch"]
    assert [(c.body, c.headers["idempotency-key"]) for c in others] == [(first.body, first.headers["idempotency-key"])]
    assert len(resend.accepted()) == 5
    assert statuses() == ["sent"] * 5
    assert not SendBatch.objects.exclude(due_at=None).exists()


def test_one_bad_email_spoils_no_other(messages: list[Message], contacts: list[Any], resend: FakeResend) -> None:
    resend.faults.append("refuse:422:validation_error")
    contacts[1].email = "nope"
    contacts[1].save()
    run(WHEN, 6)
    assert statuses() == ["sent", "failed", "sent", "sent"]
    assert len(resend.accepted()) == 3


def test_too_many_requests_cost_a_batch_nothing(messages: list[Message], resend: FakeResend, open_gates: Any) -> None:
    resend.faults.append("429")
    when = run(WHEN)
    assert set(Message.objects.values_list("status", "attempts", "batch_id")) == {("queued", 0, None)}
    open_gates()
    run(when)
    assert statuses() == ["sent"] * 4


def test_who_opts_out_while_a_batch_is_in_doubt_gets_no_second_one(
    messages: list[Message], contacts: list[Any], resend: FakeResend
) -> None:
    resend.faults.append("accept_then_drop")
    when = run(WHEN)
    contacts[2].opted_out_at = when
    contacts[2].save()
    run(when, 2)
    assert statuses() == ["unknown"] * 4
    assert len(resend.calls) == 1
    assert Notification.objects.filter(key__startswith="unknown").count() == 4


def test_a_report_shows_that_all_of_a_batch_were_taken(
    messages: list[Message], contacts: list[Any], resend: FakeResend
) -> None:
    resend.faults.append("accept_then_drop")
    when = run(WHEN)
    known = next(m["id"] for m in resend.accepted() if m["to"] == [contacts[0].email])
    Message.objects.filter(pk=messages[0].pk).update(status="delivered", provider_id=known)
    contacts[2].opted_out_at = when
    contacts[2].save()
    run(when)
    assert statuses() == ["delivered", "sent", "sent", "sent"]
    assert len(resend.accepted()) == 4


def test_after_three_attempts_a_person_decides(messages: list[Message], resend: FakeResend) -> None:
    resend.faults.extend(["drop"] * 3)
    run(WHEN, 4)
    assert statuses() == ["unknown"] * 4
    assert len(resend.calls) == 3
    assert Notification.objects.filter(key__startswith="unknown-batch/").count() == 1


def test_a_worker_that_dies_with_a_batch_leads_to_no_second_email(
    messages: list[Message], resend: FakeResend, settings: Any
) -> None:
    """The state that a SIGKILL between the call and its settling leaves behind."""
    run(WHEN)
    lease = WHEN + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    Message.objects.update(status="sending", provider_id="", sent_at=None, due_at=lease)
    reconcile_batch(now=lease + timedelta(seconds=1), limit=100)
    assert set(Message.objects.values_list("status", "due_at")) == {("queued", None)}
    run(lease + timedelta(seconds=2))
    assert statuses() == ["sent"] * 4
    assert len(resend.accepted()) == 4


def test_a_batch_whose_key_is_forgotten_is_not_repeated(messages: list[Message], resend: FakeResend) -> None:
    resend.faults.append("drop")
    run(WHEN)
    SendBatch.objects.update(due_at=WHEN + timedelta(hours=24))
    Message.objects.update(useful_until=WHEN + timedelta(days=3))
    run(WHEN + timedelta(hours=24))
    assert statuses() == ["unknown"] * 4
    assert len(resend.calls) == 1


def test_a_batch_in_doubt_waits_for_its_hour(messages: list[Message], contacts: list[Any], resend: FakeResend) -> None:
    SendingRules.objects.create(organization=contacts[0].organization, window_covers_email=True)
    for contact in contacts:
        make_consent(contact, "email")
    Message.objects.update(category="marketing", useful_until=WHEN + timedelta(days=3))
    evening = datetime(2026, 3, 10, 18, 59, 55, tzinfo=UTC)
    resend.faults.append("accept_then_drop")
    run(evening)
    run(evening + timedelta(seconds=30))  # 20:00 in Paris is over
    morning = datetime(2026, 3, 11, 7, tzinfo=UTC)
    assert SendBatch.objects.get().due_at == morning
    assert len(resend.calls) == 1
    run(morning)
    assert statuses() == ["sent"] * 4
    assert len(resend.accepted()) == 4


def test_no_more_requests_than_the_rate_allows(
    messages: list[Message], resend: FakeResend, settings: Any, open_gates: Any
) -> None:
    settings.RESEND_RATE_PER_SECOND = 2
    Message.objects.update(reason="seul")  # each goes alone
    assert deliver_batch(now=WHEN, limit=100) == 1
    assert len(resend.calls) == 1
    assert set(Message.objects.exclude(status="sent").values_list("status", "attempts")) == {("queued", 0)}
    open_gates()
    deliver_batch(now=WHEN, limit=100)
    assert len(resend.calls) == 2


def test_a_paused_execution_holds_its_batch_and_nobody_is_left_behind(
    messages: list[Message], resend: FakeResend
) -> None:
    resend.faults.append("drop")
    when = run(WHEN)
    Message.objects.filter(pk=messages[1].pk).update(status="held")
    when = run(when, 2)
    assert statuses() == ["queued", "held", "queued", "queued"]
    Message.objects.filter(pk=messages[1].pk).update(status="queued")
    run(when)
    assert statuses() == ["sent"] * 4
    assert len(resend.accepted()) == 4


@pytest.mark.parametrize(("attempts", "expected"), [(1, (0, True)), (2, (1, False))])
def test_a_call_that_stood_too_long_is_given_back(messages: list[Message], attempts: int, expected: Any) -> None:
    """One that was never tried is free again; one in doubt is repeated as it was."""
    with transaction.atomic():
        claim = claim_due({"email": Room(provider_for("email"), 1, 100)}, WHEN)
    (call,) = claim.calls
    old = replace(call, members=tuple(replace(member, attempts=attempts) for member in call.members))
    with transaction.atomic():
        settle([_hand_over(old, 0.0)], WHEN)
    found = {(m.status, m.attempts, m.batch_id is None) for m in Message.objects.all()}
    assert found == {("queued", *expected)}
    assert SendBatch.objects.exclude(due_at=None).exists() is not expected[1]


def test_a_batch_in_doubt_that_is_refused_was_never_taken(messages: list[Message], resend: FakeResend) -> None:
    resend.faults.extend(["drop", "refuse:422:validation_error"])
    run(WHEN, 7)
    assert statuses() == ["sent"] * 4
    assert [call.path for call in resend.calls] == ["/emails/batch"] * 2 + ["/emails"] * 4


def test_a_batch_in_doubt_is_kept_while_its_account_is_refused(
    messages: list[Message], resend: FakeResend, open_gates: Any
) -> None:
    resend.faults.extend(["accept_then_drop", "429"])
    when = run(WHEN, 2)
    open_gates()
    run(when)
    assert statuses() == ["sent"] * 4
    assert (len(resend.accepted()), len({call.body for call in resend.calls})) == (4, 1)
