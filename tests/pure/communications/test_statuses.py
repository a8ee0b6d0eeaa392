"""Reports arrive in any order and more than once; what holds in the end is always the same."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.models.message import MessageStatus
from communications.statuses import FROM_RESEND, FROM_TWILIO, RANK, later

statuses = st.sampled_from(sorted(RANK))


@given(current=statuses, reports=st.lists(statuses, max_size=6), data=st.data())
def test_the_order_of_reports_does_not_matter(current: str, reports: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(reports))
    assert reduce(later, reports, current) == reduce(later, shuffled, current)


@given(current=statuses, reports=st.lists(statuses, max_size=6))
def test_a_report_twice_is_a_report_once(current: str, reports: list[str]) -> None:
    assert reduce(later, [*reports, *reports], current) == reduce(later, reports, current)


@given(current=statuses, report=st.text())
def test_what_nobody_knows_changes_nothing(current: str, report: str) -> None:
    assert later(current, report) == (report if report in RANK and RANK[report] > RANK[current] else current)


@pytest.mark.parametrize(
    ("current", "report", "result"),
    [
        ("sending", "sent", "sent"),
        ("unknown", "delivered", "delivered"),
        ("queued", "failed", "failed"),
        ("delivered", "sent", "delivered"),
        ("delivered", "failed", "delivered"),
        ("sent", "failed", "failed"),
        ("delivered", "bounced", "bounced"),  # a mailbox that took it and sent it back
        ("bounced", "opened", "opened"),
        ("clicked", "complained", "complained"),
        ("suppressed", "sent", "sent"),  # it had gone out before it was held back
    ],
)
def test_a_status_only_rises(current: str, report: str, result: str) -> None:
    assert later(current, report) == result


def test_every_status_has_a_rank_and_every_report_a_status() -> None:
    assert set(RANK) == set(MessageStatus.values)
    assert {*FROM_TWILIO.values(), *FROM_RESEND.values()} <= set(MessageStatus.values)
