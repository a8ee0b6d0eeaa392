"""A workflow as YAML: there and back without loss, and mistakes in French with their line."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.definitions import definitions
from workflows.definition import Definition, dump
from workflows.deploy import LIBRARY, sectors
from workflows.exchange import LARGEST, ExchangeError, from_yaml, read, to_yaml

GOOD = """\
trigger: {event: demande}
steps:
  - {id: un, wait: 15m}
"""
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40) | st.sampled_from([
    "on", "yes", "No", "null", "~", "", "12:30", "0612345678", "1e3", "1.5e3", ".5", "0x1F", "0o17", "1_000", "-",
    "- a", "a: b", "a #b", "{{ contact.nom }}", "2026-03-10", "true", "NaN", ".inf", "+33 6", " a", "a ", "&a", "*a",
    "!a", "%",
])  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def mistakes(text: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(ExchangeError) as caught:
        from_yaml(text)
    return [(remark.path, remark.line, remark.text) for remark in caught.value.errors]


@given(definitions())
def test_there_and_back_nothing_is_lost_and_the_text_is_stable(definition: Definition) -> None:
    document = dump(definition)
    text = to_yaml(document)
    written = from_yaml(text)
    assert (written.document, written.definition) == (document, definition)
    assert to_yaml(written.document) == text
    assert yaml.safe_load(text) == document  # other readers agree


@given(values, texts, texts)
def test_no_value_becomes_another(value: Any, name: str, text: str) -> None:
    document = {"call": value, name: text}
    written = to_yaml(document)
    assert read(written)[0] == document
    assert yaml.safe_load(written) == document


@given(st.text(max_size=60) | st.text("-:{}[]&*!|>'\"#%@`,? \nab0", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        from_yaml(text)
    assert caught.value.errors


@pytest.mark.parametrize("sector", sorted(sectors()))
def test_the_library_is_read_as_by_others_and_survives_the_journey(sector: str) -> None:
    text = (LIBRARY / f"{sector}.yaml").read_text()
    assert read(text)[0] == yaml.safe_load(text)
    for item in sectors()[sector].workflows:
        document = dump(item.definition)
        written = to_yaml(
            document, slug=item.slug, name=item.name, description=item.description, sector=sector
        )  # fmt: skip
        back = from_yaml(written)
        assert back.document == document
        assert back.head == {"slug": item.slug, "name": item.name, "description": item.description, "sector": sector}
        assert to_yaml(back.document, **back.head) == written


def test_the_text_is_one_to_read() -> None:
    document = {
        "steps": [
            {"template": "a", "send": "sms", "id": "un", "useful_for": "15m"},
            {"else": [{"stop": "on", "id": "z"}], "wait_for": {"timeout": "12h", "event": ["a", "b"]}, "id": "deux"},
        ],
        "goal": {"within": "2h", "event": "x"},
        "trigger": [{"event": "demande"}],
    }
    assert (
        to_yaml(document, slug="accueil", name="Accueil")
        == """\
slug: accueil
name: Accueil
definition:
  trigger:
    - {event: demande}
  goal: {event: x, within: 2h}
  steps:
    - {id: un, send: sms, template: a, useful_for: 15m}
    - id: deux
      wait_for:
        event: [a, b]
        timeout: 12h
      else:
        - {id: z, stop: 'on'}
"""
    )


def test_apostrophes_stay_as_they_are_written() -> None:
    text = to_yaml({"steps": [{"id": "a", "notify": "Urgence : {{ contact.nom | default('un client') }}"}]})
    assert text == """steps:\n  - {id: a, notify: "Urgence : {{ contact.nom | default('un client') }}"}\n"""


def test_what_looks_like_something_else_is_the_text_that_one_sees() -> None:
    found, _ = read("{a: on, b: yes, c: 12:30, d: 0612345678, e: 1_000, f: 2026-03-10, g: true, h: 12, i: 1.5, on: ~}")
    assert found == {
        "a": "on", "b": "yes", "c": "12:30", "d": "0612345678", "e": "1_000", "f": "2026-03-10", "g": True, "h": 12,
        "i": 1.5, "on": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "line", "said"),
    [
        (GOOD + "  - {id: deux, wait: 5 minutes}", "steps[1].wait", 4, "n'est pas une durée"),
        (GOOD + "  - id: deux\n    send: fax\n    template: a", "steps[1].send", 5,
         "doit être 'email', 'sms' ou 'whatsapp'"),
        (GOOD + "  - id: deux\n    send: sms", "steps[1].template", 4, "obligatoire"),
        (GOOD + "  - {id: deux}", "steps[1]", 4, "il manque le type de l'étape"),
        (GOOD + "  - {id: un, stop: fini}", "steps", 2, "« un » sert 2 fois"),
        (GOOD + "surprise: 1", "surprise", 4, "n'existe pas"),
        (GOOD + "trigger: {api: true}", "", 4, "« trigger » est écrite deux fois"),
        (GOOD + "exits: &a [x]", "", 4, "ancres"),
        (GOOD + "exits: *a", "", 4, "ancres"),
        (GOOD + "exits: !!python/name:os.system x", "", 4, "étiquettes"),
        (GOOD + "? [a, b]\n: 1", "", 4, "une clé est un texte"),
        (GOOD + "---\na: 1", "", 4, "un seul document"),
        (GOOD + "exits: [a", "", 5, "pas du YAML correct"),
        (GOOD + "goal: 99999999999999999999", "", 4, "64 bits"),
        ("[" * 100 + "]" * 100, "[0]" * 59, 1, "niveaux"),
        ("", "", 1, "ensemble de champs"),
        ("slug: A b\nteam: x\ndefinition: {trigger: {event: a}, steps: []}", "slug", 1, "minuscules"),
        ("slug: a\nteam: x\ndefinition: {trigger: {event: a}, steps: []}", "team", 2, "n'existe pas"),
        ("slug: a\ndefinition:\n  trigger: {event: a}\n  steps: []", "steps", 4, "au moins 1"),
        ('steps: "\\0"', "", 1, "ne peut pas être enregistré"),
        ("a: \x07", "", None, "n'admet pas"),
        ("a: \ud800", "", None, "ne peut pas être enregistré"),
        ("a: " + "x" * LARGEST, "", None, "256 Kio"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_path_and_line(text: str, path: str, line: int | None, said: str) -> None:
    found = mistakes(text)
    assert any((p, n) == (path, line) and said in t for p, n, t in found), found


def test_mistakes_come_in_the_order_of_the_lines() -> None:
    assert [line for _, line, _ in mistakes(GOOD + "  - {id: b, wait: x}\nsurprise: 1\nexits: 3\n")] == [4, 5, 6]


def test_a_remark_is_one_sentence_with_its_place() -> None:
    with pytest.raises(ExchangeError) as caught:
        from_yaml(GOOD + "  - {id: deux, wait: x}")
    assert str(caught.value).startswith("ligne 4, steps[1].wait : 'x' n'est pas une durée")
