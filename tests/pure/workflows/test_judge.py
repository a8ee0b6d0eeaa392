"""What forbids to publish a definition on a site, and what one ought to know."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.definitions import definitions
from workflows.definition import Definition, parse
from workflows.judge import Known, judge, paths

KNOWN = Known(
    "accueil",
    "plombier",
    templates=frozenset({("plombier/a", "sms"), ("plombier/a", "email")}),
    workflows={"suite": "actif", "fini": "arrêté", "milieu": "actif"},
    starts={"suite": ["milieu"], "milieu": []},
    segments=frozenset({"vip"}),
    site_fields=frozenset({"nom"}),
    rivals={"appel": ["Rappel"]},
)


def said(*steps: dict[str, Any], known: Known = KNOWN, **parts: Any) -> tuple[list[str], list[str]]:
    written = {"trigger": {"event": "demande"}, "steps": [{"id": f"e{n}", **step} for n, step in enumerate(steps)]}
    verdict = judge(parse(written | parts), known)
    return [str(remark) for remark in verdict.errors], [str(remark) for remark in verdict.warnings]


def test_what_is_there_is_fine() -> None:
    assert said(
        {"send": "sms", "template": "a"}, {"send": "email", "template": "plombier/a"}, {"start": "suite"},
        {"notify": "{{ contact.nom }} {{ site.nom }}"}, {"task": "Rappeler"}, trigger={"segment": "vip"},
    ) == ([], [])  # fmt: skip


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"send": "sms", "template": "b"}, "steps[0].template : l'organisation n'a pas de modèle « plombier/b » (SMS)"),
        ({"send": "sms", "template": "coach/a"},
         "steps[0].template : l'organisation n'a pas de modèle « coach/a » (SMS)"),
        ({"start": "rien"}, "steps[0].start : ce site n'a pas de workflow « rien »"),
        ({"start": "accueil"},
         "steps[0].start : des workflows se démarreraient l'un l'autre sans fin : accueil → accueil"),
        ({"notify": "{{ contact.age }}"}, "steps[0].notify : variable inconnue « contact.age »"),
        ({"task": "{% for x in y %}"}, "steps[0].task : écriture incorrecte"),
        ({"wait_for": {"event": "segment.or", "timeout": "1h"}}, "steps[0] : ce site n'a pas de segment « or »"),
        ({"if": "true", "else": [{"id": "x", "start": "rien"}]},
         "steps[0].else[0].start : ce site n'a pas de workflow « rien »"),
        ({"split": [{"name": "a"}, {"name": "b", "steps": [{"id": "x", "start": "rien"}]}]},
         "steps[0].split[1].steps[0].start : ce site n'a pas de workflow « rien »"),
    ],
)  # fmt: skip
def test_what_is_not_there_forbids_to_publish(step: dict[str, Any], error: str) -> None:
    errors, _ = said(step)
    assert len(errors) == 1
    assert errors[0].startswith(error)


def test_a_longer_circle_is_found_and_shown() -> None:
    known = replace(KNOWN, starts={"suite": ["milieu"], "milieu": ["milieu", "accueil"]})
    assert said({"start": "suite"}, known=known)[0] == [
        "steps[0].start : des workflows se démarreraient l'un l'autre sans fin : accueil → suite → milieu → accueil"
    ]


def test_segments_of_triggers_goals_and_exits() -> None:
    errors, _ = said(
        {"wait": "1h"}, trigger=[{"api": True}, {"segment": "or"}], goal={"event": "segment.x", "within": "1h"},
        exits=["segment.y", "segment.vip"],
    )  # fmt: skip
    assert [error.split(" :")[0] for error in errors] == ["trigger[1]", "goal.event", "exits[0]"]


def test_what_one_ought_to_know_forbids_nothing() -> None:
    known = replace(KNOWN, standing={"e0": 4, "_fin": 9, "partie": 1, "autre": 2, "autre.issue": 1})
    errors, warnings = said(
        {"start": "fini"}, {"notify": "{{ site.lien_avis }}"}, trigger={"event": "appel"}, known=known
    )
    assert errors == []
    assert warnings == [
        "steps[0].start : le workflow « fini » est arrêté : rien ne démarrera",
        "steps[1].notify : le site n'a pas de champ « lien_avis » : le texte restera tel quel",
        "trigger : « Rappel », actif sur ce site, commence avec le même événement « appel »",
        "steps : 3 exécutions en cours sont à l'étape « autre », qui n'existe plus : fin sur la version actuelle",
        "steps : 1 exécution en cours est à l'étape « partie », qui n'existe plus : fin sur la version actuelle",
    ]


@given(definitions())
def test_every_step_has_a_path_of_its_own(definition: Definition) -> None:
    found = list(paths(definition))
    assert [step for _path, step in found] == list(definition.all_steps())
    assert len({path for path, _step in found}) == len(found)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("step", "parts", "is_warned"),
    [
        ({"category": "marketing"}, {}, True),
        ({}, {"category": "marketing", "expires_after": "71h"}, True),
        ({"useful_for": "48h"}, {"category": "marketing", "expires_after": "10d"}, True),
        ({"useful_for": "72h"}, {"category": "marketing"}, False),
        ({"useful_for": "15m"}, {}, False),
        ({"category": "transactional", "useful_for": "15m"}, {"category": "marketing"}, False),
    ],
)
def test_what_is_commercial_and_waits_for_opening_hours_stays_useful_over_a_long_weekend(
    channel: str, step: dict[str, Any], parts: dict[str, Any], is_warned: bool
) -> None:
    known = replace(KNOWN, templates=KNOWN.templates | {("plombier/a", "whatsapp")})
    errors, warnings = said({"send": channel, "template": "a", **step}, known=known, **parts)
    assert errors == []
    assert len(warnings) == is_warned
    assert all(text.startswith("steps[0] : ce message commercial n'est utile que ") for text in warnings)
    assert said({"send": "email", "template": "a", **step}, **parts) == ([], [])


@pytest.mark.parametrize(("sender", "is_warned"), [("PlombMartin", True), ("+33123456789", False), ("36123", False)])
def test_nobody_answers_a_name(sender: str, is_warned: bool) -> None:
    known = replace(KNOWN, sms_sender=sender)
    warnings = said(
        {"wait_for": {"event": ["reponse", "sms.replied"], "timeout": "1h"}}, known=known, trigger={"sms": "any"}
    )[1]
    assert [text.split(" : ")[0] for text in warnings] == (["trigger", "steps[0]"] if is_warned else [])
    assert all(sender in text for text in warnings)
    waiting = {"wait_for": {"event": "whatsapp_recu", "timeout": "1h"}}
    assert said(waiting, known=known)[1] == said(waiting)[1] == []
