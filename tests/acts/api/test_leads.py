"""Leads and notes over the API."""

import pytest

from accounts.models import AuditEntry
from crm.models import Event, Lead, Note
from tests.make import NOW, make_contact, make_lead


@pytest.fixture
def lead(api):
    return make_lead(site=api.site, quality="CHAUD", score=72, status="a_exporter", company="Martin", stage="demo")


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def test_a_lead_is_shown_with_what_is_known_of_it(api, lead):
    data = api.get(f"/api/leads/{lead.pk}").json()["data"]
    assert data | {"qualite": "CHAUD", "score": 72, "etape": "demo", "entreprise": "Martin", "montant": None} == data
    assert data["contact"] == {
        "id": str(lead.contact_id), "nom": "Jean Dupont", "email": lead.contact.email, "telephone": "+33612345678",
    }  # fmt: skip
    assert data["cree_le"] == "2026-03-10T10:00:00Z"
    assert "company_key" not in str(data)


def test_leads_are_filtered_and_come_by_pages(api, lead):
    cold = make_lead(site=api.site, quality="FROID", score=10, status="ecarte")
    new = make_lead(site=api.site)
    every = [str(row.pk) for row in (new, cold, lead)]
    assert ids(api.get("/api/leads")) == every
    assert ids(api.get("/api/leads?qualite=CHAUD")) == ids(api.get("/api/leads?score_min=50")) == [str(lead.pk)]
    assert ids(api.get("/api/leads?score_min=10&qualite=")) == [str(cold.pk), str(lead.pk)]
    assert ids(api.get("/api/leads?statut=ecarte&etape=lead")) == [str(cold.pk)]
    first = api.get("/api/leads?limit=2").json()
    assert first["suivant"] == str(cold.pk)
    assert ids(api.get(f"/api/leads?limit=2&cursor={first['suivant']}")) == [str(lead.pk)]


@pytest.mark.parametrize(
    "query", ["qualite=HOT", "etape=gagné", "statut=x", "score_min=101", "score_min=-1", "limit=0"]
)
def test_a_filter_that_is_none_is_refused(api, query):
    answer = api.get(f"/api/leads?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])


def test_a_lead_is_moved_with_its_amount_and_a_repeat_changes_nothing(api, lead):
    body = {"etape": "proposal", "montant": 1250.5, "raison": "devis envoyé"}
    for _n in range(2):
        answer = api.post(f"/api/leads/{lead.pk}", body)
        assert (answer.status_code, answer.json()["data"]["etape"]) == (200, "proposal")
        assert answer.json()["data"]["montant"] == 1250.5
    assert Event.objects.get().data == {"de": "demo", "a": "proposal", "montant": 1250.5, "raison": "devis envoyé"}
    entry = AuditEntry.objects.get()
    assert entry.actor.startswith("clé ")
    assert Lead.objects.get().amount_cents == 125_050


def test_a_long_way_back_needs_a_reason(api, lead):
    answer = api.post(f"/api/leads/{lead.pk}", {"etape": "lead"})
    assert (answer.status_code, answer.json()["error"], answer.json()["field"]) == (409, "etape_refusee", "etape")
    assert api.post(f"/api/leads/{lead.pk}", {"etape": "lead", "raison": "erreur"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ({}, "champ_manquant", "etape"), ({"etape": "gagné"}, "etape_inconnue", "etape"),
        ({"etape": None}, "etape_inconnue", "etape"), ({"etape": []}, "etape_inconnue", "etape"),
        ({"etape": "won", "montant": -1}, "montant_invalide", "montant"),
        ({"etape": "won", "montant": 1.005}, "montant_invalide", "montant"),
        ({"etape": "won", "montant": "12"}, "montant_invalide", "montant"),
        ({"etape": "won", "montant": True}, "montant_invalide", "montant"),
        ({"etape": "won", "montant": 1e15}, "montant_invalide", "montant"),
        ({"etape": "won", "raison": "x" * 301}, "trop_long", "raison"), ({"etape": "won", "qualite": "CHAUD"},
        "champ_inconnu", "qualite"), ([], "type_invalide", None),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(api, lead, body, error, field):
    answer = api.post(f"/api/leads/{lead.pk}", body)
    assert (answer.status_code, answer.json()["error"], answer.json().get("field")) == (422, error, field)
    assert Lead.objects.get().stage == "demo"


def test_notes_are_added_and_read(api, lead):
    address = f"/api/contacts/{lead.contact_id}/notes"
    answer = api.post(address, {"texte": " Chaudière de 1998 "})
    assert (answer.status_code, answer.json()["data"]["texte"]) == (201, "Chaudière de 1998")
    assert answer.json()["data"]["par"].startswith("clé ")
    assert api.get(address).json() == {"data": [answer.json()["data"]], "suivant": None}
    for body, field in (({"texte": ""}, "texte"), ({"texte": "  "}, "texte"), ({"texte": "x" * 5_001}, "texte"),
                        ({}, "texte"), ({"texte": "x", "auteur": "moi"}, "auteur")):  # fmt: skip
        refused = api.post(address, body)
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert Note.objects.count() == 1


def test_others_see_and_touch_nothing(api, lead, stranger, browser, nobody):
    Note.objects.create(organization=lead.organization, site=lead.site, contact=lead.contact, text="x", author="A",
                        created_at=NOW)  # fmt: skip
    notes = f"/api/contacts/{lead.contact_id}/notes"
    assert ids(stranger.get("/api/leads")) == []
    assert stranger.get(f"/api/leads/{lead.pk}").status_code == 404
    assert stranger.post(f"/api/leads/{lead.pk}", {"etape": "won"}).status_code == 404
    assert stranger.get(notes).status_code == stranger.post(notes, {"texte": "x"}).status_code == 404
    for caller, status in ((browser, 403), (nobody, 401)):
        for path in ("/api/leads", f"/api/leads/{lead.pk}", notes):
            assert caller.get(path).status_code == status
        assert caller.post(f"/api/leads/{lead.pk}", {"etape": "won"}).status_code == status
        assert caller.post(notes, {"texte": "x"}).status_code == status
    assert api.get(f"/api/leads/{10**20}").status_code == 404
    assert api.get(f"/api/contacts/{10**20}/notes").status_code == 404
    assert Lead.objects.get().stage == "demo"
    assert Note.objects.count() == 1


def test_a_lead_of_another_site_of_the_organization_is_a_strangers(api):
    other = make_lead(contact=make_contact())
    assert api.get(f"/api/leads/{other.pk}").json()["error"] == "lead_inconnu"


def test_the_document_of_the_api_describes_them(api):
    schema = api.get("/api/schema").content.decode()
    assert "/api/leads/{lead_id}" in schema
    assert "Changer l'étape d'un lead" in schema
