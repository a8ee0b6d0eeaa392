"""The bell on every page, and the one page of all notifications: found by kind, read one by one or all at once."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from communications.models import Notification
from communications.notify import Alert, notify
from tests.acts.admin.conftest import signed_in
from tests.make import make_organization

pytestmark = pytest.mark.django_db
LIST = "admin:communications_notification_changelist"


@pytest.fixture
def ours():
    return make_organization()


@pytest.fixture
def member(ours):
    return signed_in(ours, Role.READER)


def told(organization, *keys, severity="error"):
    now = timezone.now()
    notify([Alert(organization.pk, key, severity, f"À propos de {key}", "", "/admin/") for key in keys], now)


def ring(client):
    return client.get(reverse("admin:communications_notification_bell")).content.decode()


def test_the_bell_of_every_page_says_how_many_are_unread(member, ours):
    assert "Aucune notification non lue" in member.get(reverse("admin:index")).content.decode()
    told(ours, "provider/resend")
    assert "1 notification non lue" in member.get(reverse("admin:index")).content.decode()
    told(ours, "provider/twilio", "brake/1/sms")
    told(make_organization(), "provider/resend")
    assert 'aria-label="3 notifications non lues"' in ring(member)
    assert "<html" not in ring(member)


def test_more_than_a_bell_can_show_are_not_counted(member, ours):
    told(ours, *(f"event/{n}" for n in range(120)))
    assert "Plus de 99 notifications non lues" in ring(member)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("type=fournisseurs", {"provider/resend"}), ("type=workflows", {"execution-failed/4", "event/x"}),
        ("type=autres", {"nouveau/1"}), ("type=messages", {"unknown/3"}), ("type=zzz", None),
        ("severity__exact=info", set()),
    ],
)  # fmt: skip
def test_alerts_are_found_by_what_they_are_about(member, ours, query, keys):
    all_keys = ("provider/resend", "execution-failed/4", "event/x", "nouveau/1", "unknown/3")
    told(ours, *all_keys)
    page = member.get(f"{reverse(LIST)}?{query}", follow=True)
    assert {alert.key for alert in page.context["cl"].result_list} == (set(all_keys) if keys is None else keys)


def test_one_is_read_from_its_line_and_only_by_post(member, ours):
    told(ours, "provider/resend", "event/x")
    alert = Notification.objects.get(key="event/x")
    url = reverse("admin:communications_notification_read", args=[alert.pk])
    assert member.get(url).status_code == 405
    answer = member.post(url, headers={"Referer": f"http://testserver{reverse(LIST)}?type=workflows"})
    assert answer["Location"] == f"{reverse(LIST)}?type=workflows"
    assert list(Notification.objects.filter(read_at=None).values_list("key", flat=True)) == ["provider/resend"]


def test_nobody_leads_elsewhere(member, ours):
    told(ours, "event/x")
    url = reverse("admin:communications_notification_read_all")
    answer = member.post(url, {"jusque": "x"}, headers={"Referer": "https://ailleurs.example/?a=1"})
    assert answer["Location"] == reverse(LIST)


def test_all_are_read_but_not_what_came_since(member, ours):
    told(ours, "provider/resend", "event/x")
    theirs = make_organization()
    told(theirs, "event/x")
    page = member.get(reverse(LIST))
    assert "Tout marquer comme lu (2)" in page.content.decode()
    told(ours, "brake/1/sms")
    member.post(reverse("admin:communications_notification_read_all"), {"jusque": page.context["until"]})
    unread = Notification.objects.filter(read_at=None)
    assert set(unread.values_list("organization_id", "key")) == {(ours.pk, "brake/1/sms"), (theirs.pk, "event/x")}


def test_what_is_another_organizations_is_not_found(member):
    told(make_organization(), "event/x")
    alert = Notification.objects.get()
    assert member.post(reverse("admin:communications_notification_read", args=[alert.pk])).status_code == 404
    assert alert.title not in member.get(reverse(LIST)).content.decode()
    assert not Notification.objects.exclude(read_at=None).exists()
