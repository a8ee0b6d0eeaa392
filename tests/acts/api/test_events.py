"""POST /api/events and /api/events/batch, GET /api/events/<id>."""

import pytest

from crm.models import Contact, Event
from tests.make import make_contact, make_event, make_execution, make_workflow

EVENT = {
    "evenement": "demande_devis",
    "contactData": {"nom": "Jean Dupont", "email": "Jean@Example.com", "telephone": "06 12 34 56 78"},
    "donnees": {"urgence": "haute", "surface": 12.5, "options": ["a", None]},
}


def event(**changes):
    return EVENT | changes


def contact(**changes):
    return event(contactData=EVENT["contactData"] | changes)


def refused(answer, status, code, field=None):
    body = answer.json()
    assert (answer.status_code, body["error"], body.get("field")) == (status, code, field), body
    assert body["detail"].endswith((".", ")"))


def test_an_event_is_taken_and_its_contact_normalised(api):
    answer = api.post("/api/events", EVENT)
    assert answer.status_code == 202
    stored = Event.objects.select_related("contact").get()
    assert answer.json() == {"id": str(stored.pk), "statut": "accepte"}
    assert (stored.name, stored.data, stored.site_id) == ("demande_devis", EVENT["donnees"], api.site.pk)
    assert (stored.contact.email, stored.contact.phone) == ("jean@example.com", "+33612345678")


def test_the_same_key_gives_the_same_answer_and_one_event(api):
    answers = [api.post("/api/events", EVENT, Idempotency_Key="devis-42") for _ in range(3)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert Event.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "é", "a b", "a" * 256, "a\x7f"])
def test_a_key_that_is_none_is_refused(api, key):
    refused(api.post("/api/events", EVENT, Idempotency_Key=key), 400, "cle_invalide", "Idempotency-Key")


@pytest.mark.parametrize(
    "identity",
    [{"email": "a@b.fr"}, {"telephone": "0612345678"}, {"telephone": "0612345678", "email": "", "nom": None}],
)
def test_an_email_or_a_phone_is_enough(api, identity):
    assert api.post("/api/events", {"evenement": "appel", "contactData": identity}).status_code == 202
    assert Event.objects.get().data == {}


def test_a_name_becomes_one_line(api):
    api.post("/api/events", contact(nom="  Jean\n  Dupont\t"))
    assert Contact.objects.get().name == "Jean Dupont"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (contact(email="jean@"), "email_invalide", "contactData.email"),
        (contact(telephone="12"), "telephone_invalide", "contactData.telephone"),
        (contact(telephone="{0} %s {detail}"), "telephone_invalide", "contactData.telephone"),
        (contact(telephone=612345678), "type_invalide", "contactData.telephone"),
        (contact(nom="J" * 201), "trop_long", "contactData.nom"),
        (contact(nom=12), "type_invalide", "contactData.nom"),
        (contact(prenom="Jean"), "champ_inconnu", "contactData.prenom"),
        (event(contactData={"nom": "Jean"}), "contact_injoignable", "contactData"),
        (event(contactData=None), "type_invalide", "contactData"),
        ({"evenement": "appel"}, "champ_manquant", "contactData"),
        (event(evenement=""), "evenement_invalide", "evenement"),
        (event(evenement="Demande"), "evenement_invalide", "evenement"),
        (event(evenement="é"), "evenement_invalide", "evenement"),
        (event(evenement="appel\n"), "evenement_invalide", "evenement"),
        (event(evenement="a" * 81), "evenement_invalide", "evenement"),
        (event(evenement=None), "type_invalide", "evenement"),
        (event(donnees=[]), "type_invalide", "donnees"),
        (event(donnees=None), "type_invalide", "donnees"),
        (event(donnees={"n": 2**63}), "nombre_trop_grand", None),
        (event(donnees={"a": {"b": "x\0"}}), "caractere_interdit", "donnees.a.b"),
        (contact(nom="\ud800"), "caractere_interdit", "contactData.nom"),
        (event(siteId=12), "type_invalide", "siteId"),
        (event(surprise=1), "champ_inconnu", "surprise"),
        ([], "type_invalide", None),
        ("texte", "type_invalide", None),
        (None, "json_invalide", None),
    ],
)
def test_a_mistake_is_said_with_its_place_and_nothing_is_stored(api, body, code, field):
    refused(api.post("/api/events", body), 400 if code == "json_invalide" else 422, code, field)
    assert not Event.objects.exists()
    assert not Contact.objects.exists()


def test_the_keys_own_site_may_be_named_and_no_other(api, stranger):
    assert api.post("/api/events", event(siteId=api.site.slug)).status_code == 202
    refused(api.post("/api/events", event(siteId=stranger.site.slug)), 404, "site_inconnu", "siteId")
    refused(api.post("/api/events", event(siteId="nulle-part")), 404, "site_inconnu", "siteId")


def test_a_publishable_key_fills_in_and_changes_nothing(api, browser):
    """Anybody can read it: it must not send a known person's messages to another phone."""
    mine = {"nom": "Zoé", "email": "zoe@exemple.fr"}
    browser.post("/api/events", {"evenement": "visite", "contactData": mine})
    filled = {**mine, "telephone": "06 12 34 56 78"}
    browser.post("/api/events", {"evenement": "visite", "contactData": filled})
    browser.post(
        "/api/events", {"evenement": "visite", "contactData": {**filled, "nom": "X", "telephone": "0698765432"}}
    )
    contact = Contact.objects.get()
    assert (contact.name, contact.phone) == ("Zoé", "+33612345678")
    api.post("/api/events", {"evenement": "visite", "contactData": {**filled, "telephone": "0698765432"}})
    contact.refresh_from_db()
    assert contact.phone == "+33698765432"


