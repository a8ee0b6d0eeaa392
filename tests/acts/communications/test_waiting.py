"""A message that is due and does not go out says what it waits for."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Platform
from communications import gate
from communications.models import Brake, Message
from communications.providers import provider_for
from communications.waiting import reason_of
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_execution, make_message
from workflows.models import Workflow

pytestmark = pytest.mark.django_db


@pytest.fixture
def message() -> Message:
    return make_message(execution=make_execution())


def said(message: Message) -> str:
    return reason_of(message, NOW).why


def test_it_waits_for_its_turn(message: Message) -> None:
    assert said(message) == "Il est prêt à partir et attend son tour."


def test_it_waits_for_the_emergency_stop(message: Message) -> None:
    Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})
    assert said(message) == "L'arrêt d'urgence est donné : rien ne part."


@pytest.mark.parametrize("who", ["organization", "site", "workflow", "brake"])
def test_it_waits_for_a_pause(message: Message, who: str) -> None:
    if who == "workflow":
        Workflow.objects.filter(pk=message.workflow_id).update(status="en_pause")
    elif who == "brake":
        Brake.objects.create(
            organization=message.organization, workflow_id=message.workflow_id, channel="sms", reason="x", since=NOW
        )
    else:
        owner: Any = getattr(message, who)
        type(owner).objects.filter(pk=owner.pk).update(is_paused=True)
    assert "en pause" in said(message)


def test_it_waits_for_its_provider(message: Message, twilio: FakeTwilio) -> None:
    gate.pause(provider_for("sms"), timedelta(seconds=90))
    assert "Le fournisseur (twilio) ne répond pas ou a demandé d'attendre : nouvel essai dans 1 min" in said(message)
    gate.report(provider_for("email"), 0, 0)
    other = make_message(execution=make_execution(), channel="email")
    assert said(other) == "Il est prêt à partir et attend son tour."


def test_what_waits_for_itself_says_so(message: Message) -> None:
    message.reason, message.due_at = "hors_horaires", NOW + timedelta(hours=2)
    assert "ni la nuit" in said(message)
