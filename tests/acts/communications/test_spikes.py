"""Unusually many contacts who leave in a day are told to their organization, once a day."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Site
from communications import spikes
from communications.models import Notification
from communications.models.reach import Reached, count_reached
from communications.thresholds import is_spike
from crm.models.metric import hour_of
from tests.make import NOW, make_contact, make_site

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def left(site: Site, number: int, at: Any = NOW - HOUR) -> None:
    for n in range(number):
        make_contact(site=site, email=f"{n}-{at:%d%H}@example.com", opted_out_at=at)


def sent(site: Site, number: int, at: Any = NOW - HOUR) -> None:
    for channel, name, value in (("sms", "sent", number - 1), ("email", "sent", 1), ("email", "opened", 9_999)):
        counter = Reached(site.organization_id, site.pk, 0, "accuse", "bonjour", channel, hour_of(at), name)
        count_reached({counter: value})


def test_an_organization_that_many_leave_is_told_once_a_day() -> None:
    site, other = make_site(), make_site()
    sent(site, 200)
    left(site, 5)
    sent(other, 300)
    left(other, 5)
    assert spikes.watch(NOW) == 1
    assert spikes.watch(NOW + HOUR) == 0
    alert = Notification.objects.get()
    assert alert.organization_id == site.organization_id
    assert (alert.title, alert.count) == ("5 désinscriptions en 24 h, pour 200 messages envoyés", 1)
    left(site, 6, NOW + 20 * HOUR)
    assert spikes.watch(NOW + 25 * HOUR) == 1


def test_what_was_left_or_sent_long_ago_does_not_count() -> None:
    site = make_site()
    left(site, 50, NOW - 30 * HOUR)
    assert spikes.watch(NOW) == 0
    left(site, 5)
    sent(site, 10_000, NOW - 30 * HOUR)
    assert spikes.watch(NOW) == 1


@pytest.mark.parametrize(
    ("opt_outs", "messages", "is_one"),
    [(4, 0, False), (5, 0, True), (5, 249, True), (5, 250, False), (6, 250, True), (200, 10_000, False)],
)
def test_the_threshold(opt_outs: int, messages: int, is_one: bool) -> None:
    assert is_spike(opt_outs, messages, least=5, rate=0.02) is is_one
