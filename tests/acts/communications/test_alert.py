"""Alerts on their way out: once to each who asked, so many an hour, and never a person's name in Slack."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Organization, Platform, User
from communications.alert import _claim, outgoing_of, send_alerts
from communications.models import AlertDelivery, Notification, NotificationPreference
from communications.notify import Alert, notify
from tests.fakes.resend import FakeResend
from tests.fakes.slack import FakeSlack
from tests.make import NOW, make_contact, make_event, make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(resend: FakeResend, settings: Any) -> Iterator[FakeResend]:
    """A Resend with a sender."""
    settings.FROM_EMAIL, settings.PUBLIC_URL = "alertes@berinia.example.com", "https://app.berinia.example.com"
    return resend


def member(organization: Organization, email_from: str | None = None, **changes: Any) -> User:
    number = User.objects.count()
    user = User.objects.create_user(f"membre-{number}", **{"email": f"membre{number}@example.com"} | changes)
    Membership.objects.create(user=user, organization=organization)
    if email_from is not None:
        NotificationPreference.objects.create(user=user, organization=organization, email_from=email_from)
    return user


def tell(organization: Organization, key: str = "k", severity: str = "error", at: datetime = NOW, **more: Any) -> None:
    fields = {"title": f"Alerte {key}", "body": "Une explication", "link": "/admin/x/"}
    notify([Alert(organization.pk, key, severity, **fields | more)], at)


def send(now: datetime = NOW, *, until: datetime | None = None) -> datetime:
    """Send all that is due, as the worker does: turn after turn, a tick every two seconds."""
    while True:
        while send_alerts(now=now, limit=20):
            pass
        if until is None or now >= until:
            return now
        now += timedelta(seconds=2)


def planned() -> list[tuple[str, int | None, str]]:
    return list(AlertDelivery.objects.order_by("pk").values_list("medium", "user_id", "severity"))


# --- who ---


def test_members_are_told_from_the_severity_that_they_ask_for(slack: FakeSlack) -> None:
    ours, theirs = make_organization(), make_organization()
    usual, everything, nothing = member(ours), member(ours, "info"), member(ours, "")
    member(ours, email="")
    member(ours, is_active=False)
    stranger = member(theirs, "info")
    tell(ours, "grave", "error")
    assert planned() == [("slack", None, "error"), ("email", usual.pk, "error"), ("email", everything.pk, "error")]
    tell(ours, "info", "info")
    assert planned()[3:] == [("email", everything.pk, "info")]
    assert not AlertDelivery.objects.filter(user__in=[nothing, stranger]).exists()


def test_a_repeat_is_not_told_again_but_a_higher_severity_is() -> None:
    ours = make_organization()
    everything, usual = member(ours, "info"), member(ours)
    tell(ours, severity="warning")
    with CaptureQueriesContext(connection) as queries:
        tell(ours, severity="info")
    assert len(queries) == 1  # a repeat costs its own statement and no more
    assert planned() == [("email", everything.pk, "warning")]
    tell(ours, severity="error")
    assert planned()[1:] == [("email", everything.pk, "error"), ("email", usual.pk, "error")]
    tell(ours, severity="warning")
    tell(ours, severity="error")
    assert len(planned()) == 3
    alert = Notification.objects.get()
    assert (alert.severity, alert.count) == ("error", 5)


def test_what_was_read_and_happens_again_is_news() -> None:
    ours = make_organization()
    member(ours)
    tell(ours)
    Notification.objects.update(read_at=NOW)
    tell(ours)
    assert (Notification.objects.count(), len(planned())) == (2, 2)


def test_many_alerts_of_a_transaction_take_three_statements(slack: FakeSlack) -> None:
    ours = make_organization()
    for _ in range(3):
        member(ours, "info")
    with CaptureQueriesContext(connection) as queries:
        notify([Alert(ours.pk, f"k{n % 50}", "warning", "Titre") for n in range(100)], NOW)
    assert len(queries) == 3
    assert AlertDelivery.objects.count() == 50 * 4
    assert set(Notification.objects.values_list("count", flat=True)) == {2}


# --- by email ---


def test_an_email_says_what_happened_and_leads_there(office: FakeResend) -> None:
    ours = make_organization(name="Plomberie <Martin>")
    user = member(ours)
    tell(ours, title="Un message a échoué", body="Code <30007>")
    assert send_alerts(now=NOW, limit=10) == 1
    assert send_alerts(now=NOW, limit=10) == 0
    (sent,) = office.accepted()
    assert (sent["to"], sent["from"]) == ([user.email], '"BerinIA" <alertes@berinia.example.com>')
    assert sent["subject"] == "[BerinIA] erreur : Un message a échoué"
    for part in (sent["text"], sent["html"]):
        assert "https://app.berinia.example.com/admin/x/" in part
        assert "https://app.berinia.example.com/admin/communications/notification/preferences/" in part
    assert "Code <30007>" in sent["text"]
    assert "Code &lt;30007&gt;" in sent["html"]
    assert "Plomberie &lt;Martin&gt;" in sent["html"]
    assert sent["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://app.berinia.example.com/alertes/" in sent["headers"]["List-Unsubscribe"]
    delivery = AlertDelivery.objects.get()
    assert (delivery.provider, delivery.due_at, delivery.error) == ("resend", None, "")
    assert delivery.sent_at is not None


def test_the_emergency_stop_and_pauses_hold_no_alert(office: FakeResend) -> None:
    ours = make_organization(is_paused=True)
    Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})
    member(ours)
    tell(ours)
    send()
    assert len(office.accepted()) == 1


def test_a_number_of_alerts_is_never_that_of_a_message(office: FakeResend) -> None:
    ours = make_organization()
    member(ours)
    tell(ours)
    send()
    tags = {tag["name"]: tag["value"] for tag in office.accepted()[0]["tags"]}
    assert int(tags["message_id"]) < 0


def test_who_left_or_changed_their_mind_is_not_told_after_all(office: FakeResend) -> None:
    ours = make_organization()
    gone, quiet, inactive = member(ours), member(ours), member(ours)
    tell(ours)
    Membership.objects.filter(user=gone).delete()
    NotificationPreference.objects.create(user=quiet, organization=ours, email_from="")
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    send()
    assert office.accepted() == []
    assert set(AlertDelivery.objects.values_list("due_at", "sent_at", "error")) == {
        (None, None, "Plus personne ne demande cette alerte par ce moyen.")
    }


# --- how often ---


def test_what_is_over_the_limit_is_summed_up_in_the_next_hour(office: FakeResend, settings: Any) -> None:
    settings.ALERTS_PER_HOUR = 3
    ours = make_organization(name="Martin")
    member(ours, "info")
    for n in range(40):
        tell(ours, f"k{n:02d}", "error" if n % 10 == 0 else "warning")
    send(until=NOW + timedelta(minutes=2))
    assert [m["subject"] for m in office.accepted()] == [
        "[BerinIA] erreur : Alerte k00", "[BerinIA] erreur : Alerte k10", "[BerinIA] erreur : Alerte k20",
    ]  # fmt: skip
    tell(ours, "k99", at=NOW + timedelta(minutes=30))
    send(NOW + timedelta(minutes=59))
    assert len(office.accepted()) == 3
    send(NOW + timedelta(hours=1))
    digest = office.accepted()[3]
    assert digest["subject"] == "[BerinIA] 38 autres alertes : 2 erreurs, 36 avertissements"
    assert digest["text"].index("k30") < digest["text"].index("k01")
    assert "… et 13 de plus" in digest["text"]
    assert AlertDelivery.objects.filter(sent_at=None).count() == 0
    assert AlertDelivery.objects.values("mail_id").distinct().count() == len(office.accepted()) == 4


def test_each_person_has_a_limit_of_their_own(office: FakeResend, settings: Any) -> None:
    settings.ALERTS_PER_HOUR = 1
    ours, theirs = make_organization(), make_organization()
    both, other = member(ours), member(theirs)
    Membership.objects.create(user=both, organization=theirs)
    tell(ours)
    tell(theirs)
    send(until=NOW + timedelta(minutes=1))
    assert sorted(m["to"][0] for m in office.accepted()) == [both.email, other.email]


def test_after_an_outage_what_piled_up_comes_in_one_email(office: FakeResend) -> None:
    ours = make_organization()
    member(ours)
    tell(ours, "k1")
    office.faults.append("refuse:401:invalid_api_key")
    send()
    for hour in range(1, 4):
        tell(ours, f"later{hour}", at=NOW + timedelta(hours=hour))
    send(NOW + timedelta(hours=4), until=NOW + timedelta(hours=4, seconds=20))
    assert [m["subject"] for m in office.accepted()] == [
        "[BerinIA] erreur : Alerte k1", "[BerinIA] 3 autres alertes : 3 erreurs",
    ]  # fmt: skip


# --- once ---


def test_two_workers_at_once_send_once(office: FakeResend, transactional_db: None) -> None:
    ours = make_organization()
    for _ in range(8):
        member(ours)
    tell(ours)
    office.weather = lambda call: "slow:0.02"

    def work(_: int) -> None:
        try:
            for _turn in range(6):
                send_alerts(now=NOW, limit=2)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    send()
    recipients = [m["to"][0] for m in office.accepted()]
    assert len(office.calls) == len(recipients) == len(set(recipients)) == 8


def test_a_message_of_a_worker_that_died_goes_out_again_under_the_same_key(office: FakeResend, settings: Any) -> None:
    ours = make_organization()
    member(ours)
    tell(ours)
    (mail,) = _claim(NOW, 10)  # and the worker dies, after the call or before
    mail.provider.send(outgoing_of(mail, NOW))
    lease = timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    tell(ours)  # meanwhile it happens again
    assert send_alerts(now=NOW + lease - timedelta(seconds=1), limit=10) == 0
    assert send_alerts(now=NOW + lease, limit=10) == 1
    assert (len(office.calls), len(office.accepted())) == (2, 1)
    delivery = AlertDelivery.objects.get()
    assert (delivery.attempts, delivery.due_at, delivery.sent_at is not None) == (2, None, True)


@pytest.mark.parametrize("fault", ["429", "500", "drop", "accept_then_drop"])
def test_what_fails_for_a_moment_is_tried_again(office: FakeResend, fault: str) -> None:
    ours = make_organization()
    member(ours)
    tell(ours)
    office.faults.append(fault)
    send()
    assert AlertDelivery.objects.get().sent_at is None
    send(until=NOW + timedelta(seconds=30))
    assert AlertDelivery.objects.get().sent_at is not None
    assert len(office.accepted()) == 1
    assert Notification.objects.count() == 1


@pytest.mark.parametrize(("fault", "calls"), [("500", 3), ("refuse:422:validation_error", 1)])
def test_what_cannot_be_sent_ends_with_its_error_and_is_told_inside_only(
    office: FakeResend, slack: FakeSlack, fault: str, calls: int
) -> None:
    ours = make_organization()
    member(ours, "info")
    tell(ours, severity="info")
    office.faults.extend([fault] * calls)
    send(until=NOW + timedelta(minutes=5))
    delivery = AlertDelivery.objects.get()  # no other was planned
    assert (delivery.due_at, delivery.sent_at, len(office.calls)) == (None, None, calls)
    assert delivery.error.startswith(("500 internal", "422 validation"))
    told = Notification.objects.get(key="alerts/email")
    assert (told.severity, told.title) == ("warning", "Une alerte n'est pas partie par email")


def test_a_refused_account_keeps_the_alerts_and_says_so_once(office: FakeResend) -> None:
    ours = make_organization()
    member(ours, "info")
    tell(ours)
    office.faults.extend(["refuse:401:invalid_api_key"] * 3)
    for minute in (0, 5, 16, 17, 32, 40):
        send(NOW + timedelta(minutes=minute))
    assert (AlertDelivery.objects.count(), len(office.calls)) == (1, 3)
    told = Notification.objects.get(key="alerts/email")
    assert (told.count, told.title) == (3, "Les alertes par email attendent : le compte est refusé")
    send(NOW + timedelta(hours=1))
    assert len(office.accepted()) == 1


def test_without_a_sender_alerts_wait_and_a_site_may_lend_its_own(office: FakeResend, settings: Any) -> None:
    settings.FROM_EMAIL = ""
    ours = make_organization()
    member(ours)
    tell(ours)
    send()
    assert "FROM_EMAIL est vide" in AlertDelivery.objects.get().error
    make_contact().site.__class__.objects.update(organization=ours)
    send(NOW + timedelta(minutes=16))
    assert office.accepted()[0]["from"] == '"BerinIA" <bonjour@plomberie-martin.example.com>'


def test_without_keys_nothing_pretends_to_have_been_sent() -> None:
    ours = make_organization()
    member(ours)
    tell(ours)
    send()
    assert AlertDelivery.objects.get().provider == "sandbox"


# --- in Slack ---


def said(slack: FakeSlack) -> list[str]:
    """What Slack was told, whole."""
    return [json.dumps(message, ensure_ascii=False) for message in slack.accepted()]


def test_slack_reads_neither_names_nor_numbers(slack: FakeSlack, settings: Any) -> None:
    settings.PUBLIC_URL = "https://app.example.com"
    contact = make_contact(name="Zoé Durand", email="zoe@example.com", phone="+33612345678")
    event = make_event(contact=contact, data={"adresse": "12 rue Secrète"})
    text = (
        "Urgence : {{ contact.nom }}, {{ contact.prenom }}, {{ contact.telephone }}, {{ contact.email }}, "
        "{{ event.adresse | default('?') }}"
    )
    alert = Alert(
        contact.organization_id, "k", "warning", text, "appelez Zoé", "/admin/x/", contact.pk, event.pk, contact.site_id
    )
    notify([alert], NOW)
    assert "Zoé Durand" in Notification.objects.get().title
    assert "12 rue Secrète" in Notification.objects.get().title
    send()
    (payload,) = said(slack)
    assert "Avertissement : Urgence : un contact, un contact, …, …, ?" in payload
    for secret in ("Zoé", "Durand", "zoe@", "06 12", "+336", "Secrète"):
        assert secret not in payload
    assert "https://app.example.com/admin/x/" in payload
    assert "Plomberie Martin" in payload


def test_addresses_in_any_title_are_hidden_from_slack(slack: FakeSlack) -> None:
    ours = make_organization()
    tell(ours, title="Import refusé : zoe@example.com, 06 12 34 56 78")
    send()
    (payload,) = said(slack)
    assert "z…@example.com" in payload
    assert "34 56" not in payload


def test_slack_is_given_one_message_a_second_and_a_summary_of_the_rest(slack: FakeSlack, settings: Any) -> None:
    settings.ALERTS_PER_HOUR = 2
    ours = make_organization(name="Martin")
    for n in range(5):
        tell(ours, f"k{n}", "warning")
    assert send_alerts(now=NOW, limit=10) == 1
    assert send_alerts(now=NOW + timedelta(milliseconds=500), limit=10) == 0
    assert send_alerts(now=NOW + timedelta(seconds=1), limit=10) == 1
    assert send_alerts(now=NOW + timedelta(minutes=1), limit=10) == 0
    assert send_alerts(now=NOW + timedelta(hours=1), limit=10) == 1
    payload = said(slack)[-1]
    assert len(slack.accepted()) == 3
    assert "3 autres alertes : 3 avertissements" in payload
    assert "• avertissement : Alerte k4 (Martin)" in payload


@pytest.mark.parametrize("fault", ["429", "500", "drop", "hang"])
def test_slack_is_asked_again_and_an_email_does_not_wait_for_it(
    slack: FakeSlack, office: FakeResend, settings: Any, fault: str
) -> None:
    if fault == "hang":
        settings.DELIVERY_TIMEOUT_SECONDS = 1.0
    ours = make_organization()
    member(ours)
    tell(ours)
    slack.faults.append(fault)
    send()
    assert (len(slack.accepted()), len(office.accepted())) == (0, 1)
    send(until=NOW + timedelta(seconds=30))
    assert (len(slack.accepted()), len(office.accepted())) == (1, 1)


def test_a_long_digest_is_one_that_slack_takes(slack: FakeSlack, settings: Any) -> None:
    settings.ALERTS_PER_HOUR = 1
    ours = make_organization(name="N" * 200)
    notify([Alert(ours.pk, f"k{n}", "error", "<&" * 100) for n in range(60)], NOW)
    send()
    send(NOW + timedelta(hours=1))
    assert len(slack.accepted()) == 2
    assert "… et 34 de plus" in said(slack)[-1]


def test_when_slack_is_taken_away_its_alerts_end(slack: FakeSlack, settings: Any) -> None:
    tell(make_organization())
    settings.SLACK_WEBHOOK = ""
    send()
    assert AlertDelivery.objects.get().due_at is None
