"""`consentement` beside contactData: POST /api/events, its batch, and the action `trigger`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.consent import granted
from crm.models import Consent, Contact, Event
from tests.acts.api.test_events import EVENT, refused
from tests.make import make_contact, make_workflow

SAID = {"canaux": ["email", "sms"], "accorde": True, "texte": "J'accepte les offres.", "version": "v2"}
WHOLE = SAID | {
    "finalites": ["commercial", "ouvertures", "clics"], "fondement": "client", "page": "https://ex.fr/devis",
    "ip": "192.0.2.7", "navigateur": "Firefox", "date": "2026-01-05T12:00:00+01:00",
}  # fmt: skip


def event(**changes):
    return EVENT | {"consentement": SAID | changes}


def kept():
    return list(Consent.objects.order_by("pk").values_list("purpose", "channel", "state"))


def test_what_the_person_accepted_is_recorded_with_its_proof(api):
    assert api.post("/api/events", EVENT | {"consentement": WHOLE}).status_code == 202
    assert kept() == [
        ("marketing", "email", "granted"), ("marketing", "sms", "granted"), ("tracking_opens", "email", "granted"),
        ("tracking_clicks", "email", "granted"),
    ]  # fmt: skip
    row = Consent.objects.first()
    assert (row.contact, row.organization_id) == (Contact.objects.get(), api.site.organization_id)
    assert (row.basis, row.text, row.text_version) == ("customer", "J'accepte les offres.", "v2")
    assert (row.url, row.ip, row.user_agent, row.source) == ("https://ex.fr/devis", "192.0.2.7", "Firefox", "api")
    assert row.at.isoformat() == "2026-01-05T11:00:00+00:00"
    assert row.recorded_by.startswith("clé ber_sk_")


def test_without_it_nothing_is_recorded_and_no_statement_more_is_run(api, django_assert_max_num_queries):
    api.post("/api/events", EVENT)
    with django_assert_max_num_queries(5):  # the key's digest is known; savepoint, contacts, events
        api.post("/api/events", EVENT | {"consentement": None})
    assert kept() == []


def test_a_repeat_with_the_same_key_records_nothing_twice(api):
    for _n in range(3):
        assert api.post("/api/events", event(), Idempotency_Key="devis-1").status_code == 202
    assert len(kept()) == 2
    api.post("/api/events", event(accorde=False), Idempotency_Key="devis-1")
    assert len(kept()) == 2


def test_a_batch_records_each_for_its_own_contact(api):
    def of(email, **said):
        return {"evenement": "inscription_lettre", "contactData": {"email": email}, **said}

    events = [of("a@ex.fr", consentement=SAID), of("b@ex.fr"), of("c@ex.fr", consentement=SAID | {"accorde": False})]
    assert api.post("/api/events/batch", {"evenements": events}).status_code == 202
    ids = {c.email: c.pk for c in Contact.objects.all()}
    assert granted(ids.values(), "marketing") == {
        ids["a@ex.fr"]: {"email", "sms"}, ids["b@ex.fr"]: set(), ids["c@ex.fr"]: set(),
    }  # fmt: skip


def test_of_two_in_a_batch_the_later_holds(api):
    events = [{**EVENT, "consentement": SAID}, {**EVENT, "consentement": SAID | {"accorde": False}}]
    api.post("/api/events/batch", {"evenements": events})
    assert granted([Contact.objects.get().pk], "marketing") == {Contact.objects.get().pk: set()}


def test_a_trigger_takes_it_too(api):
    workflow = make_workflow(site=api.site)
    body = {
        "action": "trigger", "workflowId": workflow.slug, "contactData": EVENT["contactData"], "evenement": "appel",
        "consentement": SAID,
    }  # fmt: skip
    assert api.post("/api/workflows", body).status_code == 202
    assert len(kept()) == 2
    assert Consent.objects.first().recorded_by.startswith("clé ber_sk_")
    later = (timezone.now() + timedelta(days=1)).isoformat()
    refused(api.post("/api/workflows", body | {"consentement": SAID | {"date": later}}), 422, "date_future",
            "consentement.date")  # fmt: skip


def test_from_a_browser_what_proves_it_is_the_request_itself(browser):
    answer = browser.post(
        "/api/events", EVENT | {"consentement": WHOLE}, User_Agent="Mozilla/5.0", X_Forwarded_For="203.0.113.9"
    )
    assert answer.status_code == 202
    row = Consent.objects.first()
    assert (row.ip, row.user_agent, row.source, row.basis) == ("127.0.0.1", "Mozilla/5.0", "page", "consent")
    assert timezone.now() - row.at < timedelta(minutes=1)


def test_behind_a_proxy_it_is_whom_the_proxy_speaks_for(browser, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    browser.post("/api/events", event(), X_Forwarded_For="10.0.0.1, 203.0.113.9")
    assert Consent.objects.first().ip == "203.0.113.9"


def test_a_browser_refuses_too(browser):
    browser.post("/api/events", event())
    browser.post("/api/events", event(accorde=False))
    contact = Contact.objects.get()
    assert granted([contact.pk], "marketing") == {contact.pk: set()}


@pytest.mark.parametrize("who", ["api", "browser"])
def test_nothing_that_is_said_lifts_an_opt_out(request, who, now):
    caller = request.getfixturevalue(who)
    contact = make_contact(site=caller.site, email="jean@example.com", opted_out_at=now)
    assert caller.post("/api/events", event()).status_code == 202
    contact.refresh_from_db()
    assert contact.opted_out_at == now


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"canaux": []}, "trop_court", "canaux"),
        ({"canaux": ["pigeon"]}, "canal_inconnu", "canaux[0]"),
        ({"canaux": "email"}, "type_invalide", "canaux"),
        ({"finalites": ["tout"]}, "finalite_inconnue", "finalites[0]"),
        ({"canaux": ["sms"], "finalites": ["clics"]}, "canal_manquant", None),
        ({"accorde": "oui"}, "type_invalide", "accorde"),
        ({"accorde": 1}, "type_invalide", "accorde"),
        ({"texte": "  "}, "texte_manquant", None),
        ({"texte": "x" * 5001}, "trop_long", "texte"),
        ({"version": "v" * 61}, "trop_long", "version"),
        ({"fondement": "envie"}, "fondement_inconnu", "fondement"),
        ({"page": "javascript:alert(1)"}, "page_invalide", "page"),
        ({"ip": "chez moi"}, "ip_invalide", "ip"),
        ({"date": "hier"}, "date_invalide", "date"),
        ({"date": "2099-01-01T00:00:00Z"}, "date_future", "date"),
        ({"autre": 1}, "champ_inconnu", "autre"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_nothing_is_stored(api, changes, code, place):
    field = "consentement" + (f".{place}" if place else "")
    refused(api.post("/api/events", event(**changes)), 422, code, field)
    answer = api.post("/api/events/batch", {"evenements": [EVENT, event(**changes)]})
    refused(answer, 422, code, f"evenements[1].{field}")
    assert Event.objects.count() == 0


def test_the_schema_shows_it(api):
    schema = api.get("/api/schema?format=json").content.decode()
    assert "consentement" in schema
    assert "ConsentIn" in schema
