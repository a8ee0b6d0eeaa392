"""What holds for every kind of step, over all that are found."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workflows.advance import advance
from workflows.compile import compile_definition
from workflows.definition import Definition, dump, parse, step_kinds
from workflows.labels import DETAILS
from workflows.program import OUTCOME, State

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
INNER = [{"id": "dedans", "stop": "fini"}]
# One example of each kind, with everything that it can have.
EXAMPLES: dict[str, dict[str, Any]] = {
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
    "update": {"update": {"tags": ["urgent"], "fields": {"source": "site"}}},
    "wait": {"wait": "15m"},
    "wait_for": {"wait_for": {"event": ["a", "b"], "timeout": "1h", "unless": "c"}, "then": INNER},
}


def definition_of(kind: str) -> Definition:
    return parse({"trigger": {"event": "demande"}, "steps": [{"id": "pas", **EXAMPLES[kind]}]})


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
