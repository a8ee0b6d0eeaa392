"""Who hears of what by email is up to each person, and how an alert was told is shown with it."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Organization, User
from communications.alert import send_alerts
from communications.alert_texts import stop_url
from communications.models import AlertDelivery, Notification, NotificationPreference
from communications.notify import Alert, notify
from tests.acts.admin.conftest import signed_in
from tests.fakes.resend import FakeResend
from tests.make import NOW, make_organization

pytestmark = pytest.mark.django_db
PREFERENCES = "/admin/communications/notification/preferences/"


def person() -> User:
    return User.objects.latest("pk")


def chosen(user: User) -> dict[int, str]:
    rows = NotificationPreference.objects.filter(user=user)
    return dict(rows.values_list("organization_id", "email_from"))


def alert(organization: Organization, severity: str = "error") -> Notification:
    notify([Alert(organization.pk, "k", severity, "Un message a échoué", "", "/admin/")], NOW)
    return Notification.objects.get()


def test_a_person_chooses_per_organization_and_only_their_own() -> None:
    ours, second, theirs = (make_organization(name=name) for name in ("Nous", "Aussi", "Eux"))
    client = signed_in(ours, email="zoe@example.com")
    user = person()
    Membership.objects.create(user=user, organization=second, role="reader")
    page = client.get(PREFERENCES).content.decode()
    assert "Nous" in page
    assert "Aussi" in page
    assert "Eux" not in page
    assert "zoe@example.com" in page
    assert page.count('<option value="error" selected>') == 2  # what holds for who has not chosen
    sent = {f"organisation_{ours.pk}": "", f"organisation_{second.pk}": "info", f"organisation_{theirs.pk}": "info"}
    assert client.post(PREFERENCES, sent).status_code == 302
    assert chosen(user) == {ours.pk: "", second.pk: "info"}
    assert '<option value="info" selected>' in client.get(PREFERENCES).content.decode()
    client.post(PREFERENCES, {f"organisation_{ours.pk}": "warning", f"organisation_{second.pk}": "jamais"})
    assert chosen(user) == {ours.pk: "", second.pk: "info"}  # a wrong choice changes nothing


def test_the_list_leads_to_the_preferences() -> None:
    client = signed_in(make_organization())
    assert PREFERENCES in client.get(reverse("admin:communications_notification_changelist")).content.decode()
    assert Client().get(PREFERENCES).status_code == 302


def test_who_is_no_member_has_nothing_to_choose_and_who_has_no_address_is_told(boss: Client) -> None:
    make_organization(name="Eux")
    page = boss.get(PREFERENCES).content.decode()
    assert "membre d" in page
    assert "Eux" not in page
    assert "adresse email" in signed_in(make_organization()).get(PREFERENCES).content.decode()


def test_an_alert_shows_who_was_told_and_how(resend: FakeResend, settings: Any) -> None:
    settings.FROM_EMAIL = "alertes@example.com"
    ours = make_organization()
    client = signed_in(ours, email="zoe@example.com")
    url = reverse("admin:communications_notification_change", args=[alert(ours).pk])
    assert "en attente" in client.get(url).content.decode()
    resend.faults.append("refuse:422:validation_error")
    send_alerts(now=NOW, limit=10)
    page = client.get(url).content.decode()
    assert "non envoyée" in page
    assert "422 validation_error" in page
    AlertDelivery.objects.update(sent_at=NOW, error="", provider="sandbox")
    assert "bac à sable" in client.get(url).content.decode()


def test_whatever_marks_alerts_as_read_is_in_the_audit_log() -> None:
    ours, theirs = make_organization(), make_organization()
    for n in range(4):
        notify([Alert(ours.pk, f"k{n}", "error", "Un message a échoué", "", "/admin/")], NOW)
    notify([Alert(theirs.pk, "k", "error", "Un message a échoué", "", "/admin/")], NOW)
    client = signed_in(ours, email="zoe@example.com")
    ids = sorted(Notification.objects.filter(organization=ours).values_list("pk", flat=True))
    client.post(reverse("admin:communications_notification_read", args=[ids[0]]))
    client.post(reverse("admin:communications_notification_read", args=[ids[0]]))  # it was read already
    client.post(reverse("admin:communications_notification_act", args=["lire"]), {"ids": str(ids[1])})
    client.post(reverse("admin:communications_notification_read_all"), {"jusque": "999999999"})
    entries = AuditEntry.objects.filter(target_kind="notification").order_by("pk")
    assert [entry.details["notifications"] for entry in entries] == [[ids[0]], [ids[1]], ids[2:]]
    told = set(entries.values_list("organization", "actor", "action"))
    assert told == {(ours.pk, person().username, "notification.lire")}
    assert Notification.objects.get(organization=theirs).read_at is None


def test_one_click_stops_the_emails_of_the_organizations_that_the_mail_was_about() -> None:
    ours, second, theirs = make_organization(name="Nous"), make_organization(), make_organization()
    signed_in(ours, email="zoe@example.com")
    user = person()
    Membership.objects.create(user=user, organization=second)
    path = urlsplit(stop_url(user.pk, [ours.pk, theirs.pk])).path
    client = Client(enforce_csrf_checks=True)
    asked = client.get(path)
    assert "Nous" in asked.content.decode()
    assert chosen(user) == {}  # mail scanners follow links
    for _ in range(2):
        done = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert (done.status_code, chosen(user)) == (200, {ours.pk: ""})


@pytest.mark.parametrize("token", ["x", "WzEsMV0:x", ""])
def test_a_link_that_is_not_ours_stops_nothing(token: str) -> None:
    ours = make_organization()
    signed_in(ours)
    assert Client().post(f"/alertes/{token}").status_code == 404
    assert chosen(person()) == {}


def test_who_has_left_has_nothing_to_stop() -> None:
    ours = make_organization()
    signed_in(ours)
    path = urlsplit(stop_url(person().pk, [ours.pk])).path
    Membership.objects.all().delete()
    assert Client().post(path).status_code == 404
    assert chosen(person()) == {}
