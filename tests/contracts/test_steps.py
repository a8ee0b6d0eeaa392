"""What holds for every kind of step, over all that are found: its file, schema, program, effects, future and words."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agents.models import AgentRun
from communications.models import Message, Notification, OutgoingCall
from crm.models import Contact, Event, Task
from tests.make import make_contact, make_event, make_site, make_workflow
from workflows.advance import advance
from workflows.compile import LAST, compile_definition
from workflows.definition import Definition, dump, parse, step_kinds
from workflows.describe import steps as described
from workflows.execute import execute_batch
from workflows.explain import explain, forecast
from workflows.labels import DETAILS, detail_label, step_label
from workflows.models import Execution, StepRun
from workflows.program import OUTCOME, Outcome, State, place_of
from workflows.route import route_batch
from workflows.schema import schema
from workflows.steps.base import Step

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
INNER = [{"id": "dedans", "stop": "fini"}]
# One example of each kind, with everything that it can have.
EXAMPLES: dict[str, dict[str, Any]] = {
    "agent": {
        "agent": "intent",
        "of": "demande",
        "timeout": "10m",
        "else": INNER,
        "cases": [{"when": "event.intention == 'question'", "steps": [{"id": "question", "stop": "fini"}]}],
        "on_failure": [{"id": "rien", "stop": "fini"}],
    },
    "at": {"at": "24h"},
    "call": {"call": {"url": "https://exemple.fr/crm", "data": {"x": 1}, "timeout": "30m"}, "then": INNER},
    "if": {"if": "event.x == 1", "then": INNER},
    "notify": {"notify": "Bonjour {{ contact.nom }}", "severity": "warning"},
    "send": {"send": "sms", "template": "accuse", "useful_for": "15m", "on_failure": INNER},
    "split": {"split": [{"name": "a", "weight": 70, "steps": INNER}, {"name": "b", "weight": 30}]},
    "start": {"start": "autre-workflow"},
    "stop": {"stop": "fini"},
    "task": {"task": "Rappeler", "due": "2h"},
    "until": {"until": "next weekday 9:00"},
    "update": {"update": {"tags": ["urgent"], "fields": {"source": "site"}, "stage": "demo"}},
    "wait": {"wait": "15m"},
    "wait_for": {"wait_for": {"event": ["a", "b"], "timeout": "1h", "unless": "c"}, "then": INNER},
}


# What each kind leaves behind in the tables when it has been reached; the others leave nothing but their step.
LEFT: dict[str, Callable[[], object]] = {
    "agent": lambda: AgentRun.objects.get(step="pas", agent="reply_intent", status="en_file"),
    "call": lambda: OutgoingCall.objects.get(step="pas", status="queued"),
    "notify": lambda: Notification.objects.get(title="Bonjour Jean Dupont", severity="warning"),
    "send": lambda: Message.objects.get(step="pas", channel="sms", reports_outcome=True),
    "start": lambda: Event.objects.get(name="workflow_demarre", workflow_id__isnull=False),
    "task": lambda: Task.objects.get(step="pas", title="Rappeler"),
    "update": lambda: Contact.objects.get(tags=["urgent"], fields={"source": "site"}, lead__stage="demo"),
}
SCHEMA = schema("")


def document_of(kind: str, **changes: Any) -> dict[str, Any]:
    return {"trigger": {"event": "demande"}, "steps": [{"id": "pas", **EXAMPLES[kind], **changes}]}


def definition_of(kind: str, **changes: Any) -> Definition:
    return parse(document_of(kind, **changes))


def test_there_is_an_example_of_each_kind() -> None:
    assert set(EXAMPLES) == set(step_kinds())


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_survives_being_stored(kind: str) -> None:
    definition = definition_of(kind)
    assert parse(dump(definition)) == definition
    assert dump(parse(dump(definition))) == dump(definition)


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_says_itself_in_french_on_one_line(kind: str) -> None:
    step = definition_of(kind).steps[0]
    assert step.label
    assert step.said()
    assert "\n" not in step.said()
    assert set(step.titles()) == set(step.parts())


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_its_first_instruction_bears_its_id_and_its_kind(kind: str) -> None:
    program = compile_definition(definition_of(kind), "plombier")
    assert program.instructions["pas"].id == "pas"
    assert {i.kind for i in program.instructions.values() if i.id in ("pas", "pas" + OUTCOME)} == {kind}
    assert program.followers["pas"] == "_fin"


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_what_it_does_can_be_said_and_its_details_have_labels(kind: str) -> None:
    program = compile_definition(definition_of(kind), "plombier")
    state, cls = State("pas", NOW, NOW, NOW), step_kinds()[kind]
    for at in (NOW, NOW + timedelta(days=9)):
        moved = advance(program, state, at)
        for effect in moved.effects:
            assert is_dataclass(effect)
            assert fields(effect)
            assert effect.said()
        for passed in moved.passed:
            if passed.step.startswith("pas") and passed.detail and kind != "split":
                assert passed.detail in {**cls.details, **DETAILS}
        state = moved.state


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_an_unknown_field_is_refused_with_its_place(kind: str) -> None:
    with pytest.raises(ValueError, match=r"steps\[0\]\.surprise"):
        parse({"trigger": {"event": "a"}, "steps": [{"id": "pas", **EXAMPLES[kind], "surprise": 1}]})


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_is_one_file_with_one_kind_an_instruction_and_a_docstring_each(kind: str) -> None:
    cls = step_kinds()[kind]
    module = __import__(cls.__module__, fromlist=["_"])
    own = [item for item in vars(module).values() if isinstance(item, type) and item.__module__ == cls.__module__]
    assert [item for item in own if issubclass(item, Step)] == [cls]
    assert module.__doc__.startswith(f"`{kind}`: ")
    assert any(hasattr(item, "move") for item in own)
    assert all(item.__doc__ for item in own)


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_is_in_the_schema_with_its_words_and_its_example_is_valid(kind: str) -> None:
    cls = step_kinds()[kind]
    part = SCHEMA["$defs"][cls.__name__]
    assert part["title"] == f"{kind} : {cls.label}"
    assert part["description"]
    assert all(field["description"] for field in part["properties"].values())
    for document in (document_of(kind), dump(definition_of(kind))):
        Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_the_builder_has_french_words_for_it_its_branches_and_its_details(kind: str) -> None:
    cls, step = step_kinds()[kind], definition_of(kind).steps[0]
    assert step_label(kind) == cls.label
    assert cls.label[0].isupper()
    assert cls.label != kind.capitalize()
    assert all([*cls.branches.values(), *cls.details.values(), *step.titles().values()])
    assert {code: detail_label(code) for code in cls.details} == cls.details  # no other kind means something else by it
    (told,) = described(definition_of(kind), "plombier")
    assert (told.kind, told.text) == (kind, step.said())


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_knows_what_it_reads_and_listens_to(kind: str) -> None:
    program, step = compile_definition(definition_of(kind), "plombier"), definition_of(kind).steps[0]
    assert step.reads() <= {"contact", "event", "zone", "messages"}
    assert program.reads >= step.reads()
    at = {"pas", "pas" + OUTCOME} & set(program.instructions)
    for event, signal in step.signals():
        assert signal in program.signals[event]
        assert place_of(signal.key) in at


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_may_have_a_condition_and_is_passed_over_when_that_does_not_hold(kind: str) -> None:
    program = compile_definition(definition_of(kind, only_if="event.x == 'rien'"), "plombier")
    turn = advance(program, State("pas", NOW, NOW, NOW), NOW)
    assert [(passed.step, passed.kind, passed.detail) for passed in turn.passed][:1] == [("pas", kind, "ignoree")]
    assert turn.effects == ()


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_its_move_depends_on_nothing_else_and_a_second_turn_changes_nothing(kind: str) -> None:
    program, state = compile_definition(definition_of(kind), "plombier"), State("pas", NOW, NOW, NOW)
    turn = advance(program, state, NOW)
    assert advance(program, state, NOW) == turn
    again = advance(program, turn.state, NOW)
    assert (again.state, again.effects, again.passed) == (turn.state, (), ())


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_its_future_is_told_to_the_end_and_what_it_waits_for_is_taken_to_come(kind: str) -> None:
    """An effect whose outcome is waited for says what a simulation assumes; it is what its program listens to."""
    definition = definition_of(kind)
    program = compile_definition(definition, "plombier")
    turns = list(forecast(program, State("pas", NOW, NOW, NOW), NOW))
    passed = [step for _at, turn in turns for step in turn.passed]
    assert turns[-1][1].state.outcome in (Outcome.COMPLETED, Outcome.STOPPED)
    assert "pas" in {step.step for step in passed} | {turns[-1][1].state.at}
    echoes = [echo for _at, turn in turns for effect in turn.effects if (echo := effect.echo())]
    assert bool(echoes) is ("pas" + OUTCOME in program.instructions)
    listened = {signal.key for signals in program.signals.values() for signal in signals}
    for late, key in echoes:
        assert key in listened
        assert turns[1][0] == NOW + late
    if echoes:
        assert not {step.detail for step in passed} & {"sans_reponse", "non_parti", "non_abouti"}
    assert explain(definition, program, State("pas", NOW, NOW, NOW), NOW).next


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_it_runs_in_the_engine_and_leaves_what_it_should(db: None, kind: str) -> None:
    site = make_site()
    make_workflow({"trigger": {"api": True}, "steps": INNER}, site=site, slug="autre-workflow")
    workflow = make_workflow(document_of(kind), site=site)
    make_event(contact=make_contact(site=site), name="demande", data={"x": 1})
    for now in (NOW, NOW + timedelta(days=9)):
        route_batch(now=now, limit=10)
        while execute_batch(now=now, limit=10).executions:
            pass
        if now == NOW and kind in LEFT:
            assert LEFT[kind]()
    execution = Execution.objects.get(workflow=workflow)
    assert (execution.failures, execution.reason) in [(0, ""), (0, "fini"), (1, "appel_sans_reponse")]
    assert execution.at in ("pas", "dedans", "rien", LAST)
    assert execution.ended_at
    passed = StepRun.objects.filter(execution_id=execution.pk, step__startswith="pas")
    assert {step.kind for step in passed} == ({kind} if kind != "stop" else set())


def test_what_is_left_behind_is_asserted_for_each_kind_with_effects() -> None:
    doing = set()
    for kind in EXAMPLES:
        turns = forecast(compile_definition(definition_of(kind), "plombier"), State("pas", NOW, NOW, NOW), NOW)
        doing |= {kind for _at, turn in turns if turn.effects}
    assert doing == set(LEFT)
