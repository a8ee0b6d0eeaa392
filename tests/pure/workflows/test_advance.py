"""`advance` under random definitions and random interleavings of events, time and restarts."""

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.advance import Transition, UnknownStepError, advance
from workflows.compile import LAST, compile_definition
from workflows.definition import Definition, dump, parse
from workflows.program import GOAL, OUTCOME, Outcome, Program, RevokeMessages, State, step_of
from workflows.steps.agent import ANSWERED, FAILED, AskAgentStep
from workflows.steps.base import Defaults
from workflows.steps.send import SendMessage

START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
EVENTS = ["contact_etabli", "devis_accepte", "avis", "desinscription", "annule", "issue", "question", "echec"]


def compiled(*steps: dict[str, Any], **parts: Any) -> Program:
    return compile_definition(parse({"trigger": {"event": "demande"}, "steps": list(steps), **parts}), "plombier")


def begin(program: Program) -> State:
    return State(program.first, START, START, START)


def after(state: State) -> timedelta:
    assert state.due_at is not None
    return state.due_at - START


# --- examples -----------------------------------------------------------------------------------------


def test_a_step_that_waits_is_left_when_its_time_has_come() -> None:
    program = compiled({"id": "un", "send": "sms", "template": "a"}, {"id": "pause", "wait": "15m"},
                       {"id": "deux", "send": "sms", "template": "b"})  # fmt: skip
    first = advance(program, begin(program), START)
    assert [e.template for e in first.effects if isinstance(e, SendMessage)] == ["plombier/a"]
    assert after(first.state) == timedelta(minutes=15)
    early = advance(program, first.state, START + timedelta(minutes=14, seconds=59))
    assert early.passed == ()
    second = advance(program, first.state, START + timedelta(minutes=15))
    assert [p.step for p in second.passed] == ["pause", "deux"]
    assert second.state.outcome is Outcome.COMPLETED


def test_two_sends_in_one_turn_are_two_messages() -> None:
    program = compiled({"id": "un", "send": "sms", "template": "a"}, {"id": "deux", "send": "email", "template": "b"})
    effects = advance(program, begin(program), START).effects
    assert [(e.step, e.channel) for e in effects if isinstance(e, SendMessage)] == [("un", "sms"), ("deux", "email")]


def test_an_event_that_came_early_counts() -> None:
    program = compiled({"id": "reponse", "wait_for": {"event": "contact_etabli", "timeout": "1h"},
                        "then": [{"id": "bien", "stop": "joint"}],
                        "else": [{"id": "mal", "stop": "perdu"}]})  # fmt: skip
    early = begin(program)._replace(seen=frozenset({"reponse"}))
    assert advance(program, early, START).state.reason == "joint"
    resting = advance(program, begin(program), START).state
    assert advance(program, resting, START + timedelta(hours=1)).state.reason == "perdu"


def test_at_counts_from_the_start_and_wait_from_the_step() -> None:
    program = compiled({"id": "pause", "wait": "2h"}, {"id": "jour", "at": "24h"})
    resting = advance(program, begin(program), START).state
    resting = advance(program, resting, START + timedelta(hours=3)).state
    assert after(resting) == timedelta(hours=24)


def test_a_message_that_is_too_late_is_passed_over_with_a_record() -> None:
    program = compiled({"id": "un", "send": "sms", "template": "a", "useful_for": "30m"})
    late = advance(program, begin(program), START + timedelta(minutes=31))
    assert late.effects == ()
    assert [(p.step, p.detail) for p in late.passed] == [("un", "trop_tard")]


def test_only_if_passes_a_step_over() -> None:
    program = compiled({"id": "un", "send": "sms", "template": "a", "only_if": "contact.telephone != ''"})
    without = advance(program, begin(program)._replace(contact={"telephone": ""}), START)
    assert (without.effects, without.passed[0].detail) == ((), "ignoree")
    with_phone = advance(program, begin(program)._replace(contact={"telephone": "+33612345678"}), START)
    assert len(with_phone.effects) == 1


