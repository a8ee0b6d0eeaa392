"""SMS that come in: verified, placed, taken once, and heard."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator

from accounts.models import Site
from crm.models import Contact, Event
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_contact, make_message, make_organization, make_site, make_workflow
from workflows.models import Execution
from workflows.route import route_batch

OURS, SHARED, THEM = "+33757000001", "+33757000099", "+33612345678"


@pytest.fixture(autouse=True)
def house(db: None, settings: Any, twilio: FakeTwilio) -> None:
    settings.PUBLIC_URL, settings.TWILIO_PHONE_NUMBER = "https://app.exemple.fr", SHARED


@pytest.fixture
def site() -> Site:
    return make_site(sms_sender=OURS)


def send(
    text: str, *, sender: str = THEM, to: str = OURS, sid: str = "SM1", token: str = "token", **more: str
) -> HttpResponse:
    form = {"MessageSid": sid, "From": sender, "To": to, "Body": text, "NumMedia": "0"} | more
    signature = RequestValidator(token).compute_signature("https://app.exemple.fr/webhooks/twilio/sms", form)
    return Client().post("/webhooks/twilio/sms", form, headers={"X-Twilio-Signature": signature})


def test_an_sms_is_an_event_of_its_sender_taken_once(site: Site) -> None:
    contact = make_contact(site=site)
    for _n in range(2):
        answer = send("Été : un devis svp")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
        assert answer.content.endswith(b"<Response/>")
    event = Event.objects.get()
    assert (event.contact, event.name) == (contact, "sms_recu")
    assert event.data == {"texte": "Été : un devis svp", "de": THEM, "a": OURS, "mot": "ETE"}
    send("Été : un devis svp", sid="SM2")
    assert Event.objects.count() == 2


def test_an_unknown_number_is_a_new_contact(site: Site) -> None:
    for _n in range(2):
        send("Bonjour")
    contact = Contact.objects.get()
    assert (contact.site, contact.phone, contact.email) == (site, THEM, None)
    assert Event.objects.get().contact == contact


@pytest.mark.parametrize("token", ["wrong", ""])
def test_a_wrong_signature_changes_nothing(site: Site, token: str) -> None:
    assert send("Bonjour", token=token or "x").status_code == 403
    assert Client().post("/webhooks/twilio/sms", {"From": THEM, "To": OURS, "Body": "STOP"}).status_code == 403
    assert Client().get("/webhooks/twilio/sms").status_code == 405
    assert not Event.objects.exists()


def test_without_twilio_nobody_is_believed(site: Site, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert send("Bonjour").status_code == 403


@pytest.mark.parametrize(("text", "more"), [("Stop svp", {}), ("ARRÊT", {}), ("fin", {"OptOutType": "STOP"})])
def test_stop_opts_out_like_the_link_does(site: Site, text: str, more: dict[str, str]) -> None:
    contact, twin = make_contact(site=site), make_contact(site=site)  # who shares the number shares the wish
    elsewhere = make_contact()
    for _n in range(2):
        assert send(text, **more).status_code == 200
    assert set(Event.objects.values_list("contact_id", "name")) == {(c.pk, "desinscription") for c in (contact, twin)}
    assert Event.objects.count() == 2
    for row in (contact, twin, elsewhere):
        row.refresh_from_db()
    assert contact.opted_out_at
    assert twin.opted_out_at
    assert not elsewhere.opted_out_at


def test_stop_from_an_unknown_number_is_remembered(site: Site) -> None:
    send("STOP")
    assert Contact.objects.get().opted_out_at
    assert Event.objects.get().name == "desinscription"


def test_on_a_shared_number_it_is_for_the_one_that_last_wrote() -> None:
    organization = make_organization()
    first, second = (make_site(sms_sender="", organization=organization) for _n in range(2))
    contacts = [make_contact(site=site) for site in (first, second, second)]
    for contact in (contacts[2], contacts[1], contacts[0]):
        make_message(contact=contact, channel="sms", status="sent", sent_at=NOW)
    make_message(contact=contacts[2], channel="email", status="sent", sent_at=NOW)
    send("Bonjour", to=SHARED)
    assert Event.objects.get().contact == contacts[0]
    send("STOP", to=SHARED, sid="SM2")
    assert Contact.objects.filter(opted_out_at=None).count() == 0


def test_what_cannot_be_placed_is_left_alone(site: Site) -> None:
    make_site(sms_sender=""), make_site(sms_sender="")
    assert send("Bonjour", to=SHARED).status_code == 200
    assert send("Bonjour", to="+33757999999").status_code == 200
    assert send("Bonjour", sender="INFOSMS").status_code == 200
    assert send("Bonjour", sender=f"whatsapp:{THEM}", to=f"whatsapp:{OURS}").status_code == 200
    assert not Event.objects.exists()


def test_the_first_word_starts_the_workflow_that_waits_for_it(site: Site) -> None:
    steps = [{"id": "pause", "wait": "15m"}]
    wanted = make_workflow({"trigger": {"sms": "DEVIS"}, "steps": steps}, site=site)
    make_workflow({"trigger": {"sms": "RDV"}, "steps": steps}, site=site)
    anything = make_workflow({"trigger": {"sms": "any"}, "steps": steps}, site=site)
    send("Dévis svp\0")
    route_batch(now=NOW + timedelta(minutes=1), limit=10)
    assert {e.workflow for e in Execution.objects.all()} == {wanted, anything}
