"""The auditor of a bad day is audited: a faultless day has no finding, and each fault put into it is found."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos.mail_audit import Day, Taken, audit
from tests.chaos.mail_people import QUOTA

NOON = datetime(2026, 3, 10, 11, tzinfo=UTC)  # a Tuesday, noon in Paris
NIGHT = datetime(2026, 3, 10, 23, tzinfo=UTC)
TOMORROW = datetime.now(UTC) + timedelta(days=1)

DEFAULTS: dict[str, Any] = {
    "organization_id": 1, "organization": "demo", "channel": "sms", "category": "marketing", "status": "delivered",
    "reason": "", "detail": "", "due_at": None, "attempts": 1, "attempted_at": NOON, "provider_id": "",
    "phone": "+33612345678",
    "email": "p1@exemple.fr", "timezone": "Europe/Paris", "opted_out_at": None, "closed_at": None, "has_consent": True,
}  # fmt: skip


def message(pk: int, **changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**DEFAULTS, "id": pk, "contact_id": pk, "provider_id": f"SM{pk}"} | changes)


def taken(pk: int, at: datetime = NOON) -> Taken:
    return Taken(pk, f"SM{pk}", at, {})


def a_day() -> Day:
    """Three messages that went out, one that waits, one that was refused, one that nobody knows of."""
    rows = [
        message(1), message(2, channel="email", status="opened"), message(3, channel="whatsapp", status="opened"),
        message(4, status="queued", reason="hors_horaires", due_at=TOMORROW, provider_id=""),
        message(5, status="suppressed", reason="sans_consentement", provider_id="", has_consent=False),
        message(6, status="unknown", reason="unknown", provider_id=""),
    ]  # fmt: skip
    found: defaultdict[int, list[Taken]] = defaultdict(list, {pk: [taken(pk)] for pk in (1, 2, 3)})
    return Day(rows, found, lambda raw: ("email.sent", "email.delivered", "email.opened"))


def test_a_faultless_day_has_no_finding() -> None:
    assert audit(a_day()) == []


def test_what_nobody_knows_of_may_have_been_taken() -> None:
    day = a_day()
    day.taken[6] = [taken(6)]
    assert audit(day) == []


@pytest.mark.parametrize(
    ("pk", "changes", "what"),
    [
        (1, {"status": "sent"}, "should be delivered"),
        (1, {"status": "failed"}, "state that it should not be in"),
        (1, {"provider_id": "SM9"}, "another id"),
        (1, {"status": "queued", "reason": "hors_horaires", "due_at": TOMORROW}, "says that it waits"),
        (1, {"status": "suppressed", "reason": "desinscrit"}, "all the same taken"),
        (1, {"opted_out_at": NOON - timedelta(seconds=6)}, "opted out"),
        (1, {"closed_at": NOON - timedelta(seconds=6)}, "closed address"),
        (1, {"has_consent": False}, "without consent"),
        (1, {"timezone": "America/New_York"}, "outside its hours"),
        (2, {"status": "delivered"}, "should be opened"),
        (4, {"reason": ""}, "waits for nothing"),
        (4, {"due_at": NOON}, "waits for nothing"),
        (4, {"status": "sending"}, "state that it should not be in"),
        (5, {"reason": ""}, "without a reason"),
        (6, {"due_at": TOMORROW}, "nobody looks"),
        (6, {"attempts": 0}, "nobody looks"),
    ],
)
def test_a_wrong_row_is_found(pk: int, changes: dict[str, Any], what: str) -> None:
    day = a_day()
    day.messages = [message(m.id, **vars(m) | changes) if m.id == pk else m for m in day.messages]
    assert any(what in finding for finding in audit(day))


def test_what_the_provider_itself_held_back_is_known_to_us() -> None:
    changes = {"status": "failed", "reason": "resend_suppressed", "channel": "email", "closed_at": NOON}
    day = Day([message(1, **changes)], defaultdict(list, {1: [taken(1)]}), lambda raw: ())
    assert audit(day) == []
    day.messages = [message(1, **changes | {"closed_at": None})]
    assert any("know nothing of" in finding for finding in audit(day))


@pytest.mark.parametrize("what", ["opted_out_at", "closed_at"])
def test_what_was_not_committed_yet_when_a_message_was_claimed_holds_nothing_up(what: str) -> None:
    day = a_day()
    day.messages[0] = message(1, **{what: NOON - timedelta(milliseconds=52)})
    assert audit(day) == []


def test_what_was_taken_twice_is_found() -> None:
    day = a_day()
    day.taken[1].append(replace(taken(1), id="SM1b"))
    assert any("taken 2 times" in finding for finding in audit(day))


def test_what_was_never_taken_is_found() -> None:
    day = a_day()
    del day.taken[1]
    assert any("nobody took it" in finding for finding in audit(day))


def test_what_no_row_knows_of_is_found() -> None:
    day = a_day()
    day.taken[99] = [taken(99)]
    assert any("no row knows" in finding for finding in audit(day))


def test_what_reached_its_provider_at_night_is_found() -> None:
    day = a_day()
    day.taken[1] = [taken(1, NIGHT)]
    assert any("outside its hours" in finding for finding in audit(day))


@pytest.mark.parametrize(
    ("count", "changes", "what"),
    [
        (4, {"contact_id": 7}, "marketing messages to contact"),
        (QUOTA + 1, {"organization": "quota"}, f"may send {QUOTA}"),
    ],
)
def test_too_many_are_found(count: int, changes: dict[str, Any], what: str) -> None:
    rows = [message(pk, **changes) for pk in range(1, count + 1)]
    day = Day(rows, defaultdict(list, {row.id: [taken(row.id)] for row in rows}), lambda raw: ())
    assert any(what in finding for finding in audit(day))
    assert audit(Day(rows[:-1], defaultdict(list, {r.id: [taken(r.id)] for r in rows[:-1]}), lambda raw: ())) == []
