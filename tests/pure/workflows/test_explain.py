"""What is told of an execution is what it then does: over the library and over definitions drawn at random."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.definitions import definitions
from workflows.advance import Passed, advance
from workflows.compile import compile_definition
from workflows.definition import Definition, parse
from workflows.deploy import sectors
from workflows.explain import Explanation, explain, forecast
from workflows.program import Outcome, Program, State, interrupts
from workflows.spoken import condition_in_words, instant_in_words

START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Paris
MINUTE = timedelta(minutes=1)
LIBRARY = [workflow.definition for sector in sectors().values() for workflow in sector.workflows]


def written(*steps: dict[str, Any], **parts: Any) -> Definition:
    return parse({"trigger": {"event": "demande"}, "steps": list(steps), **parts})


def at_first(definition: Definition, **facts: Any) -> tuple[Program, State]:
    """Return an execution that has come to its first rest."""
    program = compile_definition(definition, "plombier")
    state = State(program.first, START, START, START, **facts)
    return program, advance(program, state, START).state


def told(definition: Definition, now: datetime = START, **facts: Any) -> Explanation:
    return explain(definition, *at_first(definition, **facts), now)


# --- examples -----------------------------------------------------------------------------------------

URGENCE = {
    "goal": {"event": "avis_client", "where": "double(event.note) >= 4.0", "within": "2h"},
    "exits": ["intervention_annulee"],
}
WAITING: dict[str, Any] = {
    "id": "fin", "wait_for": {"event": "intervention_terminee", "timeout": "15m"},
    "then": [{"id": "merci", "send": "sms", "template": "urgence_terminee"}],
    "else": [{"id": "en_route", "send": "sms", "template": "urgence_en_route"}],
}  # fmt: skip


def test_it_says_where_it_stands_since_when_and_how_it_came_there() -> None:
    definition = written({"id": "pause", "wait": "15m"}, {"id": "un", "send": "sms", "template": "a"})
    program, state = at_first(definition)
    here = explain(definition, program, state, START, last=Passed("accuse", "send", "sms")).here
    assert here == (
        "Elle est depuis le 10 mars à 11:00 à l'étape « pause » (Attendre 15 minutes), après « accuse » (sms). "
        "Elle attend jusqu'au 10 mars à 11:15."
    )


def test_it_says_what_comes_next_and_when() -> None:
    found = told(written(WAITING, {"id": "pause", "wait": "1d"}, {"id": "avis", "send": "email", "template": "b"}))
    assert [(u.at - START, u.text) for u in found.next] == [
        (15 * MINUTE, "Étape « fin » (délai passé)"),
        (15 * MINUTE, "Envoyer un SMS « plombier/urgence_en_route »"),
        (15 * MINUTE + timedelta(days=1), "Envoyer un email « plombier/b »"),
        (15 * MINUTE + timedelta(days=1), "Fin : terminée"),
    ]


def test_a_long_way_is_told_by_its_first_steps_and_its_end() -> None:
    steps = [s for n in range(8) for s in ({"id": f"p{n}", "wait": "1h"}, {"id": f"n{n}", "notify": f"n° {n}"})]
    found = told(written(*steps))
    assert len(found.next) == 6
    assert (found.next[-1].at - START, found.next[-1].text) == (8 * timedelta(hours=1), "… puis fin : terminée")


def test_it_says_which_events_would_move_it_and_under_what_condition() -> None:
    moves = {mover.event: mover for mover in told(written(WAITING, **URGENCE)).moves}
    assert set(moves) == {"avis_client", "intervention_annulee", "desinscription", "intervention_terminee"}
    goal, awaited = moves["avis_client"], moves["intervention_terminee"]
    assert (goal.condition, goal.when) == ("double(event.note) >= 4.0", "note ≥ 4, avant le 10 mars à 13:00")
    assert goal.effect == "fin : terminée comme convertie ; retirer les messages qui ne sont pas encore partis"
    assert awaited.effect == (
        "elle passe « fin » (événement reçu), « merci » (SMS) ; envoyer un SMS « plombier/urgence_terminee » ; "
        "puis attend son but"
    )
    assert moves["desinscription"].effect.startswith("fin : arrêtée (desinscription)")


def test_an_event_that_another_step_awaits_does_not_move_it() -> None:
    definition = written({"id": "pause", "wait": "1h"}, WAITING)
    assert [mover.event for mover in told(definition).moves] == ["desinscription"]


def test_a_goal_whose_window_is_over_moves_nothing() -> None:
    definition = written({"id": "pause", "wait": "9h"}, **URGENCE)
    late = told(definition, START + timedelta(hours=3)).moves
    assert "avis_client" not in {mover.event for mover in late}


def test_an_event_about_another_entry_key_is_said_not_to_count() -> None:
    definition = written(WAITING, entry={"key": "appel_id"})
    program, state = at_first(definition)
    (_, awaited) = explain(definition, program, state, START, entry_key="A1").moves
    assert awaited.when == "appel_id = « A1 » ou absent"


def test_one_event_with_two_meanings_is_told_twice() -> None:
    reserve = {"id": "reserve", "wait_for": {"event": "avis_client", "where": "event.note < 4", "timeout": "1d"}}
    moves = [m for m in told(written(reserve, **URGENCE)).moves if m.event == "avis_client"]
    assert [m.when for m in moves] == ["note ≥ 4, avant le 10 mars à 13:00", "note < 4"]


def test_a_message_in_question_is_said_to_be_awaited() -> None:
    step = {"id": "sms", "send": "sms", "template": "a", "useful_for": "1h",
            "on_failure": [{"id": "tel", "task": "Appeler"}]}  # fmt: skip
    found = told(written(step))
    assert "(ce que devient : Envoyer un SMS, utile 1 heure)" in found.here
    assert "au plus tard" in found.here
    bad = next(m for m in found.moves if m.event == "message_echoue")
    assert bad.when == "pour l'étape « sms » de cette exécution"
    assert "tâche pour l'équipe : Appeler" in bad.effect


def test_what_is_yet_to_be_asked_is_taken_to_be_answered() -> None:
    """A call to come succeeds in the forecast, as in a simulation; one that has not answered yet does not."""
    call = {"id": "crm", "call": {"url": "https://crm.exemple.fr/", "timeout": "1h"}}
    coming = told(written({"id": "pause", "wait": "1h"}, call)).next
    assert [u.text for u in coming] == [
        "Appeler https://crm.exemple.fr/",
        "Étape « crm » (a répondu)",
        "Fin : terminée",
    ]
    asked = told(written(call)).next
    assert [u.text for u in asked] == ["Fin : échouée (appel_sans_reponse)"]


def test_a_late_message_is_said_to_be_passed_over() -> None:
    definition = written(
        {"id": "pause", "wait": "1h"}, {"id": "un", "send": "sms", "template": "a", "useful_for": "1h"}
    )
    late = told(definition, START + timedelta(hours=5)).next
    assert [u.text for u in late][:1] == ["Étape « un » (trop tard, non envoyé)"]
    assert late[0].at == START + timedelta(hours=5)


def test_what_is_over_has_nothing_to_come() -> None:
    definition = written({"id": "un", "stop": "assez"})
    program, state = at_first(definition)
    assert explain(definition, program, state, START) == Explanation(
        "Cette exécution est finie : arrêtée (assez).", (), ()
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("double(event.note) >= 4.0", "note ≥ 4"),
        ("event.urgence in ['haute', true]", "urgence parmi [« haute », oui]"),
        ("contact.email != '' && event.a == 1.5", "email du contact ≠ vide et a = 1,5"),
        ("size(event.x) > 3", "size(event.x) > 3"),
        ("now > timestamp('x')", "now > timestamp('x')"),
        ("!(event.x == 1)", "!(event.x == 1)"),
        (
            "contact.lead.qualite == 'CHAUD' && contact.champs.ville == 'Lyon'",
            "qualite du lead = « CHAUD » et champs ville du contact = « Lyon »",
        ),
    ],
)
def test_a_condition_in_words_or_as_it_is_written(source: str, words: str) -> None:
    assert condition_in_words(source) == words


def test_a_step_says_in_words_what_its_text_puts_in() -> None:
    urgent = "Urgence : {{ contact.nom | default('un client', true) }}, {{event.probleme}}"
    (step,) = written({"id": "equipe", "notify": urgent}).steps
    assert step.said() == "Prévenir l'équipe : Urgence : [nom du contact], [probleme]"


def test_an_instant_in_words() -> None:
    assert instant_in_words(datetime(2026, 4, 1, 7, 5, tzinfo=UTC), "Europe/Paris", START) == "1er avril à 9:05"
    assert instant_in_words(datetime(2027, 1, 2, 7, 5, tzinfo=UTC), "UTC", START) == "2 janvier 2027 à 7:05"


# --- properties ---------------------------------------------------------------------------------------

happenings = st.lists(st.tuples(st.sampled_from(["", "", *"abcdef"]), st.integers(0, 3 * 24 * 60)), max_size=6)


def lives(definition: Definition, story: list[tuple[str, int]], x: int) -> Iterator[tuple[Program, State, datetime]]:
    """Yield an execution as it is between two things that happen to it, awake or overdue."""
    program, now = compile_definition(definition, "plombier"), START
    state = State(
        program.first, START, START, START, event={"x": x}, contact={"etiquettes": []}, contact_id=x, workflow_id=7
    )
    keys = sorted({signal.key for signals in program.signals.values() for signal in signals})
    for name, minutes in story:
        yield program, state, now
        state = advance(program, state, now).state
        now += minutes * MINUTE
        if name and keys:
            state = state._replace(seen=state.seen | {keys[ord(name) % len(keys)]})
    yield program, state, now


def check(definition: Definition, program: Program, state: State, now: datetime) -> None:
    found = explain(definition, program, state, now, entry_key="D1")
    assert found.here
    if state.outcome is not None:
        assert (found.next, found.moves) == ((), ())
        return
    check_next(found, program, state, now)
    still = advance(program, state, now)
    for mover in found.moves:
        assert state.at in mover.keys or any(map(interrupts, mover.keys))  # routing wakes it
        moved = advance(program, state._replace(seen=state.seen | mover.keys), now)
        assert moved.passed or moved.state.outcome
        assert (moved.passed, moved.state.outcome) != (still.passed, still.state.outcome)
        assert mover.effect


def check_next(found: Explanation, program: Program, state: State, now: datetime) -> None:
    """Nothing is done before the first that is told, and at that instant it is done."""
    first, last = found.next[0], found.next[-1]
    assert now <= first.at <= last.at
    assert [u.at for u in found.next] == sorted(u.at for u in found.next)
    before = state
    for at, turn in forecast(program, state, now):
        if at >= first.at:
            break
        assert not turn.effects
        assert turn.state.outcome is None
        before = turn.state
    there = advance(program, before, first.at)
    assert there.passed or there.effects or there.state.outcome
    doing = [effect.said() for effect in there.effects]
    assert first.text.startswith(("Étape ", "Fin :")) or first.text == doing[0]
    assert "Fin :" in last.text or "fin :" in last.text


@given(definitions(), happenings, st.integers(0, 1))
def test_what_is_told_is_what_happens(definition: Definition, story: list[tuple[str, int]], x: int) -> None:
    for program, state, now in lives(definition, story, x):
        check(definition, program, state, now)


@given(st.sampled_from(LIBRARY), happenings, st.integers(0, 1))
def test_what_is_told_of_the_library_is_what_happens(
    definition: Definition, story: list[tuple[str, int]], x: int
) -> None:
    for program, state, now in lives(definition, story, x):
        check(definition, program, state, now)


@given(definitions(), st.sampled_from([1, 4, 5]), st.integers(0, 600))
def test_an_event_that_is_not_told_does_not_move_it(definition: Definition, note: int, minutes: int) -> None:
    program, state = at_first(definition)
    assume(state.outcome is None)
    now = START + minutes * MINUTE
    still = advance(program, state, now)
    moving = {frozenset(mover.keys) for mover in explain(definition, program, state, now).moves}
    for name in program.signals:
        keys = frozenset(program.signals_of(name, {"note": note}, occurred_at=now, started_at=START))
        wakes = (state.at in keys or any(map(interrupts, keys))) and not keys <= state.seen
        moved = advance(program, state._replace(seen=state.seen | keys), now)
        if wakes and (moved.passed, moved.state.outcome) != (still.passed, still.state.outcome):
            assert any(told_of & keys for told_of in moving)


def test_a_converted_execution_says_so() -> None:
    definition = LIBRARY[0]
    program, state = at_first(definition)
    over = state._replace(outcome=Outcome.CONVERTED, due_at=None)
    assert explain(definition, program, over, START).here == "Cette exécution est finie : terminée comme convertie."
