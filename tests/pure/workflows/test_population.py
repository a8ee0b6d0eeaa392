"""A crowd: as many as come, the same for the same seed, at the instants that one simulated alone has."""

import time as clock
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.definitions import definitions
from workflows.compile import compile_definition
from workflows.definition import Definition, parse
from workflows.deploy import sectors
from workflows.population import Chance, Crowd, Volume, populate, rush, usual_chances
from workflows.program import Outcome
from workflows.simulate import Scenario, simulate

DAY = date(2026, 3, 10)
OPENS = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)  # 9:00 in Paris
CONTACT = {"nom": "Jean", "email": "jean@exemple.fr", "telephone": "+33612345678", "etiquettes": [], "champs": {}}
MINUTE = timedelta(minutes=1)


def written(*steps: dict[str, Any], **parts: Any) -> Definition:
    return parse({"trigger": {"event": "demande"}, "steps": list(steps), **parts})


def caused(definition: Definition, size: int = 200, **changes: Any) -> Volume:
    return populate(compile_definition(definition, "plombier"), replace(Crowd(size, DAY, CONTACT), **changes))


SMS = {"id": "sms", "send": "sms", "template": "a"}
GOAL = {"event": "achat", "within": "2d", "target": 0.25}


@given(definitions(), st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0]))
def test_everybody_comes_to_an_end_and_a_seed_says_it_all(definition, seed, probability):
    chances = (*usual_chances(definition), Chance("avis", probability, timedelta(hours=3), {"note": 5}))
    changes: dict[str, Any] = {"size": 12, "seed": seed, "chances": chances}
    found = caused(definition, **changes)
    assert found == caused(definition, **changes)
    assert found.outcomes.total() == found.started == 12
    assert [sent.at for sent in found.sent] == sorted(sent.at for sent in found.sent)


def test_arrivals_are_spread_over_the_opening_hours():
    found = caused(written(SMS), 2_000)
    hours = Counter(sent.at.hour for sent in found.sent)
    assert sorted(hours) == list(range(8, 17))
    assert all(150 < n < 300 for n in hours.values())
    early = caused(written(SMS), opens=time(7), closes=time(8), zone="America/Guadeloupe")
    assert {sent.at.hour for sent in early.sent} == {11}


def test_the_goal_is_reached_as_often_as_hoped_for_and_as_told():
    definition = written(SMS, {"id": "p", "wait": "1d"}, goal=GOAL)
    assert usual_chances(definition) == (Chance("achat", 0.25, timedelta(days=2), keys=frozenset({"goal"})),)
    conversion = caused(definition, 2_000, chances=usual_chances(definition)).conversion
    assert conversion == pytest.approx(0.25, abs=0.03)
    assert caused(definition, chances=()).conversion == 0
    assert caused(definition, chances=(Chance("achat", 1, timedelta(hours=1)),)).conversion == 1
    assert usual_chances(written(SMS)) == ()
    assert usual_chances(written(SMS, goal={"event": "achat", "within": "1d"}))[0].probability == 0.3


def test_an_event_with_data_is_heard_only_where_its_condition_holds():
    wait = {"id": "rep", "wait_for": {"event": "avis", "where": "event.note >= 4", "timeout": "1d"}, "then": [SMS]}
    happy = caused(written(wait), chances=(Chance("avis", 1, timedelta(hours=2), {"note": 5}),))
    assert (len(happy.sent), happy.events["avis"]) == (200, 200)
    assert not caused(written(wait), chances=(Chance("avis", 1, timedelta(hours=2), {"note": 1}),)).sent


def test_a_daily_cap_keeps_the_rest_out():
    found = caused(written(SMS, entry={"per_day": 50}))
    assert (found.started, found.refused["plafond_du_jour"]) == (50, 150)


def test_who_has_no_address_is_counted_apart():
    found = caused(written(SMS), contact={**CONTACT, "telephone": ""})
    assert (found.sent, found.kept_back["sans_adresse"]) == ([], 200)


def test_one_of_a_crowd_lives_as_one_alone():
    definition = next(w.definition for w in sectors()["artisan"].workflows if w.slug == "devis-urgent")
    crowd = caused(definition, 1)
    alone = simulate(definition, "plombier", Scenario(crowd.sent[0].at, "x", CONTACT, contact_id=1))
    assert [(m.at, m.channel, m.template) for m in alone.messages] == [
        (m.at, m.channel, m.template) for m in crowd.sent
    ]  # fmt: skip


def test_a_rush_is_the_busiest_minute_and_the_longest_wait():
    same = [(OPENS, 1)] * 10
    found = rush([*same, (OPENS + MINUTE, 3)], per_second=2)
    assert (found.per_minute, found.at) == (10, OPENS)
    assert found.longest_wait == timedelta(seconds=4.5)
    assert rush([], 1).per_minute == 0
    spread = [(OPENS + n * MINUTE, 2) for n in range(5)]
    assert rush(spread, per_second=1).longest_wait == timedelta(0)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 3)), max_size=50), st.sampled_from([0.5, 1.0, 10.0]))
def test_a_faster_provider_never_makes_wait_longer(raw, pace):
    units = [(OPENS + timedelta(seconds=s), n) for s, n in sorted(raw)]
    assert rush(units, pace * 2).longest_wait <= rush(units, pace).longest_wait


def test_ten_thousand_take_seconds():
    definition = next(w.definition for w in sectors()["artisan"].workflows if w.slug == "devis-urgent")
    begun = clock.perf_counter()
    found = caused(definition, 10_000, chances=usual_chances(definition))
    print(f"10,000 contacts, {found.turns} turns, {len(found.sent)} messages in {clock.perf_counter() - begun:.1f} s")
    assert found.outcomes.total() == 10_000
    assert found.turns < 200_000
    assert set(found.outcomes) <= {Outcome.CONVERTED, Outcome.COMPLETED, Outcome.STOPPED}