def test_both_branches_meet_again() -> None:
    program = compiled({"id": "test", "if": "event.urgence == 'haute'", "then": [{"id": "oui", "notify": "vite"}]},
                       {"id": "suite", "stop": "fini"})  # fmt: skip
    urgent = advance(program, begin(program)._replace(event={"urgence": "haute"}), START)
    calm = advance(program, begin(program)._replace(event={}), START)
    assert [p.step for p in urgent.passed] == ["test", "oui"]
    assert [p.step for p in calm.passed] == ["test"]
    assert urgent.state.reason == calm.state.reason == "fini"


def test_an_update_is_seen_by_the_steps_behind_it() -> None:
    program = compiled({"id": "marque", "update": {"tags": ["urgent"]}},
                       {"id": "test", "if": "'urgent' in contact.etiquettes",
                        "then": [{"id": "oui", "stop": "vu"}]})  # fmt: skip
    assert advance(program, begin(program), START).state.reason == "vu"


def test_the_goal_converts_wherever_the_execution_stands_and_takes_back_messages() -> None:
    program = compiled({"id": "pause", "wait": "1h"}, goal={"event": "devis_accepte", "within": "72h"})
    won = advance(program, begin(program)._replace(seen=frozenset({GOAL})), START)
    assert won.state.outcome is Outcome.CONVERTED
    assert won.effects == (RevokeMessages(GOAL),)
    assert won.passed == ()


def test_after_its_last_step_an_execution_waits_for_its_goal() -> None:
    program = compiled({"id": "un", "send": "sms", "template": "a"}, goal={"event": "devis_accepte", "within": "72h"})
    resting = advance(program, begin(program), START)
    assert (resting.state.at, after(resting.state)) == (LAST, timedelta(hours=72))
    assert advance(program, resting.state, START + timedelta(hours=72)).state.outcome is Outcome.COMPLETED


@pytest.mark.parametrize(("hours", "counts"), [(72, True), (73, False)])
def test_the_goal_counts_within_its_window_only(hours: int, counts: bool) -> None:
    program = compiled({"id": "un", "wait": "99h"}, goal={"event": "devis_accepte", "within": "72h"})
    at = START + timedelta(hours=hours)
    keys = list(program.signals_of("devis_accepte", {}, occurred_at=at, started_at=START))
    assert (GOAL in keys) is counts


def test_opting_out_always_stops() -> None:
    program = compiled({"id": "un", "wait": "1h"})
    keys = list(program.signals_of("desinscription", {}, occurred_at=START, started_at=START))
    stopped = advance(program, begin(program)._replace(seen=frozenset(keys)), START)
    assert (stopped.state.outcome, stopped.state.reason) == (Outcome.STOPPED, "desinscription")


def test_a_step_that_is_not_there_is_an_error() -> None:
    program = compiled({"id": "un", "wait": "1h"})
    with pytest.raises(UnknownStepError):
        advance(program, begin(program)._replace(at="ailleurs"), START)


# --- properties ---------------------------------------------------------------------------------------

durations = st.sampled_from(["0s", "1s", "5m", "2h", "3d"])


@st.composite
def step_lists(draw: st.DrawFn, depth: int = 2) -> list[dict[str, Any]]:
    return [draw(steps(depth)) for _ in range(draw(st.integers(1, 4)))]


