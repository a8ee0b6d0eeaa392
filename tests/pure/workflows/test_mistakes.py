"""Whatever is wrong with a definition is said in French."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pure.workflows.test_schema import STEPS, TRIGGERS
from workflows.definition import DefinitionError, parse
from workflows.mistakes import in_french, sentence

BAD: list[Any] = [
    None, 0, -1, 1.5, True, "", "x", "Été !", "x" * 2000, [], ["x"], ["x"] * 300, {}, {"x": 1}, "5 minutes", "99999w",
    "event.x ==", "os.x == 1", "event.x.foo()", "contact.nom == 'a'", "now.nope() == 1", "https://a:b@c.fr", "ftp://x",
    "* * *", "99 9 * * 1", "18:00-9:00", "25:00", {"event": "a"}, {"name": "a", "weight": 0}, {"tags": []}, "goal",
    [{"id": "un", "wait": "1h"}] * 2, [{"id": "goal", "wait": "1h"}], {"data": {"x": "y" * 20_000}}, float("nan"),
    [{"name": "a"}, {"name": "a"}], [{"name": "a", "weight": 0}, {"name": "b", "weight": 0}], {"schedule": "x"},
]  # fmt: skip
WHOLE: dict[str, Any] = {
    "trigger": list(TRIGGERS.values()),
    "entry": {"key": "a", "reentry": "1h", "per_day": 3},
    "goal": {"event": "a", "where": "event.x == 1", "within": "1h", "target": 0.5},
    "exits": ["b"],
    "category": "marketing",
    "expires_after": "1h",
    "steps": [{"id": f"e_{kind}", **step} for kind, step in STEPS.items()],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in places(inner, (*path, key)))]


def changed(path: tuple[Any, ...], value: Any, is_added: bool) -> Any:
    document = {"whole": deepcopy(WHOLE)}
    target: Any = document
    *way, last = ("whole", *path)
    for key in way:
        target = target[key]
    if is_added and isinstance(target[last], dict):
        target[last]["surprise: a.b"] = value
    elif is_added and isinstance(target, dict):
        del target[last]
    else:
        target[last] = value
    return document.get("whole")


@settings(max_examples=400)
@given(st.sampled_from(places(WHOLE)), st.sampled_from(BAD), st.booleans())
def test_every_mistake_is_said_in_french_with_a_plain_path(path: tuple[Any, ...], value: Any, is_added: bool) -> None:
    try:
        parse(changed(path, value, is_added))
    except DefinitionError as error:
        for message in error.errors:
            (remark,) = in_french([message])
            assert any(sentence(message[n:]) for n in range(len(message))), message
            assert not any(word in remark.path for word in ("constrained", "function", " ", "tuple")), message


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("steps[0].wait: 'x' is not a duration (write 30s, 15m)", "steps[0].wait : 'x' n'est pas une durée"),
        ("entry.reentry: 'x' is not a duration (write 1h), or always, or never", "ou always, ou never"),
        ("steps[0].wait_for.event.constrained-str: Input should be a valid string",
         "steps[0].wait_for.event : doit être un texte"),
        ("steps[1].a: b: Extra inputs are not permitted", "steps[1] : ce champ n'existe pas ici"),
        ("x: something new", "x : something new"),
    ],
)  # fmt: skip
def test_a_mistake_in_french(error: str, said: str) -> None:
    (remark,) = in_french([error])
    assert said in str(remark)
