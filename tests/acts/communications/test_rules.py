"""Consent, hours, cap and quota, as messages meet them when they are claimed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from communications.deliver import deliver_batch
from communications.models import Message, MessageMetric, Notification, SendingRules, SentInMonth
from communications.suppress import suppress
from tests.fakes.resend import FakeResend
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_consent, make_contact, make_message, make_organization, make_site
from workflows.deploy import deploy

WHEN = NOW + timedelta(minutes=1)
NIGHT = datetime(2026, 3, 10, 21, tzinfo=UTC)  # 22:00 in Paris
MORNING = datetime(2026, 3, 11, 7, tzinfo=UTC)


@pytest.fixture
def contact(db: None) -> Any:
    site = make_site(details={"lien_avis": "https://avis.exemple.fr"})
    deploy(site, "plombier", now=NOW)
    deploy(site, "avocat", now=NOW)
    return make_contact(site=site)


def marketing(contact: Any, **changes: Any) -> Message:
    return make_message(contact=contact, category="marketing", useful_until=NOW + timedelta(days=60), **changes)


def state(message: Message) -> tuple[str, str, datetime | None]:
    message.refresh_from_db()
    return message.status, message.reason, message.due_at


def test_marketing_needs_consent_on_its_channel(contact: Any, twilio: FakeTwilio) -> None:
    make_consent(contact, "email")
    message = marketing(contact)
    deliver_batch(now=WHEN, limit=10)
    assert state(message) == ("suppressed", "sans_consentement", None)
    assert twilio.accepted() == []
    assert MessageMetric.objects.get().name == "suppressed"


def test_a_withdrawal_counts_from_the_moment_it_is_made(contact: Any, twilio: FakeTwilio) -> None:
    make_consent(contact, "sms")
    make_consent(contact, "sms", state="refused")
    message = marketing(contact)
    deliver_batch(now=WHEN, limit=10)
    assert state(message)[:2] == ("suppressed", "sans_consentement")


def test_a_transactional_message_needs_none(contact: Any, twilio: FakeTwilio) -> None:
    message = make_message(contact=contact)
    deliver_batch(now=WHEN, limit=10)
    assert state(message)[0] == "sent"


def test_at_night_marketing_waits_for_the_morning_and_then_goes(contact: Any, twilio: FakeTwilio) -> None:
    make_consent(contact, "sms")
    message, urgent = marketing(contact), make_message(contact=contact, useful_until=NIGHT + timedelta(hours=1))
    deliver_batch(now=NIGHT, limit=10)
    assert state(message) == ("queued", "hors_horaires", MORNING)
    assert state(urgent)[0] == "sent"
    assert deliver_batch(now=MORNING - timedelta(seconds=1), limit=10) == 0
    deliver_batch(now=MORNING, limit=10)
    assert state(message)[:2] == ("sent", "")


def test_what_is_of_no_use_in_the_morning_is_refused_at_night(contact: Any, twilio: FakeTwilio) -> None:
    make_consent(contact, "sms")
    message = marketing(contact, step="soir")
    Message.objects.update(useful_until=MORNING - timedelta(minutes=1))
    deliver_batch(now=NIGHT, limit=10)
    assert state(message) == ("suppressed", "hors_horaires", None)


def test_hours_are_the_organizations(contact: Any, twilio: FakeTwilio) -> None:
    SendingRules.objects.create(organization=contact.organization, weekday_until=time(22), saturday_from=None,
                                saturday_until=None)  # fmt: skip
    make_consent(contact, "sms")
    message = marketing(contact)
    deliver_batch(now=datetime(2026, 3, 10, 20, 30, tzinfo=UTC), limit=10)  # 21:30
    assert state(message)[0] == "sent"


def test_marketing_emails_know_no_hours_unless_asked_for(contact: Any, resend: FakeResend) -> None:
    make_consent(contact, "email")
    first = marketing(contact, channel="email", template="avocat/consultation_accuse", step="a")
    deliver_batch(now=NIGHT, limit=10)
    SendingRules.objects.create(organization=contact.organization, window_covers_email=True)
    second = marketing(contact, channel="email", template="avocat/consultation_accuse", step="b")
    deliver_batch(now=NIGHT, limit=10)
    assert (state(first)[0], state(second)[:2]) == ("sent", ("queued", "hors_horaires"))


def test_no_more_than_three_marketing_messages_a_week(contact: Any, twilio: FakeTwilio) -> None:
    make_consent(contact, "sms")
    messages = [marketing(contact, step=f"n{n}") for n in range(5)]
    deliver_batch(now=WHEN, limit=10)
    states = sorted(state(message) for message in messages)
    assert [s[0] for s in states] == ["queued", "queued", "sent", "sent", "sent"]
    assert states[0][1:] == ("trop_souvent", WHEN + timedelta(days=7))
    deliver_batch(now=WHEN + timedelta(days=7, seconds=1), limit=10)
    assert len(twilio.accepted()) == 5


def test_a_quota_holds_and_the_next_month_begins_anew(db: None, twilio: FakeTwilio) -> None:
    organization = make_organization(plan="starter")
    site = make_site(organization=organization)
    deploy(site, "plombier", now=NOW)
    SendingRules.objects.create(organization=organization, monthly_sms=2)
    contact = make_contact(site=site)
    messages = [make_message(contact=contact, step=f"n{n}", useful_until=NOW + timedelta(days=60)) for n in range(3)]
    deliver_batch(now=WHEN, limit=10)
    states = sorted(state(message) for message in messages)
    assert states[0] == ("queued", "quota_atteint", datetime(2026, 4, 1, tzinfo=UTC))
    assert [s[0] for s in states[1:]] == ["sent", "sent"]
    assert SentInMonth.objects.get().count == 2
    deliver_batch(now=datetime(2026, 4, 1, 9, tzinfo=UTC), limit=10)
    assert len(twilio.accepted()) == 3


def test_what_is_repeated_counts_once(db: None, twilio: FakeTwilio, open_gates: Any) -> None:
    site = make_site(organization=make_organization(plan="starter"))
    deploy(site, "plombier", now=NOW)
    make_message(contact=make_contact(site=site))
    twilio.faults.append("429")
    deliver_batch(now=WHEN, limit=10)
    open_gates()
    deliver_batch(now=WHEN + timedelta(minutes=1), limit=10)
    assert (len(twilio.accepted()), SentInMonth.objects.get().count) == (1, 1)


def test_an_address_stays_closed_to_a_contact_who_comes_again(contact: Any, twilio: FakeTwilio) -> None:
    suppress(contact.organization_id, "sms", contact.phone, "opt_out", NOW)
    other = make_contact(site=make_site(organization=contact.organization), phone=contact.phone)
    messages = [make_message(contact=contact), make_message(contact=other)]
    deliver_batch(now=WHEN, limit=10)
    assert {state(message)[:2] for message in messages} == {("suppressed", "desinscrit")}
    assert twilio.accepted() == []


def test_another_organization_may_write_to_it(contact: Any, twilio: FakeTwilio) -> None:
    suppress(make_organization().pk, "sms", contact.phone, "opt_out", NOW)
    message = make_message(contact=contact)
    deliver_batch(now=WHEN, limit=10)
    assert state(message)[0] == "sent"


@pytest.mark.django_db(transaction=True)
def test_cap_and_quota_hold_with_several_workers(twilio: FakeTwilio) -> None:
    organization = make_organization(plan="starter")
    site = make_site(organization=organization)
    deploy(site, "plombier", now=NOW)
    SendingRules.objects.create(organization=organization, monthly_sms=9)
    contacts = [make_contact(site=site, phone=f"+3361234567{n}") for n in range(4)]
    for contact in contacts:
        make_consent(contact, "sms")
        for n in range(5):
            marketing(contact, step=f"n{n}")

    def work() -> None:
        try:
            for _ in range(6):
                deliver_batch(now=WHEN, limit=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result()
    deliver_batch(now=WHEN, limit=100)
    taken = [m["to"] for m in twilio.accepted()]
    assert len(taken) == 9
    assert max(taken.count(to) for to in set(taken)) <= 3


def test_what_finds_no_room_costs_no_quota(db: None, resend: FakeResend, settings: Any) -> None:
    site = make_site(organization=make_organization(plan="starter"))
    deploy(site, "avocat", now=NOW)
    for n in range(4):
        make_message(contact=make_contact(site=site), channel="email", template="avocat/consultation_accuse",
                     step=f"n{n}", reason="seul")  # fmt: skip
    settings.RESEND_RATE_PER_SECOND = 2
    deliver_batch(now=WHEN, limit=10)
    assert (len(resend.calls), SentInMonth.objects.get().count) == (1, 1)


def test_operators_are_told_before_a_quota_is_used_up_and_when_it_is(db: None, twilio: FakeTwilio) -> None:
    site = make_site(organization=make_organization(plan="starter"))
    deploy(site, "plombier", now=NOW)
    SendingRules.objects.create(organization=site.organization, monthly_sms=5)
    contact = make_contact(site=site)
    said = []
    for n in range(6):
        make_message(contact=contact, step=f"n{n}", useful_until=NOW + timedelta(days=60))
        deliver_batch(now=WHEN, limit=10)
        said.append(list(Notification.objects.filter(key="quota/sms/2026-03").values_list("severity", "title")))
    first, last = "80 % du quota de SMS du mois : 4 messages sur 5", "100 % du quota de SMS du mois : 5 messages sur 5"
    assert said == [[], [], [], [("warning", first)], [("error", last)], [("error", last)]]