@st.composite
def steps(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    plain: list[dict[str, Any]] = [
        {"send": draw(st.sampled_from(["sms", "email"])), "template": "a", "useful_for": "1w"},
        {"notify": "texte"},
        {"wait": draw(durations)},
        {"at": draw(durations)},
        {"update": {"tags": ["urgent"]}},
        {"stop": "fini"},
        {"until": draw(st.sampled_from(["9:00", "next weekday 9:00", "weekday 9:00-18:00", "sunday 2:30"]))},
        {"task": "rappeler", "due": "2h"},
        {"start": "autre"},
        {"call": {"url": "https://exemple.fr/x", "timeout": draw(durations)}},
    ]
    nested: list[dict[str, Any]] = []
    if depth:
        branches = {"then": draw(step_lists(depth - 1)), "else": draw(st.one_of(st.just([]), step_lists(depth - 1)))}
        nested = [
            {"wait_for": {"event": draw(st.sampled_from(EVENTS[:3])), "timeout": draw(durations)}, **branches},
            {"if": draw(st.sampled_from(["event.x == 1", "'urgent' in contact.etiquettes"])), **branches},
            {"split": [{"name": "a", "weight": 1, "steps": branches["then"]},
                       {"name": "b", "weight": draw(st.integers(0, 3)), "steps": branches["else"]}]},
            {"call": {"url": "https://exemple.fr/x", "timeout": "1h"}, "then": branches["then"],
             "on_failure": branches["else"]},
            {"send": "sms", "template": "a", "useful_for": "1w", "on_failure": branches["then"]},
        ]  # fmt: skip
    step = dict(draw(st.sampled_from(plain + nested * 2)))
    if draw(st.integers(0, 4)) == 0:
        step["only_if"] = "event.x == 1"
    return step


def numbered(raw: list[dict[str, Any]], prefix: str = "s") -> list[dict[str, Any]]:
    return [_numbered({**step, "id": f"{prefix}{n}"}) for n, step in enumerate(raw)]


def _numbered(step: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {
        name: numbered(step[name], step["id"] + name[0]) for name in ("then", "else", "on_failure") if name in step
    }
    if "split" in step:
        changed["split"] = [{**way, "steps": numbered(way["steps"], step["id"] + way["name"])} for way in step["split"]]
    return {**step, **changed}


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    goal = {"event": "devis_accepte", "within": draw(st.sampled_from(["1h", "2d"]))}
    return parse({
        "trigger": {"event": "demande"},
        "steps": numbered(draw(step_lists())),
        "exits": ["annule"],
        **({"goal": goal} if draw(st.booleans()) else {}),
    })  # fmt: skip


# What happens to an execution: an event, or time passes; `restart` is a worker that dies and another one.
happenings = st.lists(
    st.tuples(st.sampled_from([*EVENTS, "", "", "", "restart"]), st.integers(0, 4 * 24 * 60)), max_size=25
)


class Life:
    """One execution, lived through as the engine does: it is advanced when it is due, and not otherwise."""

    def __init__(self, definition: Definition, x: int) -> None:
        self.program = compile_definition(definition, "plombier")
        self.now = START
        self.state = begin(self.program)._replace(event={"x": x}, contact={"etiquettes": []})
        self.passed: list[str] = []
        self.sent: list[str] = []
        self.turns: list[Transition] = []
        self.turn()

    def turn(self) -> None:
        moved = advance(self.program, self.state, self.now)
        assert advance(self.program, self.state, self.now) == moved  # the same input, the same output
        repeated = advance(self.program, moved.state, self.now)
        assert (repeated.state, repeated.effects, repeated.passed) == (moved.state, (), ())
        self.turns.append(moved)
        self.passed += [p.step for p in moved.passed]
        self.sent += [e.step for e in moved.effects if isinstance(e, SendMessage)]
        self.state = moved.state

    def happen(self, event: str, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.wake()
        if event == "restart":
            facts = pickle.loads(pickle.dumps(self.state))
            assert advance(self.program, facts, self.now).state == advance(self.program, self.state, self.now).state
            # a turn that was rolled back leaves no trace: it is simply taken again
            advance(self.program, self.state, self.now)
        elif event in ("issue", "question", "echec"):
            if self.state.at.endswith(OUTCOME):
                self.state = self.state._replace(seen=self.state.seen | set(self.report(event)))
                self.turn()
        elif event:
            keys = self.program.signals_of(event, {}, occurred_at=self.now, started_at=START)
            self.state = self.state._replace(seen=self.state.seen | set(keys))
            self.turn()

    def report(self, event: str) -> list[str]:
        answer = {"intention": event, "confiance": 0.9, "doute": event == "issue"}
        data = {"execution": "1/1", "etape": step_of(self.state.at), **answer}
        good, bad = ("message_parti", "appel_http_abouti", ANSWERED), ("message_echoue", "appel_http_echoue", FAILED)
        names = bad if event == "echec" else good
        return [
            key
            for name in names
            for key in self.program.signals_of(name, data, occurred_at=self.now, started_at=START, execution="1/1")
        ]

    def finish(self) -> None:
        while self.state.due_at is not None:
            self.now = max(self.now, self.state.due_at)
            self.turn()

    def wake(self) -> None:
        while self.state.due_at is not None and self.state.due_at <= self.now:
            self.turn()


@given(definitions(), happenings, st.integers(0, 1))
def test_no_step_twice_none_lost_and_the_end_is_the_end(
    definition: Definition, story: list[tuple[str, int]], x: int
) -> None:
    life = Life(definition, x)
    for event, minutes in story:
        ended, trail = life.state.outcome, list(life.passed)
        life.happen(event, minutes)
        if ended is not None:
            assert (life.state.outcome, life.passed) == (ended, trail)
    life.finish()
    assert life.state.outcome is not None  # everything ends
    assert len(life.passed) == len(set(life.passed))  # no step twice
    assert len(life.sent) == len(set(life.sent))
    assert life.passed == expected_path(definition, life)  # none lost, none skipped


TAKEN = {
    "recu": "then", "oui": "then", "delai_passe": "else", "non": "else", "abouti": "then", "parti": "",
    "non_abouti": "on_failure", "sans_reponse": "on_failure", "non_parti": "on_failure", "agent_repondu": "else",
    "agent_echoue": "on_failure",
}  # fmt: skip
DEFAULTS = Defaults("plombier", "transactional", timedelta(hours=24))


def expected_path(definition: Definition, life: Life) -> list[str]:
    """Walk the tree, as a reader of the document would, along the branches that were taken."""
    details = {p.step: p.detail for turn in life.turns for p in turn.passed}
    path: list[str] = []

    def walk(steps_: Any) -> bool:
        for step in steps_:
            if step.id not in details:
                return False
            path.append(step.id)
            detail = details[step.id]
            if (later := step.id + OUTCOME) in {i.id for i in step.instructions("", DEFAULTS)}:
                if detail in ("trop_tard", "ignoree", "saute"):
                    continue
                if later not in details:
                    return False
                path.append(later)
                detail = details[later]
            taken = TAKEN.get(detail, detail)
            if isinstance(step, AskAgentStep):
                taken = of_agent(step, taken)
            if taken in step.parts() and not walk(step.parts()[taken]):
                return False
        return True

    walk(definition.steps)
    return path


def of_agent(step: AskAgentStep, taken: str) -> str:
    """Return the branch of an agent's step: a case by its condition; `else` where there is nothing for a failure."""
    if taken.startswith("cas_"):
        return str(step.cases[int(taken.removeprefix("cas_")) - 1].when.source)
    return "else" if taken == "on_failure" and not (step.on_failure or step.asked.writes) else taken


@given(definitions(), st.integers(0, 1))
def test_every_send_on_the_way_becomes_one_message(definition: Definition, x: int) -> None:
    life = Life(definition, x)
    life.finish()
    kinds = {step.id: step.kind for step in definition.all_steps()}
    details = {p.step: p.detail for turn in life.turns for p in turn.passed}
    sends = [s for s in life.passed if kinds.get(s) in ("send", "agent") and details[s] in ("sms", "email")]
    assert life.sent == sends


@given(definitions())
def test_a_definition_survives_being_stored(definition: Definition) -> None:
    assert parse(dump(definition)) == definition


@given(definitions(), st.sampled_from(["contact_etabli", "avis"]), st.integers(0, 1))
def test_an_early_event_never_takes_the_timeout_branch(definition: Definition, event: str, x: int) -> None:
    life = Life(definition, x)
    if life.state.outcome is not None:
        return
    already = set(life.passed)
    life.happen(event, 0)
    life.finish()
    waiting = {s.id for s in definition.all_steps() if s.kind == "wait_for" and s.wait_for.event == event}  # type: ignore[attr-defined]
    late = {p.step for t in life.turns for p in t.passed if p.detail == "delai_passe"}
    assert not (late & waiting) - already
