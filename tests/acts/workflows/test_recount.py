"""The recount tells where the counters of messages do not say what the messages say."""

from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from communications.models import Message, MessageMetric
from communications.models.reach import Moment, Reached, count_reached, reached
from crm.models.metric import Counted, count, hour_of
from tests.make import NOW, make_contact, make_execution, make_message
from workflows.erase import erase
from workflows.execute import execute_batch
from workflows.recount import INSTANTS, differences, explained

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def happened(message: Message, moment: Moment, at: datetime) -> None:
    """What delivery and webhooks do: the instant on the row, and the counter."""
    Message.objects.filter(pk=message.pk).update(**{INSTANTS[moment]: at})
    count_reached({reached(message, moment, at): 1})


@pytest.fixture
def busy() -> list[Message]:
    """Messages of two sites, with and without an execution, to which all sorts of things happened."""
    execution = make_execution()
    messages = [
        make_message(execution=execution, step=f"etape{n % 3}", run=n, template=f"plombier/m{n % 2}") for n in range(6)
    ]
    messages += [make_message(contact=make_contact(), step="", channel="email") for _n in range(4)]
    for n, message in enumerate(messages):
        for k, moment in enumerate(INSTANTS):
            if k <= n:
                happened(message, moment, NOW + n * 17 * timedelta(minutes=1) + k * HOUR)
    return messages


def run(*args: str) -> str:
    out = StringIO()
    call_command("recount_messages", *args, stdout=out)
    return out.getvalue()


def test_what_was_counted_once_each_is_right(busy: list[Message]) -> None:
    assert differences(NOW - HOUR) == []
    assert "disent ce que disent" in run("--check")


def test_in_any_slot_and_from_any_hour_on(busy: list[Message]) -> None:
    row = MessageMetric.objects.filter(name="sent").first()
    assert row is not None
    MessageMetric.objects.filter(pk=row.pk).update(value=row.value - 1)
    row.pk, row.slot, row.value = None, (row.slot + 1) % 16, 1
    row.save(force_insert=True)
    for hours in range(9):
        assert differences(NOW + hours * HOUR + timedelta(minutes=40)) == []


@pytest.mark.parametrize("moment", INSTANTS)
def test_one_too_many_and_one_too_few_are_found(busy: list[Message], moment: Moment) -> None:
    message = busy[8]
    at = NOW + 10 * HOUR
    count_reached({reached(message, moment, at): 2})
    (found,) = differences(NOW)
    assert (found.site_id, found.channel, found.name) == (message.site_id, message.channel, moment)
    assert (found.hour, found.there, found.counted) == (hour_of(at), 0, 2)
    with pytest.raises(CommandError, match="1 compteurs"):
        run("--check")
    assert f"{moment} : 0 en réalité, 2 comptés" in run()
    Message.objects.filter(pk=message.pk).update(**{INSTANTS[moment]: at})
    assert [(d.there, d.counted) for d in differences(at)] == [(1, 2)]
    assert differences(at + HOUR) == []


def test_conversions_are_those_that_workflows_counted() -> None:
    for n in range(3):
        make_execution(seen=["goal"], entry_key=str(n))
    execute_batch(now=NOW + HOUR, limit=10)
    assert differences(NOW) == []
    other = make_execution()
    owner = (other.organization_id, other.site_id, other.workflow_id)
    count({Counted(*owner, hour_of(NOW), "converted"): 1})
    (found,) = differences(NOW)
    assert (found.name, found.there, found.counted) == ("converted", 1, 0)
    count_reached(Counter({Reached(*owner, "", "", "", hour_of(NOW), "converted"): 1}))
    assert differences(NOW) == []


def test_from_a_day_on(busy: list[Message]) -> None:
    count_reached({reached(busy[0], Moment.SENT, NOW - timedelta(days=3)): 1})
    assert "1 comptés" in run("--since", "2026-03-07")
    assert "disent ce que disent" in run("--since", "2026-03-08", "--check")
    for wrong in ("hier", "2026-13-45"):
        with pytest.raises(CommandError, match="n'est pas une date"):
            run("--since", wrong)


def test_of_many_differences_the_first_are_printed() -> None:
    contact = make_contact()
    for n in range(60):
        make_message(contact=contact, sent_at=NOW + n * HOUR)
    said: Any = run().splitlines()
    assert (len(said), said[-1]) == (51, "… et 10 autres.")


def test_what_erased_people_were_sent_is_still_counted_and_no_mistake(busy: list[Message]) -> None:
    erase(busy[0].contact, "test", "à sa demande", NOW + timedelta(days=1))
    assert explained(differences(NOW - HOUR), NOW) == differences(NOW - HOUR) != []
    said = run("--check")
    assert "comptent aussi des messages ou des exécutions effacés" in said
    assert "disent ce que disent" in said
    count_reached({reached(busy[9], Moment.SENT, NOW + timedelta(days=2)): 1})  # after the erasure: a mistake
    with pytest.raises(CommandError):
        run("--check")


def test_a_message_that_was_not_counted_is_a_mistake_whoever_was_erased(busy: list[Message]) -> None:
    erase(busy[0].contact, "test", "à sa demande", NOW + timedelta(days=1))
    make_message(contact=busy[9].contact, sent_at=NOW)
    with pytest.raises(CommandError):
        run("--check")
