"""Definitions are checked whole, and every mistake names its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.definition import DefinitionError, parse

GOOD: dict[str, Any] = {"trigger": {"event": "demande"}, "steps": [{"id": "un", "send": "sms", "template": "a"}]}


def mistakes(document: object) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        parse(document)
    return caught.value.errors


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trigger": []}, "trigger: "),
        ({"trigger": {"event": "Demande !"}}, "trigger.event: "),
        ({"trigger": {"event": "a", "where": "event.x =="}}, "trigger.where: "),
        ({"trigger": {"event": "a", "where": "os.x == 1"}}, "trigger.where: unknown name 'os'"),
        ({"trigger": {"event": "a", "where": "contact.nom == 'x'"}}, "trigger.where: "),
        ({"steps": []}, "steps: "),
        ({"steps": "rien"}, "steps: must be a list"),
        ({"steps": ["rien"]}, "steps[0]: a step is a mapping"),
        ({"steps": [{"id": "un", "send": "fax", "template": "a"}]}, "steps[0].send: "),
        ({"steps": [{"id": "un", "fax": "x"}]}, "steps[0]: a step has exactly one of"),
        ({"steps": [{"id": "un", "wait": "5m", "stop": "x"}]}, "steps[0]: a step has exactly one of"),
        ({"steps": [{"id": "un", "wait": "5 minutes"}]}, "steps[0].wait: '5 minutes' is not a duration"),
        ({"steps": [{"id": "Un", "wait": "5m"}]}, "steps[0].id: "),
        ({"steps": [{"id": "un", "wait": "5m"}, {"id": "un", "wait": "5m"}]}, "steps: the id 'un' is used 2 times"),
        ({"steps": [{"id": "un", "if": "1 == 1", "then": [{"id": "x", "wait": 3}]}]}, "steps[0].then[0].wait: "),
        ({"steps": [{"id": "un", "call": {"url": "https://x.fr:0/"}}]}, "steps[0].call.url: Port out of range"),
        ({"steps": [{"id": "un", "call": {"url": "https://x.fr:99999/"}}]}, "steps[0].call.url: Port out of range"),
        ({"steps": [{"id": "un", "call": {"url": "https://x.fr", "data": {"x": float("nan")}}}]},
         "steps[0].call.data: Out of range"),
        ({"steps": [{"id": "un", "call": "https://x.fr"}]}, "steps[0].call: Input should be a mapping"),
        ({"steps": [{"id": "un", "update": {"fields": {"x": float("inf")}}}]}, "steps[0].update.fields.x: "),
        ({"steps": [{"id": "un", "update": {"fields": {"X": 1}}}]}, "steps[0].update.fields.X: Text should match"),
        ({"steps": [{"id": "un", "wait_for": {"event": ["a", "B"], "timeout": "1h"}}]},
         "steps[0].wait_for.event[1]: Text should match"),
        ({"steps": [{"id": "un", "split": [{"weight": 0}, 3]}]}, "steps[0].split[0].name: Field required"),
        ({"exits": "a"}, "exits: Input should be a list"),
        ({"goal": {"event": "x"}}, "goal.within: "),
        ({"goal": {"event": "x", "within": "1h", "target": 7}}, "goal.target: "),
        ({"entry": {"reentry": "parfois"}}, "entry.reentry: "),
        ({"surprise": 1}, "surprise: "),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_its_rule(change: dict[str, Any], said: str) -> None:
    assert any(m.startswith(said) for m in mistakes({**GOOD, **change}))


@pytest.mark.parametrize("value", [{"a": 1}, [1]])
def test_a_value_that_may_have_several_forms_is_one_mistake_at_its_own_place(value: object) -> None:
    (said,) = mistakes({**GOOD, "steps": [{"id": "un", "update": {"fields": {"int": value}}}]})
    assert said.startswith("steps[0].update.fields.int: Input should be a text, or: ")
    (said,) = mistakes({**GOOD, "steps": [{"id": "un", "wait_for": {"event": "Avis", "timeout": "1h"}}]})
    assert said == "steps[0].wait_for.event: Text should match pattern '^[a-z][a-z0-9_.]*$', or: Input should be a list"


def test_a_list_that_is_wrong_inside_is_only_wrong_there() -> None:
    (said,) = mistakes({**GOOD, "steps": [{"id": "un", "wait_for": {"event": ["a", 3], "timeout": "1h"}}]})
    assert said == "steps[0].wait_for.event[1]: Input should be a text"


def test_all_mistakes_are_told_at_once() -> None:
    assert len(mistakes({"steps": [{"id": "un", "wait": "x"}, {"id": "deux", "send": "fax", "template": "a"}]})) >= 3


@pytest.mark.parametrize("document", [None, 3, "texte", [], {"steps": None}])
def test_what_is_not_a_definition_is_refused(document: object) -> None:
    assert mistakes(document)


# None of these is a definition: no text drawn here is a legal id or event.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "send", "wait", "if", "then", "else", "trigger", "steps", "goal", "event"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_document_breaks_the_reader(document: object) -> None:
    assert mistakes(document)
