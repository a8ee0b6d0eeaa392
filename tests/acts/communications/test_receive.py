"""Stored reports applied: each message as its reports say, in any order; told, counted and closed once."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from communications import receive
from communications.models import Message, MessageMetric, Notification, ReceivedWebhook, Suppression
from communications.receive import receive_batch
from crm.models import Consent, Event
from crm.models.metric import Metric
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow
from tests.signed import PUBLIC_URL, SECRET, drain, email_event, resend, status
from workflows.execute import execute_batch
from workflows.models import Execution
from workflows.route import route_batch

HARD = {"bounce": {"type": "Permanent", "subType": "NoEmail", "message": "550 5.1.1", "diagnosticCode": ["550"]}}
SOFT = {"bounce": {"type": "Transient", "subType": "MailboxFull", "message": "452", "diagnosticCode": "452"}}
VAGUE = {"bounce": {"type": "Undetermined", "subType": "Undetermined", "message": "?"}}


@pytest.fixture(autouse=True)
def house(settings: Any, twilio: FakeTwilio) -> None:
    settings.PUBLIC_URL, settings.RESEND_WEBHOOK_SECRET = PUBLIC_URL, SECRET


@pytest.fixture
def sms(db: None) -> Message:
    return make_message(status="unknown", attempts=1, calls=1, to="+33612345678", provider="twilio")


@pytest.fixture
def email(db: None) -> Message:
    contact = make_contact(email="jean@example.com")
    return make_message(
        contact=contact, channel="email", status="sent", to="jean@example.com", provider="resend", sent_at=NOW,
        provider_id="re_1", template="plombier/devis_relance", step="relance",
    )  # fmt: skip


def told(message: Message, *kinds: str, **data: Any) -> Message:
    """Report on an email, apply it, and look again."""
    for kind in kinds:
        assert resend(email_event(message, kind, **data)).status_code == 204
    drain()
    message.refresh_from_db()
    return message


def moments() -> dict[str, int]:
    return {row["name"]: row["n"] for row in MessageMetric.objects.values("name").annotate(n=Sum("value"))}


def events() -> list[str]:
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def agree(message: Message, *purposes: str, state: str = "granted") -> None:
    for purpose in purposes:
        Consent.objects.create(
            organization=message.organization, contact=message.contact, purpose=purpose, channel="email", state=state,
            at=NOW, source="page",
        )  # fmt: skip


# --- SMS -------------------------------------------------------------------------------------------------


def test_a_callback_settles_an_unknown_outcome(sms: Message) -> None:
    status(sms, "sent")
    assert drain() == 1
    sms.refresh_from_db()
    assert (sms.status, sms.provider_id, sms.due_at) == ("sent", "SM1", None)
    assert moments() == {"sent": 1}
    assert ReceivedWebhook.objects.get().processed_at is not None


def test_reports_may_come_in_any_order_and_twice(sms: Message) -> None:
    for order in itertools.permutations(["queued", "sent", "delivered"]):
        for told in [*order, *order]:
            status(sms, told)
            drain()
        sms.refresh_from_db()
        assert sms.status == "delivered"
        assert sms.delivered_at is not None
        assert moments() == {"sent": 1, "delivered": 1}
        Message.objects.update(status="unknown", provider_id="", sent_at=None, delivered_at=None)
        ReceivedWebhook.objects.all().delete()
        MessageMetric.objects.all().delete()


def test_a_number_that_does_not_exist_is_closed(sms: Message) -> None:
    status(sms, "undelivered", code="30005")
    drain()
    sms.refresh_from_db()
    assert (sms.status, sms.reason) == ("failed", "twilio_30005")
    closed = Suppression.objects.get()
    assert (closed.channel, closed.address, closed.reason) == ("sms", "+33612345678", "unreachable")
    assert moments() == {"sent": 1, "failed": 1}
    (event,) = Event.objects.all()
    assert (event.name, event.data["raison"], event.data["message"]) == ("sms.failed", "twilio_30005", sms.pk)


def test_who_opted_out_with_the_provider_has_opted_out(sms: Message) -> None:
    status(sms, "failed", code="21610")
    drain()
    assert Suppression.objects.get().reason == "opt_out"


def test_a_late_report_takes_no_reason_away(sms: Message) -> None:
    for told, code in (("undelivered", "30003"), ("undelivered", "30003"), ("sent", "")):
        status(sms, told, code=code)
        drain()
    sms.refresh_from_db()
    assert (sms.status, sms.reason) == ("failed", "twilio_30003")
    assert not Suppression.objects.exists()  # switched off is not gone


def test_a_settled_message_keeps_nothing_of_its_doubt(sms: Message) -> None:
    Message.objects.update(reason="unknown", detail="ReadTimeout no answer")
    status(sms, "delivered")
    drain()
    sms.refresh_from_db()
    assert (sms.reason, sms.detail) == ("", "")


def test_each_message_is_counted_once_however_often_it_is_reported(sms: Message) -> None:
    for told in ("delivered", "sent", "delivered", "queued"):
        status(sms, told)
        drain()
    counted = Metric.objects.filter(name="messages_sent_sms").aggregate(total=Sum("value"))
    assert counted["total"] == 1
    assert moments() == {"sent": 1, "delivered": 1}


def test_a_report_of_nobody_s_message_is_taken_and_forgotten(sms: Message) -> None:
    for n, nobody in enumerate((0, sms.pk + 1, 10**18)):
        assert status(Message(pk=nobody), "sent", sid=f"SM{n}") == 204
    assert drain() == 3
    sms.refresh_from_db()
    assert sms.status == "unknown"
    assert not ReceivedWebhook.objects.filter(processed_at=None).exists()


def test_a_report_of_another_message_is_not_taken(sms: Message) -> None:
    status(sms, "sent", sid="SM1")
    drain()
    status(sms, "failed", sid="SM2")
    drain()
    sms.refresh_from_db()
    assert sms.status == "sent"


def test_another_database_on_the_same_account_numbers_its_messages_alike(sms: Message) -> None:
    status(sms, "delivered", To="+33699999999")
    drain()
    sms.refresh_from_db()
    assert sms.status == "unknown"
    status(sms, "sent", To="+33612345678")
    drain()
    sms.refresh_from_db()
    assert sms.status == "sent"


def test_a_step_that_waits_for_the_outcome_hears_of_it_once(sms: Message) -> None:
    Message.objects.update(reports_outcome=True, execution_id=1)
    for told in ("sent", "delivered"):
        status(sms, told)
        drain()
    assert events() == ["message_parti", "sms.delivered"]


def test_what_was_read_on_whatsapp_was_read(db: None) -> None:
    message = make_message(channel="whatsapp", status="sent", sent_at=NOW, to="+33612345678")
    for told in ("delivered", "read"):
        status(message, told, To="whatsapp:+33612345678")
    drain()
    message.refresh_from_db()
    assert message.status == "opened"
    assert events() == ["whatsapp.delivered", "whatsapp.read"]


# --- email -----------------------------------------------------------------------------------------------


def test_an_email_that_arrived_is_told_with_what_it_was(email: Message) -> None:
    told(email, "email.sent", "email.delivered", "email.delivered")
    assert (email.status, email.delivered_at) == ("delivered", datetime(2026, 3, 10, 10, 5, tzinfo=UTC))
    event = Event.objects.get()
    assert (event.name, event.contact_id, event.occurred_at) == (
        "email.delivered",
        email.contact_id,
        email.delivered_at,
    )
    assert event.data == {"message": email.pk, "modele": "plombier/devis_relance", "etape": "relance"}
    assert moments() == {"delivered": 1}


def test_a_mailbox_that_does_not_exist_closes_the_address(email: Message) -> None:
    told(email, "email.bounced", **HARD)
    assert (email.status, email.reason, email.detail) == ("bounced", "resend_bounced", "NoEmail : 550 5.1.1")
    closed = Suppression.objects.get()
    assert (closed.channel, closed.address, closed.reason) == ("email", "jean@example.com", "unreachable")
    assert events() == ["email.bounced"]
    assert moments() == {"bounced": 1}


def test_a_full_mailbox_is_only_noted(email: Message) -> None:
    told(email, "email.bounced", **SOFT)
    assert (email.status, email.detail, email.bounced_at) == ("sent", "MailboxFull : 452", None)
    assert not Suppression.objects.exists()
    assert events() == []
    told(email, "email.delivered")
    assert (email.status, email.detail) == ("delivered", "")


def test_a_bounce_that_nobody_understands_closes_nothing(email: Message) -> None:
    told(email, "email.bounced", **VAGUE)
    assert email.status == "bounced"
    assert not Suppression.objects.exists()


def test_a_complaint_closes_the_address_whatever_came_before_and_after(email: Message) -> None:
    agree(email, "tracking_opens")
    told(email, "email.complained", "email.opened", "email.delivered")
    assert email.status == "complained"
    assert Suppression.objects.get().reason == "complaint"
    assert Counter(events()) == Counter(["email.delivered", "email.opened", "email.complained"])
    assert moments() == {"delivered": 1, "opened": 1, "complained": 1}


@pytest.mark.parametrize(
    ("reason", "closes"), [("previous_bounce", "unreachable"), ("previous_complaint", "complaint")]
)
def test_what_resend_no_longer_sends_to_is_closed_here_too(email: Message, reason: str, closes: str) -> None:
    told(email, "email.suppressed", suppressed={"type": "Suppressed", "reason": reason, "message": "listed"})
    assert (email.status, email.reason) == ("failed", "resend_suppressed")
    assert Suppression.objects.get().reason == closes


def test_a_failure_at_resend_is_said(email: Message) -> None:
    told(email, "email.failed", failed={"reason": "reached_daily_quota"})
    assert (email.status, email.reason, email.detail) == ("failed", "resend_failed", "reached_daily_quota")
    assert Metric.objects.get(name="messages_failed").value == 1
    assert events() == ["email.failed"]


def test_a_person_s_own_word_outlasts_what_a_provider_says(email: Message) -> None:
    told(email, "email.complained")
    told(email, "email.bounced", **HARD)
    assert Suppression.objects.get().reason == "complaint"


def test_an_odd_body_is_dealt_with(email: Message) -> None:
    for kind, data in (
        ("email.bounced", {"bounce": "x"}), ("email.clicked", {"click": []}), ("email.sent", {"to": {"a": 1}}),
        ("email.failed", {"failed": None}), ("contact.created", {}), ("email.received", {}),
    ):  # fmt: skip
        resend(email_event(email, kind, **data))
    resend({"type": "email.sent", "data": []})
    resend({"type": "email.sent", "created_at": 7, "data": {"tags": {"message_id": str(email.pk)}, "email_id": None}})
    assert drain() == 8
    assert not ReceivedWebhook.objects.exclude(error="").exists()


# --- opens and clicks ------------------------------------------------------------------------------------

CLICK = {"click": {"ipAddress": "1.2.3.4", "userAgent": "Firefox", "link": "https://a.fr/x", "timestamp": "x"}}


def test_whoever_has_not_agreed_is_not_followed(email: Message) -> None:
    agree(email, "tracking_opens", state="refused")
    told(email, "email.opened", open={"ipAddress": "1.2.3.4"})
    told(email, "email.clicked", **CLICK)
    assert (email.status, email.opened_at, email.clicked_at) == ("sent", None, None)
    assert (events(), moments()) == ([], {})
    for row in ReceivedWebhook.objects.all():
        assert row.body["note"] == "sans consentement"
        assert "1.2.3.4" not in str(row.body)
        assert "https://a.fr/x" not in str(row.body)


def test_whoever_agreed_is_followed_and_nothing_is_kept_of_their_device(email: Message) -> None:
    agree(email, "tracking_opens", "tracking_clicks")
    told(email, "email.opened", "email.opened")
    told(email, "email.clicked", "email.clicked", **CLICK)
    assert email.status == "clicked"
    assert moments() == {"opened": 1, "clicked": 1}
    assert events() == ["email.opened", "email.clicked"]
    assert Event.objects.get(name="email.clicked").data["lien"] == "https://a.fr/x"
    body = ReceivedWebhook.objects.filter(kind="email.clicked")[0].body
    assert body["data"]["click"] == {"link": "https://a.fr/x"}


def test_each_link_is_told_once_and_the_click_counted_once(email: Message) -> None:
    agree(email, "tracking_clicks")
    for link in ("https://a.fr/1", "https://a.fr/2", "https://a.fr/1"):
        told(email, "email.clicked", click={"link": link})
    assert sorted(e.data["lien"] for e in Event.objects.all()) == ["https://a.fr/1", "https://a.fr/2"]
    assert moments() == {"clicked": 1}


def test_the_latest_word_holds(email: Message) -> None:
    agree(email, "tracking_opens")
    agree(email, "tracking_opens", state="refused")
    told(email, "email.opened")
    assert email.opened_at is None


# --- workflows wait for it -------------------------------------------------------------------------------


def waiting(event: str, where: str = "") -> Execution:
    wait = {"event": event, "timeout": "2d"} | ({"where": where} if where else {})
    steps = [{"id": "relance", "wait_for": wait, "then": [{"id": "oui", "wait": "1h"}]}]
    workflow = make_workflow({"trigger": {"event": "demande"}, "steps": steps})
    contact = make_contact(site=workflow.site, email="jean@example.com")
    return make_execution(
        workflow=workflow, contact=contact, at="relance", entered_at=NOW, due_at=NOW + timedelta(days=2)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "event", "where", "heard"),
    [
        ("email.opened", "email.opened", "", True),
        ("email.clicked", "email.clicked", "event.lien.contains('devis')", False),
        ("email.clicked", "email.clicked", "event.etape == 'accuse'", True),
        ("email.delivered", "email.delivered", "", True),
    ],
)
def test_a_workflow_waits_for_what_becomes_of_a_message(
    db: None, kind: str, event: str, where: str, heard: bool
) -> None:
    execution = waiting(event, where)
    message = make_message(execution=execution, channel="email", status="sent", to="jean@example.com", sent_at=NOW)
    agree(message, "tracking_opens", "tracking_clicks")
    told(message, kind, **CLICK)
    later = timezone.now()
    Execution.objects.update(due_at=later + timedelta(days=1))
    route_batch(now=later, limit=10)
    execute_batch(now=later, limit=10)
    execution.refresh_from_db()
    assert execution.at == ("oui" if heard else "relance")


# --- a batch survives its worst row ----------------------------------------------------------------------


@pytest.fixture
def bad(sms: Message) -> ReceivedWebhook:
    """A request in a form that nobody thought of, among others that are well."""
    status(sms, "sent")
    row = ReceivedWebhook.objects.create(
        provider="twilio", kind="status", external_id="bad", message_id=sms.pk, body=["no form"], received_at=NOW
    )  # fmt: skip
    status(sms, "delivered")
    return row


def test_one_that_cannot_be_applied_holds_up_nobody(sms: Message, bad: ReceivedWebhook) -> None:
    assert receive_batch(now=NOW, limit=10) == 3
    sms.refresh_from_db()
    bad.refresh_from_db()
    assert sms.status == "delivered"
    assert (bad.attempts, bad.processed_at) == (1, None)
    assert bad.error.startswith("AttributeError")
    assert receive_batch(now=NOW + timedelta(seconds=10), limit=10) == 0  # not at once


def test_it_is_tried_five_times_then_a_person_is_told(sms: Message, bad: ReceivedWebhook) -> None:
    tries = 0
    for minute in range(60):
        tries += receive_batch(now=NOW + timedelta(minutes=minute), limit=10)
    bad.refresh_from_db()
    assert (tries, bad.attempts) == (2 + receive.MAX_ATTEMPTS, receive.MAX_ATTEMPTS)
    assert bad.processed_at is not None
    alert = Notification.objects.get()
    assert alert.organization_id == sms.organization_id
    assert str(bad.pk) in alert.link


def test_what_was_given_up_can_be_applied_again(sms: Message, bad: ReceivedWebhook) -> None:
    for minute in range(60):
        receive_batch(now=NOW + timedelta(minutes=minute), limit=10)
    ReceivedWebhook.objects.filter(pk=bad.pk).update(body={"MessageStatus": "delivered", "MessageSid": "SM1"})
    assert receive.reapply(ReceivedWebhook.objects.values_list("pk", flat=True)) == 1
    drain()
    bad.refresh_from_db()
    assert (bad.error, bad.attempts) == ("", 1)


# --- several at once -------------------------------------------------------------------------------------


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def _alone() -> int:
    try:
        return drain()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_drainers_apply_each_request_once(threads: ThreadPoolExecutor) -> None:
    site = make_site()
    messages = [
        make_message(contact=make_contact(site=site), step=f"n{n}", status="sending", to=f"+336123456{n:02}")
        for n in range(20)
    ]  # fmt: skip
    reports = [(m, told) for m in messages for told in ("queued", "sent", "delivered")] * 2
    random.Random(7).shuffle(reports)
    for message, told in reports:
        status(message, told, sid=f"SM{message.pk}")
    assert sum(threads.map(lambda _n: _alone(), range(2))) == 60
    assert set(Message.objects.values_list("status", flat=True)) == {"delivered"}
    assert moments() == {"sent": 20, "delivered": 20}
    assert Event.objects.filter(name="sms.delivered").count() == 20
    assert Metric.objects.filter(name="messages_sent_sms").aggregate(n=Sum("value"))["n"] == 20


@pytest.mark.parametrize(
    ("channel", "code", "closed", "alarm"),
    [("sms", "30007", "", True), ("sms", "30005", "unreachable", False), ("sms", "21610", "opt_out", False),
     ("whatsapp", "63024", "unreachable", False), ("whatsapp", "63013", "", True), ("sms", "30008", "", False)],
)  # fmt: skip
def test_what_a_code_of_twilio_leads_to(db: None, channel: str, code: str, closed: str, alarm: bool) -> None:
    message = make_message(channel=channel, status="sent", to="+33612345678", provider_id="SM1", sent_at=NOW)
    to = "whatsapp:+33612345678" if channel == "whatsapp" else "+33612345678"
    assert status(message, "undelivered", code=code, To=to) == 204
    drain()
    message.refresh_from_db()
    assert (message.status, message.reason) == ("failed", f"twilio_{code}")
    assert [s.reason for s in Suppression.objects.filter(channel=channel)] == ([closed] if closed else [])
    assert Notification.objects.filter(key=f"sender/{channel}/{code}").exists() is alarm
