"""Drainers of one queue give way to each other."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, User
from berinia import turns, wake
from communications.models import AlertDelivery, Message
from communications.notify import Alert, notify
from communications.tasks import deliver_due, receive_webhooks, send_alerts
from tests.fakes.twilio import FakeTwilio
from tests.make import make_contact, make_message, make_organization, make_site
from tests.signed import PUBLIC_URL, status
from workflows.deploy import deploy

pytestmark = pytest.mark.django_db(transaction=True)


def test_messages_without_end_let_calls_through(
    twilio: FakeTwilio, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DELIVERY_BATCH = 1
    monkeypatch.setattr(turns, "SHARED_SECONDS", 0.1)
    site = make_site()
    deploy(site, "plombier", now=timezone.now())
    for n in range(5):
        make_message(contact=make_contact(site=site), step=f"n{n}", useful_until=timezone.now() + timedelta(hours=1))
    twilio.faults.extend(["slow:0.08"] * 5)
    redis = wake.connected()
    redis.delete("delivery", wake._flag("delivery"))

    deliver_due()

    assert 1 <= Message.objects.filter(status="sent").count() < 5
    assert redis.llen("delivery") == 1  # woken again, behind what waits there


def test_an_alert_wakes_its_sender_outside_of_the_queue_of_messages(settings: Any) -> None:
    organization = make_organization()
    user = User.objects.create_user("zoe", email="zoe@example.com")
    Membership.objects.create(user=user, organization=organization)
    redis = wake.connected()
    redis.delete("default", "delivery", wake._flag("alerts"))
    notify([Alert(organization.pk, "k", "error", "Titre")], timezone.now())
    assert (redis.llen("default"), redis.llen("delivery")) == (1, 0)
    send_alerts()
    assert AlertDelivery.objects.get().sent_at is not None


def test_what_is_stored_is_applied_in_turns(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    message = make_message(status="sending", to="+33612345678")
    with FakeTwilio() as fake:
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = fake.account, fake.token
        for told in ("sent", "delivered"):
            status(message, told)
    redis = wake.connected()
    redis.delete("default", wake._flag("webhooks"))
    monkeypatch.setattr(turns, "SHARED_SECONDS", 0.0)
    receive_webhooks()
    assert redis.llen("default") == 1  # its time was up: woken again, behind what waits there
    monkeypatch.undo()
    receive_webhooks()
    message.refresh_from_db()
    assert message.status == "delivered"
    redis.delete("default", wake._flag("webhooks"))
