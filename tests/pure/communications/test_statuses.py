"""Reports in any order, any number of times, together or apart, leave one and the same message."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.statuses import (
    FROM_RESEND,
    FROM_TWILIO,
    INSTANTS,
    RANK,
    Report,
    Standing,
    about,
    fold,
    later,
    reached,
)

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
STATUSES = sorted({*FROM_RESEND.values(), *FROM_TWILIO.values()})


def make_report(status: str, minutes: int = 0, **changes: str) -> Report:
    fields = {"provider_id": "re_1"} | changes
    return Report(message_id=1, status=status, at=NOW + timedelta(minutes=minutes), **fields)


REPORTS = st.lists(
    st.builds(
        make_report,
        st.sampled_from(STATUSES),
        st.integers(0, 5),
        reason=st.sampled_from(["", "resend_bounced", "twilio_30003"]),
        detail=st.sampled_from(["", "boîte pleine"]),
        link=st.sampled_from(["", "https://a.fr"]),
    ),
    min_size=1,
    max_size=8,
)
BEFORE = st.sampled_from(
    [
        Standing("sending"),
        Standing("unknown", "unknown", "ReadTimeout"),
        Standing("queued", "pace"),
        Standing("sent", provider_id="re_1", sent_at=NOW - timedelta(minutes=1)),
        Standing("delivered", provider_id="re_1", sent_at=NOW, delivered_at=NOW + timedelta(minutes=2)),
        Standing("failed", "twilio_30003", provider_id="re_1", sent_at=NOW),
    ]
)


@given(BEFORE, REPORTS, st.data())
def test_any_order_and_any_repeats_end_in_the_same_row_and_the_same_counters(
    before: Standing, reports: list[Report], data: st.DataObject
) -> None:
    attempted_at = NOW - timedelta(minutes=2)
    once = fold(before, attempted_at, reports)
    repeats = data.draw(st.lists(st.sampled_from(reports), max_size=4))
    shuffled = data.draw(st.permutations([*reports, *repeats]))
    assert fold(before, attempted_at, shuffled) == once
    assert sorted(reached(before, once)) == sorted(reached(before, fold(before, attempted_at, shuffled)))


@given(BEFORE, REPORTS, st.data())
def test_reports_in_batches_come_to_the_same_as_all_at_once(
    before: Standing, reports: list[Report], data: st.DataObject
) -> None:
    attempted_at = NOW - timedelta(minutes=2)
    standing, counted = before, []
    for report in data.draw(st.permutations(reports)):
        after = fold(standing, attempted_at, [report])
        counted += [name for name in reached(standing, after) if name != "failed"]
        standing = after
    whole = fold(before, attempted_at, reports)
    assert standing == whole
    assert sorted(counted) == sorted(name for name in reached(before, whole) if name != "failed")


@given(BEFORE, REPORTS)
def test_a_report_proves_that_it_went_out_and_nothing_goes_back(before: Standing, reports: list[Report]) -> None:
    after = fold(before, None, reports)
    assert RANK[after.status] >= max(RANK["sent"], RANK[before.status])
    assert after.sent_at is not None
    for name in INSTANTS:
        told = [r.at for r in reports if r.status == name]
        assert (getattr(after, f"{name}_at") is not None) == bool(told or getattr(before, f"{name}_at"))


def test_the_first_instant_of_each_kind_is_kept() -> None:
    reports = [make_report("opened", 5), make_report("delivered", 3), make_report("opened", 4)]
    after = fold(Standing("sent", sent_at=NOW), None, reports)
    assert after == Standing(
        "opened", provider_id="re_1", sent_at=NOW,
        delivered_at=NOW + timedelta(minutes=3), opened_at=NOW + timedelta(minutes=4),
    )  # fmt: skip
    assert reached(Standing("sent", sent_at=NOW), after) == ["delivered", "opened"]


def test_a_failure_counts_when_it_is_where_the_message_ends() -> None:
    failed = fold(Standing("sent"), None, [make_report("failed", reason="twilio_30003")])
    assert (failed.status, failed.reason, reached(Standing("sent"), failed)) == ("failed", "twilio_30003", ["failed"])
    assert reached(failed, fold(failed, None, [make_report("failed"), make_report("sent")])) == []
    arrived = fold(Standing("sent"), None, [make_report("failed", reason="x"), make_report("delivered")])
    assert (arrived.status, arrived.reason, reached(Standing("sent"), arrived)) == ("delivered", "", ["delivered"])


def test_a_note_stays_until_the_message_has_arrived() -> None:
    noted = fold(Standing("sent"), None, [make_report("sent", detail="boîte pleine"), make_report("sent")])
    assert (noted.status, noted.detail) == ("sent", "boîte pleine")
    assert fold(noted, None, [make_report("delivered")]).detail == ""


def test_only_what_is_about_this_very_message_counts() -> None:
    mine, old, ours = make_report("sent"), make_report("failed", provider_id="re_0"), make_report("x", provider_id="")
    assert about("re_1", "", [mine, old]) == [mine]
    assert about("", "", [old]) == [old]  # nobody has answered yet: this tells the id
    assert about("re_1", "", [ours]) == []  # no status that is known here
    assert about("re_1", "", [make_report("opened", provider_id="")]) == [make_report("opened", provider_id="")]
    theirs = make_report("sent", to="autre@example.com")
    assert about("", "jean@example.com", [theirs]) == []
    assert about("", "autre@example.com", [theirs]) == [theirs]
    assert about("re_1", "jean@example.com", [theirs]) == [theirs]  # its id says enough, however the address is written


@pytest.mark.parametrize(("current", "incoming"), [("sent", "surprise"), ("surprise", "sent"), ("delivered", "sent")])
def test_what_is_unknown_or_late_changes_no_status(current: str, incoming: str) -> None:
    assert later(current, incoming) == current
