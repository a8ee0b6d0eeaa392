"""A site tries a workflow out over the API: nothing is stored, nothing is sent."""

from typing import Any

import pytest

from communications.models import Message
from crm.models import Contact, Event
from tests.make import DEFINITION, make_workflow
from workflows.deploy import deploy
from workflows.models import Execution, Workflow

CONTACT = {"nom": "Jean Dupont", "telephone": "06 12 34 56 78"}
BODY = {
    "contact": CONTACT,
    "debut": "2026-03-10T10:00",
    "evenements": [{"apres": "20m", "nom": "intervention_terminee", "donnees": {"note": 5}}],
}
URL = "/api/workflows/urgence-24h/simulate"


@pytest.fixture
def deployed(api: Any, now: Any) -> None:
    deploy(api.site, "plombier", now=now)


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Contact, Event, Execution, Message, Workflow))


@pytest.mark.usefixtures("deployed")
def test_it_tells_the_timeline_with_its_messages_and_writes_nothing(api: Any) -> None:
    before = rows()
    answer = api.post(URL, BODY)
    assert answer.status_code == 200, answer.content
    data = answer.json()["data"]
    assert data["debut"] == "2026-03-10T09:00:00Z"  # 10:00 in Paris
    assert [line["type"] for line in data["chronologie"]][:2] == ["debut", "etape"]
    message = data["chronologie"][1]["messages"][0]
    assert (message["canal"], message["encodage"], message["segments"]) == ("sms", "GSM-7", 1)
    assert "Plomberie Martin" in message["texte"]
    assert data["totaux"]["segments"] >= data["totaux"]["sms"] > 0
    assert data["totaux"]["euros"] > 0
    event = next(line for line in data["chronologie"] if line["type"] == "evenement")
    assert event["pourquoi"].startswith("compte pour")
    assert rows() == before


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("written", ["json", "yaml"])
def test_a_definition_may_be_tried_before_it_is_published(api: Any, written: str) -> None:
    yaml = "trigger: {event: x}\nsteps:\n- {id: a, send: sms, template: urgence_accuse}\n"
    definition: Any = {"trigger": {"event": "x"}, "steps": [{"id": "a", "send": "sms", "template": "urgence_accuse"}]}
    answer = api.post(URL, BODY | {"definition": yaml if written == "yaml" else definition})
    assert answer.status_code == 200, answer.content
    assert [line["etape"] for line in answer.json()["data"]["chronologie"] if line["type"] == "etape"] == ["a"]


@pytest.mark.usefixtures("deployed")
def test_the_draft_may_be_tried(api: Any) -> None:
    assert api.post(URL, BODY | {"brouillon": True}).json()["error"] == "sans_brouillon"
    Workflow.objects.filter(slug="urgence-24h").update(draft="trigger: {api: true}\nsteps: [{id: a, stop: fini}]")
    assert api.post(URL, BODY | {"brouillon": True}).json()["data"]["issue"] == "arretee"


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"contact": {"nom": "Jean"}}, "contact_injoignable", "contact"),
        ({"contact": CONTACT | {"telephone": "12"}}, "telephone_invalide", "contact.telephone"),
        ({"contact": CONTACT | {"fuseau": "Lyon"}}, "fuseau_invalide", "contact.fuseau"),
        ({"debut": "demain"}, "date_invalide", "debut"),
        ({"debut": "9999-12-31T23:00"}, "date_invalide", "debut"),
        ({"evenements": [{"apres": "bientôt", "nom": "x"}]}, "duree_invalide", "evenements[0].apres"),
        ({"evenements": [{"apres": "1h", "nom": "Été"}]}, "evenement_invalide", "evenements[0].nom"),
        ({"definition": {"trigger": {"event": "x"}, "steps": [{"id": "a", "wait": "x"}]}}, "definition_invalide",
         "definition.steps[0].wait"),
        ({"definition": "a: [b"}, "definition_invalide", "definition"),
        ({"definition": "a: &b [c]\nd: *b"}, "definition_invalide", "definition"),
        ({"definition": "bonjour"}, "definition_invalide", "definition"),
        ({"quoi": 1}, "champ_inconnu", "quoi"),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_said_with_its_place(api: Any, changes: Any, error: str, field: str) -> None:
    answer = api.post(URL, BODY | changes)
    assert answer.status_code == 422, answer.content
    assert (answer.json()["error"], answer.json()["field"]) == (error, field)
    assert answer.json()["detail"]


def test_only_the_secret_key_of_the_site_opens_it(api: Any, browser: Any, stranger: Any, nobody: Any) -> None:
    make_workflow(DEFINITION, site=api.site, slug="urgence-24h")
    assert api.post(URL, BODY).status_code == 200
    assert browser.post(URL, BODY).status_code == 403
    assert stranger.post(URL, BODY).status_code == 404
    assert nobody.post(URL, BODY).status_code == 401


def test_a_template_that_there_is_not_is_said_not_raised(api: Any) -> None:
    make_workflow(DEFINITION, site=api.site, slug="urgence-24h")
    found = api.post(URL, BODY).json()["data"]
    message = found["chronologie"][1]["messages"][0]
    assert message["erreur"] == "Le modèle « plombier/urgence_accuse » (sms) n'existe pas."
    assert found["totaux"]["euros"] == 0
