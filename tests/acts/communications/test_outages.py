"""A provider that is down is told to those whose messages wait for it, once, and settled when it works again."""

from datetime import timedelta

import pytest

from communications.models import Notification
from communications.outages import provider_down, provider_up
from tests.make import NOW, make_message

pytestmark = pytest.mark.django_db


def test_only_who_has_messages_waiting_on_it_is_told() -> None:
    waiting = make_message(channel="email")
    make_message(channel="email", contact=waiting.contact, step="autre")
    make_message(channel="sms")
    make_message(channel="email", status="sent", due_at=None)
    assert provider_down("resend", "503 cinq fois de suite", NOW) == 1
    alert = Notification.objects.get()
    assert (alert.organization_id, alert.severity, alert.key) == (waiting.organization_id, "error", "provider/resend")
    assert (alert.title, alert.body) == (
        "Resend ne prend plus nos messages : ils attendent", "503 cinq fois de suite",
    )  # fmt: skip


def test_it_is_counted_while_it_lasts_and_read_once_it_works() -> None:
    make_message(channel="email")
    for minute in range(3):
        provider_down("resend", "503", NOW + timedelta(minutes=minute))
    assert Notification.objects.get().count == 3
    assert provider_up("twilio", NOW) == 0
    assert provider_up("resend", NOW + timedelta(minutes=12)) == 1
    assert provider_up("resend", NOW + timedelta(minutes=13)) == 0
    alert = Notification.objects.get()
    assert alert.read_at == NOW + timedelta(minutes=12)
    assert alert.body == "503\nRétabli le 10/03 à 11:12 (heure de Paris) : les messages partent."
    provider_down("resend", "503", NOW + timedelta(hours=1))
    assert Notification.objects.filter(read_at=None).count() == 1
