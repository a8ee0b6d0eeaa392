"""Drainers of one queue give way to each other."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from berinia import turns, wake
from communications.models import Message
from communications.tasks import deliver_due
from tests.fakes.twilio import FakeTwilio
from tests.make import make_contact, make_message, make_site
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
