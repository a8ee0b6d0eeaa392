"""GET /api/messages: where each message stands, since when, why and what comes next."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.models import Message
from communications.models.message import MessageStatus
from communications.policy import Refusal
from tests.acts.api.test_events import refused
from tests.make import NOW, make_contact, make_execution, make_message
from workflows.api.messages import STATUSES

PATH = "/api/messages"


@pytest.fixture
def contact(api):
    return make_contact(site=api.site, name="Zoé Petit")


def shown(api, message, query=""):
    answer = api.get(f"{PATH}/{message.pk}{query}")
    assert answer.status_code == 200
    return answer.json()["data"]


def ids(api, query=""):
    answer = api.get(f"{PATH}?{query}")
    assert answer.status_code == 200
    return [int(row["id"]) for row in answer.json()["data"]]


def test_every_instant_of_its_way(api, contact):
    instants = {
        "created_at": "cree", "attempted_at": "tente", "sent_at": "envoye", "delivered_at": "remis",
        "opened_at": "ouvert", "clicked_at": "clique", "replied_at": "repondu", "bounced_at": "rejete",
        "complained_at": "plainte", "unsubscribed_at": "desinscrit",
    }  # fmt: skip
    at = {column: NOW + n * timedelta(minutes=1) for n, column in enumerate(instants)}
    message = make_message(contact=contact, status="clicked", **at)
    found = shown(api, message)["instants"]
    assert list(found) == list(instants.values())
    assert [found[name][14:16] for name in instants.values()] == [f"{n:02}" for n in range(10)]
    fresh = shown(api, make_message(contact=contact))["instants"]
    assert fresh.pop("cree")
    assert set(fresh.values()) == {None}


def test_who_it_is_for_and_what_sent_it(api, contact):
    execution = make_execution(contact=contact)
    message = make_message(
        execution=execution, status="sent", template_version=3, segments=2, provider="twilio", provider_id="SM1",
        attempts=2, detail="201",
    )  # fmt: skip
    found = shown(api, message)
    assert found["contact"]["nom"] == "Zoé Petit"
    assert (found["execution"], found["workflow"]) == (str(execution.pk), str(execution.workflow_id))
    assert (found["modele"], found["version_modele"], found["etape"]) == ("plombier/urgence_accuse", 3, "accuse")
    assert (found["canal"], found["categorie"], found["segments"]) == ("sms", "transactional", 2)
    assert (found["fournisseur"], found["id_fournisseur"], found["tentatives"]) == ("twilio", "SM1", 2)
    assert (found["raison"], found["explication"], found["precision"]) == ("", "", "201")


def test_why_it_did_not_go_out_and_what_can_be_done(api, contact):
    found = shown(api, make_message(contact=contact, status="suppressed", reason=Refusal.OPTED_OUT, due_at=None))
    assert (found["statut"], found["raison"]) == ("non_envoye", "desinscrit")
    assert found["explication"] == "Ce contact s'est désinscrit."
    assert found["remede"].startswith("Aucun")
    assert found["prochain_essai"] is None


@pytest.mark.parametrize(
    ("changes", "later", "status", "has_next"),
    [
        ({"reason": "pace"}, True, "differe", True),
        ({"reason": "pace"}, False, "en_file", True),
        ({}, True, "en_file", True),
        ({"status": "unknown", "reason": "unknown"}, True, "inconnu", True),
        ({"status": "sending"}, True, "en_cours", False),
        ({"status": "held", "reason": "pace"}, True, "retenu", False),
    ],
)
def test_what_comes_next(api, contact, changes, later, status, has_next):
    due = timezone.now() + timedelta(hours=1 if later else -1)
    message = make_message(contact=contact, due_at=due, **changes)
    found = shown(api, message)
    assert (found["statut"], found["prochain_essai"] is not None) == (status, has_next)
    assert ids(api, "statut=differe") == ([message.pk] if status == "differe" else [])


@pytest.mark.parametrize(
    ("channel", "payload", "content"),
    [
        ("sms", {"to": "+33612345678", "from_": "Martin", "body": "Bonjour"},
         {"expediteur": "Martin", "texte": "Bonjour"}),
        ("email", {"from": "a@b.fr", "to": ["c@d.fr"], "subject": "Votre devis", "html": "<p>x</p>", "text": "x"},
         {"expediteur": "a@b.fr", "objet": "Votre devis", "html": "<p>x</p>", "texte": "x"}),
        ("whatsapp", {"to": "whatsapp:+33", "from_": "whatsapp:+33", "content_sid": "HX1", "content_variables": "{}"},
         {"expediteur": "whatsapp:+33", "modele_approuve": "HX1"}),
        ("sms", None, {}),
    ],
)  # fmt: skip
def test_what_was_written_is_told_only_when_asked(api, contact, channel, payload, content):
    message = make_message(contact=contact, channel=channel, status="sent", payload=payload)
    empty = dict.fromkeys(("expediteur", "objet", "texte", "html", "modele_approuve"), "")
    assert shown(api, message, "?contenu=1")["contenu"] == empty | content
    for query in ("", "?contenu=0"):
        assert "contenu" not in shown(api, message, query)
    assert "contenu" not in api.get(f"{PATH}?contenu=1").json()["data"][0]


def test_lists_are_filtered_and_paged(api, contact):
    execution = make_execution(contact=contact)
    first = [make_message(execution=execution, step=f"e{n}", status="sent").pk for n in range(3)]
    other = make_message(contact=make_contact(site=api.site), status="failed").pk
    assert ids(api) == [other, *reversed(first)]
    assert ids(api, f"contact={contact.pk}") == ids(api, f"execution={execution.pk}") == list(reversed(first))
    assert ids(api, "statut=echoue") == [other]
    assert ids(api, f"contact={contact.pk}&statut=echoue") == ids(api, "contact=99999999") == []
    page = api.get(f"{PATH}?limit=2").json()
    assert page["suivant"] == str(first[2])
    assert ids(api, f"limit=2&cursor={page['suivant']}") == [first[1], first[0]]


def test_there_is_a_word_for_every_status(api, contact):
    assert sorted(STATUSES.values()) == sorted(MessageStatus)
    for word, status in STATUSES.items():
        message = make_message(contact=contact, status=status)
        assert shown(api, message)["statut"] == word
        assert ids(api, f"statut={word}") == [message.pk]


def test_another_site_is_another_matter(api, stranger, contact):
    message = make_message(contact=contact)
    refused(stranger.get(f"{PATH}/{message.pk}"), 404, "message_inconnu", "id")
    assert ids(stranger, f"contact={contact.pk}") == ids(stranger) == []
    refused(api.get(f"{PATH}/{10**30}"), 404, "message_inconnu", "id")


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("contact=zoe", "parametre_invalide", "contact"),
        ("execution=-1", "parametre_invalide", "execution"),
        ("statut=sent", "parametre_inconnu", "statut"),
    ],
)
def test_a_bad_parameter_is_named(api, query, code, field):
    refused(api.get(f"{PATH}?{query}"), 400, code, field)


def test_only_a_secret_key_reads(api, browser, contact):
    refused(browser.get(PATH), 403, "interdit")
    refused(browser.get(f"{PATH}/{make_message(contact=contact).pk}"), 403, "interdit")
    refused(api.get(f"{PATH}/{Message.objects.get().pk}?contenu=oui"), 400, "parametre_inconnu", "contenu")
