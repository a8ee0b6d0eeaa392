"""The texts of erased people go from Twilio's records, too, however often that fails at first."""

from datetime import timedelta

import pytest

from communications.models import Redaction
from communications.providers import Draft, Outgoing, provider_for
from communications.redact import queue_redactions, redact_batch
from communications.tasks import redact_provider_copies
from tests.make import NOW

pytestmark = pytest.mark.django_db


def sent(text="Bonjour Jean"):
    provider = provider_for("sms")
    draft = Draft(1, 1, "+33612345678", "PlombMartin", text=text, channel="sms")
    return provider.send(Outgoing("k", 1, provider.payload(draft), NOW)).id


def test_a_text_is_emptied_once_and_only_its_id_was_kept(twilio):
    sids = [sent(), sent("Un autre")]
    assert queue_redactions([sids[0], "re_123", ""], NOW) == 1
    assert redact_batch(now=NOW, limit=10) == 1
    assert {m["sid"]: m["body"] for m in twilio.accepted()} == {sids[0]: "", sids[1]: "Un autre"}
    row = Redaction.objects.get()
    assert (row.provider, row.provider_id, row.due_at, row.done_at) == ("twilio", sids[0], None, NOW)
    assert redact_batch(now=NOW + timedelta(days=9), limit=10) == 0


def test_the_same_id_is_queued_once(twilio):
    sid = sent()
    queue_redactions([sid, sid], NOW)
    queue_redactions([sid], NOW)
    assert Redaction.objects.count() == 1


@pytest.mark.parametrize("fault", ["500", "429", "drop", "refuse:400:20009"])
def test_what_fails_is_tried_again_later_and_later(twilio, fault):
    sid = sent()
    queue_redactions([sid], NOW)
    twilio.faults.extend([fault, fault])
    assert redact_batch(now=NOW, limit=10) == 1
    first = Redaction.objects.get()
    assert (first.attempts, first.done_at, first.due_at) == (1, None, NOW + timedelta(minutes=1))
    assert redact_batch(now=NOW, limit=10) == 0
    redact_batch(now=first.due_at, limit=10)
    second = Redaction.objects.get()
    assert second.due_at - first.due_at == timedelta(minutes=4)
    redact_batch(now=second.due_at, limit=10)
    assert Redaction.objects.get().done_at == second.due_at
    assert twilio.accepted()[0]["body"] == ""


def test_what_is_no_longer_there_is_done(twilio):
    queue_redactions(["SM" + "0" * 32], NOW)
    redact_batch(now=NOW, limit=10)
    assert Redaction.objects.get().done_at == NOW


def test_without_an_account_it_waits(settings):
    settings.TWILIO_ACCOUNT_SID = ""
    queue_redactions(["SM" + "0" * 32], NOW)
    redact_batch(now=NOW, limit=10)
    assert Redaction.objects.get().due_at > NOW


def test_pauses_end_at_a_day(settings):
    queue_redactions(["SM" + "0" * 32], NOW)
    Redaction.objects.update(attempts=31_999)
    redact_batch(now=NOW, limit=10)
    assert Redaction.objects.get().due_at == NOW + timedelta(days=1)


def test_the_task_empties_all_that_is_due(twilio):
    queue_redactions([sent() for _n in range(3)], NOW)
    redact_provider_copies()
    assert {m["body"] for m in twilio.accepted()} == {""}
