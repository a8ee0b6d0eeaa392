"""The JSON Schema says what `parse` says, as far as a schema can."""

from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.definitions import definitions
from workflows.definition import Definition, DefinitionError, dump, parse, step_kinds
from workflows.deploy import LIBRARY, sectors
from workflows.schema import schema
from workflows.triggers import FORMS

ADDRESS = "https://exemple.fr/api/schema/workflow.json"
SCHEMA = schema(ADDRESS)
VALIDATOR = Draft202012Validator(SCHEMA)

# One step of each kind, all that it can say.
INNER = [{"id": "suite", "stop": "fini"}]
STEPS: dict[str, dict[str, Any]] = {
    "agent": {
        "agent": "intent",
        "of": "sms_recu",
        "timeout": "5m",
        "else": [],
        "on_failure": INNER,
        "cases": [{"when": "event.intention == 'question'", "steps": [{"id": "dedans", "stop": "fini"}]}],
    },
    "at": {"at": "+24h"},
    "call": {
        "call": {"url": "https://crm.exemple.fr/a?b=1", "data": {"n": [1, {"x": None}]}, "timeout": "30m"},
        "then": INNER,
        "on_failure": [],
    },
    "if": {"if": "contact.email != ''", "then": INNER, "else": []},
    "notify": {"notify": "Bonjour", "severity": "error"},
    "send": {
        "send": "sms",
        "template": "plombier/a",
        "category": "marketing",
        "useful_for": "1h30m",
        "on_failure": INNER,
    },
    "split": {"split": [{"name": "court", "weight": 70, "steps": INNER}, {"name": "long"}]},
    "start": {"start": "nurturing-prospect"},
    "stop": {"stop": "fini"},
    "task": {"task": "Rappeler", "due": "2h"},
    "until": {"until": "next weekday 9:00"},
    "update": {"update": {"tags": ["a_relancer"], "fields": {"note": 4.5, "vip": True, "nom": None}}},
    "wait": {"wait": "15m"},
    "wait_for": {
        "wait_for": {"event": ["a", "b.c"], "where": "event.x == 1", "timeout": "1h", "unless": "d"},
        "then": INNER,
        "else": [],
    },
}
TRIGGERS: dict[str, dict[str, Any]] = {
    "event": {"event": "demande", "where": "event.x == 1"},
    "schedule": {"schedule": "0 9 * * 1", "audience": "contact.email != ''", "timezone": "Indian/Reunion"},
    "segment": {"segment": "vip"},
    "sms": {"sms": "RDV"},
    "api": {"api": True},
}