def test_a_publishable_key_may_report_and_nothing_else(api, browser):
    answer = browser.post("/api/events", EVENT)
    assert answer.status_code == 202
    assert browser.post("/api/events/batch", {"evenements": [EVENT]}).status_code == 202
    refused(browser.get(f"/api/events/{answer.json()['id']}"), 403, "interdit")
    for path in ("/api/workflows", "/api/workflows/execute", "/api/analytics/conversions"):
        refused(browser.get(path), 403, "interdit")
    refused(browser.post("/api/workflows", {"action": "pause"}), 403, "interdit")
    refused(browser.put("/api/orchestrator/automation", {}), 403, "interdit")


def test_a_page_of_another_origin_may_report(nobody, browser):
    asked = nobody("OPTIONS", "/api/events", Origin="https://plomberie-martin.example.com")
    assert asked.status_code == 204
    assert "Authorization" in asked["Access-Control-Allow-Headers"]
    assert asked["Access-Control-Allow-Origin"] == "*"
    assert browser.post("/api/events", EVENT)["Access-Control-Allow-Origin"] == "*"
    assert browser.post("/api/events", b"{")["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "content_type", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
)
def test_json_is_taken_under_the_names_that_curl_and_beacons_give_it(api, content_type):
    assert api.post("/api/events", EVENT, Content_Type=content_type).status_code == 202


def test_a_batch_is_stored_in_its_order(api):
    rows = [event(donnees={"n": n}, contactData={"email": f"j{n}@example.com"}) for n in range(500)]
    answer = api.post("/api/events/batch", {"evenements": rows})
    assert answer.status_code == 202
    stored = dict(Event.objects.values_list("pk", "data"))
    assert [stored[int(pk)]["n"] for pk in answer.json()["ids"]] == list(range(500))


def test_keys_within_a_batch_count_once(api):
    rows = [event(cle="a"), event(cle="b"), event(cle="a")]
    ids = api.post("/api/events/batch", {"evenements": rows}).json()["ids"]
    assert ids[0] == ids[2] != ids[1]
    assert api.post("/api/events/batch", {"evenements": rows}).json()["ids"] == ids
    assert api.post("/api/events", EVENT, Idempotency_Key="b").json()["id"] == ids[1]
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("rows", "code", "field"),
    [
        ([EVENT, EVENT, EVENT, contact(email="jean@")], "email_invalide", "evenements[3].contactData.email"),
        ([EVENT, event(cle="é")], "cle_invalide", "evenements[1].cle"),
        ([EVENT, 7], "type_invalide", "evenements[1]"),
        ([EVENT, event(donnees={"a": "\0"})], "caractere_interdit", "evenements[1].donnees.a"),
        ([], "trop_court", "evenements"),
        ([EVENT] * 501, "trop_long", "evenements"),
        (EVENT, "type_invalide", "evenements"),
    ],
)
def test_one_mistake_refuses_the_whole_batch(api, rows, code, field):
    refused(api.post("/api/events/batch", {"evenements": rows}), 422, code, field)
    assert not Event.objects.exists()


def test_a_batch_for_another_site_is_refused(api, stranger):
    rows = [EVENT, event(siteId=stranger.site.slug)]
    refused(api.post("/api/events/batch", {"evenements": rows}), 404, "site_inconnu", "siteId")
    assert not Event.objects.exists()


def test_an_event_shows_what_it_started(api):
    who = make_contact(site=api.site)
    stored = make_event(contact=who)
    execution = make_execution(workflow=make_workflow(site=api.site, slug="urgence"), contact=who, event_id=stored.pk)
    make_execution(contact=who)  # of another event
    found = api.get(f"/api/events/{stored.pk}").json()
    assert found["executions"] == [{"id": str(execution.pk), "workflow": "urgence", "statut": "en_cours"}]
    assert (found["evenement"], found["contact"]["email"], found["traite_le"]) == ("appel_urgence", who.email, None)


def test_events_of_others_are_not_there(api, stranger):
    stored = make_event(contact=make_contact(site=stranger.site))
    refused(api.get(f"/api/events/{stored.pk}"), 404, "evenement_inconnu", "id")
    refused(api.get(f"/api/events/{10**30}"), 404, "evenement_inconnu", "id")
    assert api.get("/api/events/abc").status_code == 404


def test_a_contact_may_be_in_another_zone(api, browser):
    def say(caller, zone):
        contact = {"email": "jean@example.com"} | ({} if zone is None else {"fuseau": zone})
        return caller.post("/api/events", {"evenement": "demande", "contactData": contact})

    seen = []
    for caller, zone in (
        (api, None),
        (browser, "Indian/Reunion"),
        (browser, "UTC"),
        (api, ""),
        (api, "America/Cayenne"),
    ):
        assert say(caller, zone).status_code == 202
        seen.append(Contact.objects.get().timezone)
    assert seen == ["", "Indian/Reunion", "Indian/Reunion", "Indian/Reunion", "America/Cayenne"]
    api.post(
        "/api/events", {"evenement": "demande", "contactData": {"email": "luc@example.com", "fuseau": "Indian/Reunion"}}
    )
    assert Contact.objects.get(email="luc@example.com").timezone == "Indian/Reunion"
    for zone in ("Mars/Olympus", "../../etc/passwd", "x" * 80, 3):
        answer = say(api, zone)
        assert (answer.status_code, answer.json()["field"]) == (422, "contactData.fuseau")
