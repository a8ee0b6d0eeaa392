"""Enrolments over the API."""

import pytest

from accounts.models import AuditEntry
from crm.models import Event, Segment
from tests.make import make_contact, make_workflow
from workflows.enrol import enrol_batch
from workflows.models import Enrolment

ON_DEMAND = {"trigger": {"api": True}, "steps": [{"id": "pause", "wait": "15m"}]}


@pytest.fixture
def path(api):
    make_workflow(ON_DEMAND, site=api.site, slug="relance")
    return "/api/workflows/relance/enrolments"


def test_a_list_is_enrolled_and_its_progress_is_told(api, path):
    contacts = [make_contact(site=api.site) for _n in range(3)]
    ids = [str(contact.pk) for contact in contacts]
    answer = api.post(path, {"contacts": ids, "parMinute": 60, "evenement": "relance", "donnees": {"a": 1}})
    assert answer.status_code == 202
    made = answer.json()["data"]
    assert (made["statut"], made["contacts"], made["inscrits"]) == ("en_cours", 3, 0)
    assert made["restants"] == {"nombre": 3, "exact": True}
    enrol_batch(now=Enrolment.objects.get().next_at)
    event = Event.objects.get()
    assert (event.name, event.data, event.contact) == ("relance", {"a": 1}, contacts[0])
    assert event.idempotency_key == f"inscription/{made['id']}/{contacts[0].pk}"
    told = api.get(f"{path}/{made['id']}").json()["data"]
    assert (told["inscrits"], told["restants"]["nombre"]) == (1, 2)
    assert [row["id"] for row in api.get(path).json()["data"]] == [made["id"]]
    assert AuditEntry.objects.get().actor == told["par"] != ""


def test_a_segment_and_a_condition_choose(api, path):
    Segment.objects.create(site=api.site, organization=api.site.organization, slug="vip", name="VIP", condition="true")
    made = api.post(path, {"segment": "vip", "condition": "contact.nom != ''"}).json()["data"]
    assert (made["segment"], made["condition"]) == ("vip", "contact.nom != ''")


@pytest.mark.parametrize("header", [True, False])
def test_the_same_key_is_the_same_enrolment(api, path, header):
    body, headers = {"condition": "true"}, {}
    if header:
        headers["Idempotency_Key"] = "k1"
    else:
        body["idempotencyKey"] = "k1"
    first, second = api.post(path, body, **headers), api.post(path, body, **headers)
    assert first.json()["data"]["id"] == second.json()["data"]["id"]
    assert Enrolment.objects.count() == 1


def test_it_is_paused_resumed_and_stopped(api, path):
    one = f"{path}/{api.post(path, {'condition': 'true'}).json()['data']['id']}"
    states = []
    for action in ("pause", "pause", "reprise", "arret", "reprise"):
        answer = api.post(one, {"action": action})
        states.append((answer.status_code, answer.json().get("data", {}).get("statut")))
    assert states == [(200, "en_pause"), (409, None), (200, "en_cours"), (200, "arretee"), (409, None)]
    assert api.post(one, {"action": "danse"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contacts"), ({"contacts": ["x"]}, "contacts[0]"), ({"contacts": []}, "contacts"),
        ({"contacts": [True]}, "contacts[0]"), ({"segment": "rien"}, "segment"),
        ({"condition": "contact."}, "condition"), ({"condition": "true", "parMinute": 0}, "parMinute"),
        ({"condition": "true", "evenement": "message_parti"}, "evenement"),
        ({"condition": "true", "idempotencyKey": "a b"}, "idempotencyKey"), ({"tous": True}, "tous"),
    ],
)  # fmt: skip
def test_mistakes_are_named(api, path, body, field):
    answer = api.post(path, body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["detail"].endswith((".", "'"))
    assert not Enrolment.objects.exists()


def test_others_see_and_touch_nothing(api, path, stranger, browser):
    theirs = make_contact(site=stranger.site)
    assert api.post(path, {"contacts": [theirs.pk]}).json()["field"] == "contacts"
    one = f"{path}/{api.post(path, {'condition': 'true'}).json()['data']['id']}"
    assert stranger.get(path).status_code == stranger.get(one).status_code == 404
    assert stranger.post(one, {"action": "arret"}).status_code == 404
    assert stranger.post(path, {"condition": "true"}).status_code == 404
    make_workflow(ON_DEMAND, site=stranger.site, slug="relance")
    assert stranger.get(one).status_code == 404
    assert browser.post(path, {"condition": "true"}).status_code == 403
    assert Enrolment.objects.get().status == "en_cours"
