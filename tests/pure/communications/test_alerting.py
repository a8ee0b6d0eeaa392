"""Everybody hears of what they asked for, each alert in one message, and never more messages than the limit."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.alerting import (
    SEVERITIES,
    SPACING,
    Member,
    News,
    Recent,
    Send,
    Wait,
    Waiting,
    next_message,
    pause_after,
    rank,
    reaches,
    tellings,
)
from communications.faults import Fault
from tests.make import NOW

HOUR = timedelta(hours=1)
SEVERITY = st.sampled_from(SEVERITIES)


def waiting(id: int, severity: str = "error", since: datetime = NOW) -> Waiting:
    return Waiting(id, severity, since)


# --- who ---


def test_who_is_told_of_what_by_which_means() -> None:
    news = [News(1, 10, "error"), News(2, 10, "info"), News(3, 20, "warning")]
    members = [Member(10, 5, "error"), Member(10, 6, "info"), Member(10, 7, ""), Member(20, 5, "warning")]
    told = [(t.news.id, t.medium, t.user_id) for t in tellings(news, members, "warning")]
    assert told == [
        (1, "slack", None), (3, "slack", None), (1, "email", 5), (1, "email", 6), (2, "email", 6), (3, "email", 5),
    ]  # fmt: skip
    assert all(t.medium == "email" for t in tellings(news, members, ""))


@given(severity=SEVERITY, threshold=SEVERITY)
def test_who_asks_for_less_hears_of_what_is_worse(severity: str, threshold: str) -> None:
    assert reaches("error", threshold)
    assert reaches(severity, "info")
    assert not reaches(severity, "")
    assert reaches(severity, threshold) == (rank(severity) >= rank(threshold))


# --- how often ---


def test_the_most_severe_goes_first_alone() -> None:
    found = next_message([waiting(1, "info"), waiting(2), waiting(3)], Recent(), NOW, limit=20)
    assert found == Send((2,))


def test_what_is_over_the_limit_waits_for_the_next_hour_and_is_summed_up() -> None:
    rest = [waiting(1, "info"), waiting(2, "error"), waiting(3, "warning")]
    assert next_message(rest, Recent(20, NOW - HOUR / 4), NOW + HOUR / 2, limit=20) == Wait(NOW + HOUR)
    new = waiting(4, since=NOW + HOUR)
    assert next_message([*rest, new], Recent(0), NOW + HOUR, limit=20) == Send((2, 3, 1))


def test_slack_is_given_a_message_a_second() -> None:
    assert next_message([waiting(1)], Recent(1, NOW), NOW + SPACING / 2, limit=20) == Wait(NOW + SPACING)
    assert next_message([waiting(1)], Recent(1, NOW), NOW + SPACING, limit=20) == Send((1,))


def test_behind_a_message_that_is_stuck_the_others_wait() -> None:
    found = next_message([waiting(1)], Recent(1, NOW, stuck_until=NOW + HOUR), NOW + HOUR / 4, limit=20)
    assert isinstance(found, Wait)
    assert NOW + HOUR / 4 < found.until < NOW + HOUR


@given(
    limit=st.integers(1, 5),
    alerts=st.lists(st.tuples(st.integers(0, 4 * 3600), SEVERITY), max_size=60),
)
def test_every_alert_is_in_one_message_and_no_hour_has_more_than_the_limit(
    limit: int, alerts: list[tuple[int, str]]
) -> None:
    """Lives through some hours as the act does, looking every now and then."""
    arriving = [Waiting(n, s, NOW + timedelta(seconds=at)) for n, (at, s) in enumerate(sorted(alerts))]
    due = {one.id: one.since for one in arriving}
    sent: list[tuple[datetime, tuple[int, ...]]] = []
    now = NOW
    while due:
        here = [one for one in arriving if one.id in due and due[one.id] <= now]
        hour = now.replace(minute=0, second=0)
        recent = Recent(sum(at >= hour for at, _ids in sent), sent[-1][0] if sent else None)
        match next_message(here, recent, now, limit) if here else None:
            case Send(ids):
                sent.append((now, ids))
                for id in ids:
                    del due[id]
            case Wait(until):
                assert until > now  # nothing goes round in circles
                due |= {one.id: until for one in here}
            case None:
                now = min(due.values())
    told = [id for _at, ids in sent for id in ids]
    assert sorted(told) == [one.id for one in arriving]
    per_hour = Counter(at.replace(minute=0, second=0) for at, _ids in sent)
    assert all(count <= limit for count in per_hour.values())
    for at, ids in sent:  # nobody waits longer than to the beginning of the next hour, but for the messages before
        levels = [rank(arriving[id].severity) for id in ids]
        assert levels == sorted(levels, reverse=True)
        assert all(at - arriving[id].since <= HOUR + timedelta(minutes=1) for id in ids)


# --- again ---


@pytest.mark.parametrize(
    ("fault", "attempts", "minutes", "pause"),
    [
        (Fault.PACE, 1, 0, timedelta(seconds=5)),
        (Fault.PACE, 1, 2, timedelta(minutes=2)),
        (Fault.PACE, 1, 300, timedelta(minutes=10)),
        (Fault.ACCOUNT, 1, 0, timedelta(minutes=15)),
        (Fault.UNKNOWN, 1, 0, timedelta(seconds=10)),
        (Fault.UNKNOWN, 2, 1, timedelta(minutes=1)),
        (Fault.UNKNOWN, 3, 2, None),
        (Fault.MESSAGE, 1, 0, None),
        (Fault.ADDRESS, 1, 0, None),
        (Fault.OPT_OUT, 1, 0, None),
        (Fault.CONFLICT, 1, 0, None),
        (Fault.PACE, 1, 24 * 60, None),
        (Fault.ACCOUNT, 1, 24 * 60, None),
    ],
)
def test_what_did_not_go_out_is_tried_again_or_not(
    fault: Fault, attempts: int, minutes: int, pause: timedelta | None
) -> None:
    assert pause_after(fault, attempts, NOW, NOW + timedelta(minutes=minutes)) == pause


def test_a_provider_that_says_when_is_heard() -> None:
    assert pause_after(Fault.PACE, 1, NOW, NOW, timedelta(seconds=90)) == timedelta(seconds=90)
    assert pause_after(Fault.ACCOUNT, 1, NOW, NOW, timedelta(hours=2)) == timedelta(hours=2)
