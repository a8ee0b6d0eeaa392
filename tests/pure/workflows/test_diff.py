"""What changes between two definitions, in French."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.definitions import definitions
from workflows.definition import Definition, parse
from workflows.diff import differences

OLD: dict[str, Any] = {
    "trigger": {"event": "demande"},
    "goal": {"event": "devis_accepte", "within": "2h"},
    "steps": [
        {"id": "accuse", "send": "sms", "template": "accuse"},
        {"id": "pause", "wait": "15m"},
        {"id": "reponse", "wait_for": {"event": "reponse", "timeout": "2d"},
         "then": [{"id": "merci", "notify": "Il a répondu"}], "else": [{"id": "relance", "task": "Rappeler"}]},
        {"id": "essai", "split": [{"name": "a", "weight": 1, "steps": [{"id": "fin", "stop": "fini"}]}, {"name": "b"}]},
    ],
}  # fmt: skip


def change(**parts: Any) -> list[str]:
    document = deepcopy(OLD)
    document.update(parts)
    return [difference.text for difference in differences(parse(OLD), parse(document))]


def steps(**changes: Any) -> list[str]:
    """Change steps of the first level by id; None removes one."""
    found = [{**step, **(changes.get(step["id"]) or {})} for step in OLD["steps"]]
    return change(steps=[step for step in found if not (step["id"] in changes and changes[step["id"]] is None)])


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (change(), []),
        (change(trigger=[{"event": "demande"}, {"api": True}]),
         ["Déclencheur : « demande » → « demande » ; une demande (API, inscription, autre workflow)"]),
        (change(trigger={"schedule": "0 9 * * 1", "audience": "contact.nom != ''", "timezone": "Indian/Reunion"}),
         ["Déclencheur : « demande » → l'horaire 0 9 * * 1 (heure de Indian/Reunion), pour les contacts tels que "
          "contact.nom != ''"]),
        (change(goal=None), ["But : devis_accepte → —", "But, délai : 2h → —"]),
        (change(exits=["annule"], entry={"reentry": "never"}),
         ["Entrée, nouvelle entrée : always → never", "Sorties : — → annule"]),
        (steps(pause={"wait": "20m"}), ["Étape « pause » modifiée : wait : 15m → 20m"]),
        (steps(pause={"wait": "900s"}), []),  # the same time in other words
        (steps(pause=None), ["Étape « pause » supprimée : Attendre 15 minutes"]),
        (steps(accuse={"useful_for": "1h", "template": "autre"}),
         ["Étape « accuse » modifiée : template : accuse → autre", "Étape « accuse » modifiée : useful_for : — → 1h"]),
        (steps(reponse={"wait_for": {"event": ["reponse", "appel"], "timeout": "3d"}}),
         ["Étape « reponse » modifiée : wait_for.event : reponse → [reponse, appel]",
          "Étape « reponse » modifiée : wait_for.timeout : 2d → 3d"]),
        (steps(reponse={"then": [{"id": "merci", "notify": "Il a dit oui"}]}),
         ["Étape « merci » modifiée : notify : « Il a répondu » → « Il a dit oui »"]),
        (steps(reponse={"then": [{"id": "neuf", "notify": "Nouveau"}, {"id": "merci", "notify": "Il a répondu"}]}),
         ["Étape « neuf » ajoutée au début dans « reponse » (s'il arrive) : Prévenir l'équipe : Nouveau"]),
        (steps(essai={"split": [{"name": "a", "weight": 3, "steps": [{"id": "fin", "stop": "fini"}]}, {"name": "b"}]}),
         ["Étape « essai » modifiée : split[0].weight : 1 → 3"]),
        (change(steps=[{"id": "pause", "stop": "fini"}, *(s for s in OLD["steps"] if s["id"] != "pause")]),
         ["Étape « pause » déplacée : après « accuse » → au début",
          "Étape « pause » remplacée : Attendre 15 minutes → Arrêter : fini"]),
        (steps(pause=None, reponse={"else": [{"id": "pause", "wait": "15m"}, {"id": "relance", "task": "Rappeler"}]}),
         ["Étape « pause » déplacée : après « accuse » → au début dans « reponse » (sinon, le délai passé)"]),
    ],
)  # fmt: skip
def test_a_change_is_said(found: list[str], said: list[str]) -> None:
    assert found == said


@given(definitions())
def test_nothing_changes_from_a_definition_to_itself(definition: Definition) -> None:
    assert differences(definition, definition) == []


@given(definitions(), definitions())
def test_two_definitions_differ_if_and_only_if_something_is_said(old: Definition, new: Definition) -> None:
    assert bool(differences(old, new)) == (old != new)


@given(definitions(), st.data())
def test_a_step_that_is_put_first_is_the_one_that_moved(definition: Definition, data: st.DataObject) -> None:
    if len(definition.steps) < 3:
        return
    chosen = data.draw(st.integers(2, len(definition.steps) - 1))
    order = (definition.steps[chosen], *definition.steps[:chosen], *definition.steps[chosen + 1 :])
    found = differences(definition, definition.model_copy(update={"steps": order}))
    assert [d.step for d in found if d.kind == "deplacement"] == [definition.steps[chosen].id]
