"""What did not go out goes out again because a person says so, as the same message."""

from datetime import timedelta

import pytest

from communications.control import replay
from communications.deliver import deliver_batch
from communications.models import Message
from tests.make import NOW, make_contact, make_message

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=30)


@pytest.mark.parametrize("status", ["failed", "unknown", "suppressed"])
def test_it_is_queued_now_for_another_day(status):
    message = make_message(status=status, reason="trop_tard", detail="d", attempts=3, due_at=None)
    assert replay([message.pk], LATER) == 1
    message.refresh_from_db()
    assert (message.status, message.reason, message.detail, message.attempts) == ("queued", "", "", 0)
    assert (message.due_at, message.useful_until) == (LATER, LATER + timedelta(hours=24))


@pytest.mark.parametrize(
    "status", ["queued", "held", "sending", "sent", "delivered", "opened", "bounced", "complained"]
)
def test_what_is_under_way_or_went_out_stays(status):
    message = make_message(status=status)
    assert replay([message.pk], LATER) == 0
    message.refresh_from_db()
    assert (message.status, message.due_at) == (status, NOW)


def test_a_second_click_changes_nothing():
    message = make_message(status="failed")
    assert (replay([message.pk], NOW), replay([message.pk], NOW)) == (1, 0)


def test_what_was_handed_over_keeps_its_bytes_and_its_key(db):
    message = make_message(status="unknown", payload={"text": "Bonjour"}, calls=1, attempts=1, first_attempt_at=NOW)
    replay([message.pk], NOW + timedelta(hours=1))
    message.refresh_from_db()
    assert (message.payload, message.first_attempt_at, message.created_at) == ({"text": "Bonjour"}, NOW, NOW)


def test_a_key_that_the_provider_has_forgotten_begins_a_new_life_and_the_bytes_stay():
    message = make_message(status="unknown", payload={"text": "Bonjour"}, calls=1, first_attempt_at=NOW)
    replay([message.pk], LATER)
    Message.objects.filter(pk=message.pk).update(status="failed")
    replay([message.pk], LATER)
    message.refresh_from_db()
    assert (message.payload, message.first_attempt_at) == ({"text": "Bonjour"}, None)


def test_what_was_never_handed_over_is_written_anew():
    message = make_message(status="suppressed", payload={"text": "ancien"})
    replay([message.pk], LATER)
    message.refresh_from_db()
    assert message.payload is None


def test_a_contact_who_has_opted_out_is_still_not_written_to():
    message = make_message(contact=make_contact(opted_out_at=NOW), status="suppressed", reason="desinscrit")
    replay([message.pk], NOW)
    deliver_batch(now=NOW, limit=10)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("suppressed", "desinscrit")
