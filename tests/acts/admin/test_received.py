"""What providers sent: seen by superusers alone, and applied again where it could not be."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communications.models import ReceivedWebhook
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_message, make_organization

pytestmark = pytest.mark.django_db

LIST = "admin:communications_receivedwebhook_changelist"


def make_webhook(**changes: Any) -> ReceivedWebhook:
    number = ReceivedWebhook.objects.count()
    fields = {"provider": "twilio", "kind": "sms", "external_id": f"SM{number}", "body": {"Body": "<b>Oui</b>"}}
    return ReceivedWebhook.objects.create(**fields | {"received_at": NOW} | changes)


def change(row: ReceivedWebhook) -> str:
    return reverse("admin:communications_receivedwebhook_change", args=[row.pk])


def test_only_superusers_see_what_people_wrote(boss: Client) -> None:
    row = make_webhook()
    for role in ("owner", "operator"):
        member = signed_in(make_organization(), role)
        assert member.get(reverse(LIST)).status_code == 403
        assert member.get(change(row)).status_code in (302, 403)
        assert reverse(LIST) not in member.get(reverse("admin:index")).content.decode()
    text = boss.get(change(row)).content.decode()
    assert "&lt;b&gt;Oui" in text
    assert reverse(LIST) in boss.get(reverse("admin:index")).content.decode()


def test_they_are_listed_by_state(boss: Client) -> None:
    waiting = make_webhook(message_id=make_message().pk)
    failed = make_webhook(processed_at=NOW, error="aucun site")
    make_webhook(processed_at=NOW)
    for state, expected in (("en_attente", waiting), ("en_erreur", failed)):
        found = boss.get(reverse(LIST), {"etat": state}).context["cl"].result_list
        assert [row.pk for row in found] == [expected.pk]


def test_what_failed_is_applied_again_and_nothing_else(boss: Client) -> None:
    failed, fine = make_webhook(processed_at=NOW, error="aucun site", attempts=5), make_webhook(processed_at=NOW)
    asked = reverse("admin:communications_receivedwebhook_act", args=["reappliquer"])
    assert asked in boss.get(change(failed)).content.decode()
    assert asked not in boss.get(change(fine)).content.decode()
    boss.post(asked, {"ids": f"{failed.pk},{fine.pk}"})
    failed.refresh_from_db()
    fine.refresh_from_db()
    assert (failed.processed_at, failed.error, failed.attempts) == (None, "", 0)
    assert fine.processed_at == NOW
    assert signed_in(make_organization()).post(asked, {"ids": str(failed.pk)}).status_code == 403
