"""Conditions: what is not there makes them false, what is unknown is refused beforehand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workflows.conditions import ConditionError, compile_condition
from workflows.program import State


@pytest.mark.parametrize(
    ("source", "event", "answer"),
    [
        ("event.urgence in ['haute', 'oui']", {"urgence": "haute"}, True),
        ("event.urgence in ['haute', 'oui']", {"urgence": "basse"}, False),
        ("event.urgence == 'haute'", {}, False),
        ("double(event.note) >= 4.0", {"note": "5"}, True),
        ("double(event.note) >= 4.0", {"note": 4}, True),
        ("double(event.note) >= 4.0", {"note": "bien"}, False),
        ("event.note >= 4", {"note": "5"}, False),
        ("event.note", {"note": 1}, False),
        ("has(event.note) && event.note > 3", {"note": 4}, True),
    ],
)
def test_conditions(source: str, event: dict[str, Any], answer: bool) -> None:
    assert compile_condition(source).holds({"event": event}) is answer


@pytest.mark.parametrize(
    "source", ["", "event.", "foo == 1", "lancer(event)", "bool(event.x)", "__import__('os')", "event.x == 1; 2"]
)
def test_what_cannot_be_understood_is_refused(source: str) -> None:
    with pytest.raises(ConditionError):
        compile_condition(source)


@pytest.mark.parametrize("call", ["getHours('Europe/Paris')", 'getDayOfWeek("UTC")', "getMinutes( event.fuseau )"])
def test_a_zone_that_would_make_it_false_forever_is_refused(call: str) -> None:
    with pytest.raises(ConditionError, match=f"{call.partition('(')[0]} takes no zone"):
        compile_condition(f"now.{call} == 9")


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-03-28T16:59:00", True), ("2026-03-28T17:00:00", False),  # 17:59 and 18:00 in winter time
        ("2026-03-29T15:59:00", True), ("2026-03-29T16:00:00", False),  # the same, in summer time
    ],
)  # fmt: skip
def test_the_hours_of_now_are_those_of_the_contacts_clock_also_when_it_changes(at: str, holds: bool) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    facts = State("a", now, now, zone="Europe/Paris").facts(now)
    assert compile_condition("now.getHours() >= 8 && now.getHours() < 18").holds(facts) is holds
    assert compile_condition("now == execution.started_at && now - execution.started_at == duration('0s')").holds(facts)


def test_what_only_looks_like_a_zone_is_not_refused() -> None:
    assert compile_condition("event.x != '.getHours(x)' && now.getHours( ) == 9").names == {"event", "now"}


def test_a_misspelt_name_of_a_lead_is_refused_for_it_would_be_false_forever():
    assert compile_condition("contact.lead.score > 5 && event.x == 'contact.lead.note'").names == {"contact", "event"}
    with pytest.raises(ConditionError, match=r"unknown name 'contact.lead.quality'.*known: contact.lead.etape"):
        compile_condition("contact.lead.quality == 'CHAUD'")
    with pytest.raises(ConditionError, match=r"unknown name 'contact.lead.stage'"):
        compile_condition("contact . lead.stage == 'demo'")
