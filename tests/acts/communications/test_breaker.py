"""The circuit breaker as deliveries meet it: what opens it, who is told, what does not open it."""

from datetime import timedelta
from typing import Any

import pytest

from communications.deliver import deliver_batch
from communications.models import Message, Notification
from communications.providers import Fault, Refusal, provider_for
from communications.settle import Result, _in_a_row
from tests.acts.communications.test_gate import shift
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_contact, make_message, make_site
from workflows.deploy import deploy

WHEN = NOW + timedelta(minutes=1)


@pytest.fixture
def messages(db: None) -> list[Message]:
    site = make_site(details={"lien_avis": "https://avis.exemple.fr"})
    deploy(site, "plombier", now=NOW)
    return [make_message(contact=make_contact(site=site), step=f"n{n}") for n in range(8)]


def test_five_silences_open_it_operators_are_told_and_it_closes_by_itself(
    messages: list[Message], twilio: FakeTwilio, settings: Any
) -> None:
    twilio.faults.extend(["500"] * 5)
    for _ in range(5):
        deliver_batch(now=WHEN, limit=1)
    assert deliver_batch(now=WHEN, limit=1) == 0  # not even claimed
    assert Message.objects.filter(status="queued").count() == 3
    told = Notification.objects.get(key="provider/twilio")
    assert (told.read_at, told.title) == (None, "Twilio ne prend plus nos messages : ils attendent")
    shift(provider_for("sms"), 30)
    assert deliver_batch(now=WHEN, limit=8) == 1  # a probe
    assert deliver_batch(now=WHEN, limit=8) == 2
    told.refresh_from_db()
    assert told.read_at is not None


def test_refusals_are_answers(messages: list[Message], twilio: FakeTwilio) -> None:
    twilio.faults.extend(["refuse:400:21612"] * 6)
    for _ in range(6):
        deliver_batch(now=WHEN, limit=1)
    assert deliver_batch(now=WHEN, limit=8) == 2


class Call:
    def __init__(self, account: str) -> None:
        self.provider = type("Provider", (), {"account_key": account})()


def test_who_hangs_while_others_are_answered_is_no_row() -> None:
    """Five calls hang from 0 to 10 s; others began at 1 s and were answered: the provider lives."""
    call: Any = Call("hanging")
    silence = Refusal(Fault.UNKNOWN, code="ReadTimeout")
    answered = [Result(call, receipts=[], began=1.0, ended=1.1)]
    hung = [Result(call, refused=silence, began=0.0, ended=10.0 + n) for n in range(5)]
    assert _in_a_row([*answered, *hung]) == (0, 1)
    later = [Result(call, refused=silence, began=2.0, ended=20.0 + n) for n in range(5)]
    assert _in_a_row(later) == (5, 0)
