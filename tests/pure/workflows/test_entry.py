"""Who may come in, and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.entry import EntryRules, History, Refused, refuse

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
HOUR_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("rules", "history", "answer"),
    [
        (EntryRules(), History(), None),
        (EntryRules(), History(is_running=True), Refused.RUNNING),
        (EntryRules(), History(last_started_at=HOUR_AGO), None),
        (EntryRules(again_after=None), History(last_started_at=HOUR_AGO), Refused.ONCE_ONLY),
        (EntryRules(again_after=timedelta(hours=2)), History(last_started_at=HOUR_AGO), Refused.TOO_SOON),
        (EntryRules(again_after=timedelta(hours=1)), History(last_started_at=HOUR_AGO), None),
        (EntryRules(per_day=2), History(started_today=1), None),
        (EntryRules(per_day=2), History(started_today=2), Refused.DAILY_CAP),
    ],
)
def test_entry_rules(rules: EntryRules, history: History, answer: Refused | None) -> None:
    assert refuse(rules, history, NOW) is answer


def test_two_calls_are_two_runs() -> None:
    rules = EntryRules(key="appel_id")
    assert rules.key_of({"appel_id": "A1"}) != rules.key_of({"appel_id": "A2"})
    assert rules.key_of({"appel_id": 7}) == "7"
    assert rules.key_of({}) == EntryRules().key_of({"appel_id": "A1"}) == ""