def document(step: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    base = {
        "trigger": {"event": "demande"},
        "entry": {"key": "devis_id", "reentry": "30d", "per_day": 5},
        "goal": {"event": "gagne", "where": "event.note > 3", "within": "72h", "target": 0.5},
        "exits": ["perdu"], "category": "marketing", "expires_after": "12h",
        "steps": [{"id": "un", "only_if": "event.y == 2", **(step or {"wait": "15m"})}],
    }  # fmt: skip
    return deepcopy({**base, **changes})


def is_parsed(candidate: Any) -> bool:
    try:
        parse(candidate)
    except DefinitionError:
        return False
    return True


def test_it_is_a_schema_of_the_dialect_that_it_names() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert (SCHEMA["$id"], SCHEMA["$schema"]) == (ADDRESS, "https://json-schema.org/draft/2020-12/schema")


def test_each_kind_and_each_form_is_in_it_with_its_words() -> None:
    assert set(STEPS) == set(step_kinds())
    assert set(TRIGGERS) == set(FORMS)
    for keyword, cls in step_kinds().items():
        part = SCHEMA["$defs"][cls.__name__]
        assert part["title"] == f"{keyword} : {cls.label}"
        assert part["description"]
        assert {"$ref": f"#/$defs/{cls.__name__}"} in SCHEMA["$defs"]["Step"]["oneOf"]


def test_a_field_says_what_it_is_for() -> None:
    """An editor that knows the schema shows it."""
    dumb = [
        f"{name}.{field}"
        for name, part in SCHEMA["$defs"].items()
        for field, inner in part.get("properties", {}).items()
        if not inner.get("description")
    ]
    assert dumb == []


def test_defaults_are_written_as_people_write_them() -> None:
    assert SCHEMA["properties"]["expires_after"]["default"] == "1d"
    assert SCHEMA["$defs"]["Request"]["properties"]["timeout"]["default"] == "1h"


@pytest.mark.parametrize("sector", sorted(sectors()))
def test_the_library_as_it_is_written_is_valid(sector: str) -> None:
    for workflow in yaml.safe_load((LIBRARY / f"{sector}.yaml").read_text())["workflows"]:
        VALIDATOR.validate(workflow["definition"])


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_a_step_with_all_its_fields_is_valid_for_both(kind: str) -> None:
    whole = document(STEPS[kind])
    VALIDATOR.validate(whole)
    VALIDATOR.validate(dump(parse(whole)))


@pytest.mark.parametrize("form", sorted(TRIGGERS))
def test_a_trigger_alone_or_in_a_list_is_valid_for_both(form: str) -> None:
    for trigger in (TRIGGERS[form], [TRIGGERS[form], {"api": True}]):
        VALIDATOR.validate(document(trigger=trigger))
        assert is_parsed(document(trigger=trigger))


@given(definitions())
def test_whatever_parse_takes_is_valid(definition: Definition) -> None:
    VALIDATOR.validate(dump(definition))


MISTAKES: dict[str, dict[str, Any]] = {
    "no trigger": {"trigger": []},
    "two forms": {"trigger": {"event": "a", "api": True}},
    "an unknown form": {"trigger": {"fax": "a"}},
    "a trigger with a field too many": {"trigger": {"event": "a", "surprise": 1}},
    "an event with capitals": {"trigger": {"event": "Demande"}},
    "what becomes of a message": {"trigger": {"event": "message_echoue"}},
    "a call that was answered": {"trigger": [{"event": "demande"}, {"event": "appel_http_abouti"}]},
    "four cron fields": {"trigger": {"schedule": "0 9 * *", "audience": "contact.email != ''"}},
    "a schedule for nobody": {"trigger": {"schedule": "0 9 * * 1"}},
    "a word in small letters": {"trigger": {"sms": "rdv"}},
    "api: no": {"trigger": {"api": False}},
    "an unknown part": {"surprise": 1},
    "no steps": {"steps": []},
    "text for steps": {"steps": "rien"},
    "a goal without a window": {"goal": {"event": "x"}},
    "a target above 1": {"goal": {"event": "x", "within": "1h", "target": 7}},
    "a bad re-entry": {"entry": {"reentry": "parfois"}},
    "a cap of none": {"entry": {"per_day": 0}},
    "a bad category": {"category": "publicite"},
    "a bad duration": {"expires_after": "1 jour"},
    "a duration as a number": {"expires_after": 60},
    "a step without an id": {"steps": [{"wait": "5m"}]},
    "an id with capitals": {"steps": [{"id": "Un", "wait": "5m"}]},
    "a step of two kinds": {"steps": [{"id": "un", "wait": "5m", "stop": "x"}]},
    "a step of no kind": {"steps": [{"id": "un"}]},
    "an unknown kind": {"steps": [{"id": "un", "fax": "x"}]},
    "a mistake in a branch": {"steps": [{"id": "un", "if": "1 == 1", "then": [{"id": "x", "wait": 3}]}]},
    "a mistake in a way": {"steps": [{"id": "un", "split": [{"name": "a", "steps": [{"id": "x"}]}, {"name": "b"}]}]},
    "a split with one way": {"steps": [{"id": "un", "split": [{"name": "a"}]}]},
    "an agent that is not there": {"steps": [{"id": "un", "agent": "voyant"}]},
    "a case without a condition": {"steps": [{"id": "un", "agent": "intent", "cases": [{"steps": []}]}]},
    "an unknown channel": {"steps": [{"id": "un", "send": "fax", "template": "a"}]},
    "a call over FTP": {"steps": [{"id": "un", "call": {"url": "ftp://exemple.fr/"}}]},
    "a call with a password": {"steps": [{"id": "un", "call": {"url": "https://a:b@exemple.fr/"}}]},
    "an hour that does not exist": {"steps": [{"id": "un", "until": "25:00"}]},
    "an unknown day": {"steps": [{"id": "un", "until": "lundi 9:00"}]},
    "a field with a capital": {"steps": [{"id": "un", "update": {"fields": {"Note": 1}}}]},
    "an empty condition": {"steps": [{"id": "un", "if": " "}]},
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_is_one_for_both(mistake: str) -> None:
    wrong = document(**MISTAKES[mistake])
    assert not is_parsed(wrong)
    assert not VALIDATOR.is_valid(wrong)


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_a_field_too_many_or_an_argument_too_few_is_a_mistake_for_both(kind: str) -> None:
    step = {"id": "un", **STEPS[kind]}
    for wrong in ({**step, "surprise": 1}, {"id": "un", **{k: v for k, v in step.items() if k != kind}}):
        assert not is_parsed(document(steps=[wrong]))
        assert not VALIDATOR.is_valid(document(steps=[wrong]))
