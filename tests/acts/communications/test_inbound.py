"""What contacts write back: placed, taken once, heard; and what ends or opens what is sent to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Site
from communications.models import Message, MessageMetric, Notification, ReceivedWebhook, Suppression
from communications.receive import reapply
from communications.suppress import suppress
from crm.models import Consent, Contact, Event
from tests.fakes.twilio import FakeTwilio
from tests.make import NOW, make_contact, make_execution, make_message, make_organization, make_site, make_workflow
from tests.signed import PUBLIC_URL, drain, twilio
from workflows.execute import execute_batch
from workflows.models import Execution
from workflows.route import route_batch

OURS, SHARED, THEM = "+33757000001", "+33757000099", "+33612345678"
WHATSAPP = "+33757000002"


@pytest.fixture(autouse=True)
def house(db: None, settings: Any, twilio: FakeTwilio) -> None:
    settings.PUBLIC_URL, settings.TWILIO_PHONE_NUMBER = PUBLIC_URL, SHARED


@pytest.fixture
def site() -> Site:
    return make_site(sms_sender=OURS, whatsapp_sender="+33 7 57 00 00 02")


def send(text: str, *, sender: str = THEM, to: str = OURS, sid: str = "SM1", **more: str) -> ReceivedWebhook:
    """Send an SMS to a number of ours and have it taken in."""
    form = {"MessageSid": sid, "From": sender, "To": to, "Body": text, "NumMedia": "0"} | more
    assert twilio("/webhooks/twilio/sms", form).status_code == 200
    drain()
    return ReceivedWebhook.objects.get(external_id=sid)


def write(text: str, *, sid: str = "WA1", **more: str) -> ReceivedWebhook:
    """Send a WhatsApp message."""
    form = {"MessageSid": sid, "From": f"whatsapp:{THEM}", "To": f"whatsapp:{WHATSAPP}", "Body": text} | more
    assert twilio("/webhooks/twilio/whatsapp", form).status_code == 200
    drain()
    return ReceivedWebhook.objects.get(external_id=sid)


def sent(contact: Contact, **changes: Any) -> Message:
    return make_message(contact=contact, **{"status": "sent", "sent_at": timezone.now(), "to": THEM} | changes)


def events() -> list[str]:
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def moments() -> dict[str, int]:
    return {row["name"]: row["n"] for row in MessageMetric.objects.values("name").annotate(n=Sum("value"))}


def consents() -> list[tuple[str, str, str]]:
    return list(Consent.objects.order_by("id").values_list("channel", "state", "source"))


# --- whose it is -----------------------------------------------------------------------------------------


def test_an_sms_is_an_event_of_its_sender_taken_once(site: Site) -> None:
    contact = make_contact(site=site)
    for _n in range(2):
        send("Été : un devis svp")
    event = Event.objects.get()
    assert (event.contact, event.name) == (contact, "sms_recu")
    assert event.data == {"texte": "Été : un devis svp", "de": THEM, "a": OURS, "mot": "ETE"}
    send("Été : un devis svp", sid="SM2")
    assert Event.objects.count() == 2


def test_an_unknown_number_is_a_new_contact(site: Site) -> None:
    for sid in ("SM1", "SM1", "SM2"):
        send("Bonjour", sid=sid)
    contact = Contact.objects.get()
    assert (contact.site, contact.phone, contact.email) == (site, THEM, None)
    assert Event.objects.filter(contact=contact, name="sms_recu").count() == 2


def test_two_from_one_unknown_number_in_one_batch_are_one_contact(site: Site) -> None:
    for sid, text in (("SM1", "Bonjour"), ("SM2", "STOP")):
        twilio("/webhooks/twilio/sms", {"MessageSid": sid, "From": THEM, "To": OURS, "Body": text})
    assert drain() == 2
    assert Contact.objects.get().opted_out_at
    assert events() == ["sms_recu", "desinscription"]


def test_on_a_shared_number_it_is_for_the_one_that_last_wrote() -> None:
    organization = make_organization()
    first, second = (make_site(sms_sender="", organization=organization) for _n in range(2))
    contacts = [make_contact(site=site) for site in (first, second, second)]
    for contact in (contacts[2], contacts[1], contacts[0]):
        sent(contact)
    sent(contacts[2], channel="email")
    send("Bonjour", to=SHARED)
    assert set(Event.objects.values_list("contact", flat=True)) == {contacts[0].pk}
    send("STOP", to=SHARED, sid="SM2")
    assert Contact.objects.filter(opted_out_at=None).count() == 0


def test_on_a_shared_number_of_one_organization_an_unknown_number_goes_to_its_first_site() -> None:
    organization = make_organization()
    first, _second = (make_site(sms_sender="", organization=organization) for _n in range(2))
    send("Bonjour", to=SHARED)
    assert Contact.objects.get().site == first


@pytest.mark.parametrize(
    ("sender", "to", "said"),
    [
        (THEM, SHARED, "plusieurs organisations"),
        (THEM, "+33757999999", "aucun site"),
        ("INFOSMS", OURS, "pas un numéro"),
    ],
)
def test_what_cannot_be_placed_is_kept_with_the_reason(site: Site, sender: str, to: str, said: str) -> None:
    make_site(sms_sender=""), make_site(sms_sender="")
    row = send("Bonjour", sender=sender, to=to)
    assert said in row.error
    assert row.processed_at is not None
    assert not Event.objects.exists()


def test_once_the_site_has_its_number_what_was_kept_can_be_placed(site: Site) -> None:

    row = send("Bonjour", to="+33757999999")
    Site.objects.update(sms_sender="+33757999999")
    assert reapply([row.pk]) == 1
    drain()
    assert Contact.objects.get().phone == THEM
    row.refresh_from_db()
    assert row.error == ""


# --- what it answers -------------------------------------------------------------------------------------


def test_a_reply_is_matched_to_its_message_and_execution(site: Site) -> None:
    contact = make_contact(site=site)
    execution = make_execution(workflow=make_workflow(site=site), contact=contact)
    old = sent(contact, step="vieux", sent_at=timezone.now() - timedelta(days=3))
    message = sent(contact, execution=execution)
    sent(contact, channel="email", step="mail")
    make_message(contact=contact, step="en_file")
    for sid in ("SM1", "SM2"):
        send("Oui merci", sid=sid)
    message.refresh_from_db()
    old.refresh_from_db()
    assert (message.replied_at is not None, old.replied_at) == (True, None)
    assert moments() == {"replied": 1}
    assert events()[1:] == ["sms_recu", "sms.replied"] * 2
    data = Event.objects.filter(name="sms_recu")[0].data
    assert data["texte"] == "Oui merci"
    assert (data["message"], data["modele"], data["etape"]) == (message.pk, message.template, "accuse")
    assert data["reponse_a"] == execution.pk
    assert "execution" not in data


def test_after_a_month_nothing_in_particular_is_answered(site: Site) -> None:
    message = sent(make_contact(site=site), sent_at=timezone.now() - timedelta(days=31))
    send("Bonjour")
    message.refresh_from_db()
    assert message.replied_at is None
    assert events() == ["sms_recu"]


def test_every_execution_that_waits_for_an_answer_hears_it(site: Site) -> None:
    contact = make_contact(site=site)
    steps = [
        {"id": "reponse", "wait_for": {"event": "sms_recu", "timeout": "2d"}, "then": [{"id": "oui", "wait": "1h"}]}
    ]
    later = timezone.now()
    runs = [
        make_execution(
            workflow=make_workflow({"trigger": {"event": "demande"}, "steps": steps}, site=site), contact=contact,
            at="reponse", started_at=later, entered_at=later, due_at=later + timedelta(days=2),
        )
        for _n in range(2)
    ]  # fmt: skip
    sent(contact, execution=runs[0])
    send("Oui")
    route_batch(now=later, limit=10)
    execute_batch(now=later, limit=10)
    assert set(Execution.objects.values_list("at", flat=True)) == {"oui"}


def test_the_first_word_starts_the_workflow_that_waits_for_it(site: Site) -> None:
    steps = [{"id": "pause", "wait": "15m"}]
    wanted = make_workflow({"trigger": {"sms": "DEVIS"}, "steps": steps}, site=site)
    make_workflow({"trigger": {"sms": "RDV"}, "steps": steps}, site=site)
    anything = make_workflow({"trigger": {"sms": "any"}, "steps": steps}, site=site)
    send("Dévis svp\0")
    route_batch(now=NOW + timedelta(minutes=1), limit=10)
    assert {e.workflow for e in Execution.objects.all()} == {wanted, anything}


# --- stop ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "more"), [("Stop svp", {}), ("ARRÊT", {}), ("fin", {"OptOutType": "STOP"})])
def test_stop_opts_out_like_the_link_does(site: Site, text: str, more: dict[str, str]) -> None:
    contact, twin = make_contact(site=site), make_contact(site=site)  # who shares the number shares the wish
    elsewhere = make_contact()
    for sid in ("SM1", "SM1", "SM2"):
        send(text, sid=sid, **more)
    assert set(Event.objects.values_list("contact_id", "name")) == {(c.pk, "desinscription") for c in (contact, twin)}
    assert Event.objects.count() == 2
    for row in (contact, twin, elsewhere):
        row.refresh_from_db()
    assert contact.opted_out_at
    assert twin.opted_out_at
    assert not elsewhere.opted_out_at


def test_stop_closes_the_number_and_is_kept_as_a_refusal(site: Site) -> None:
    contact = make_contact(site=site)
    message = sent(contact)
    for sid in ("SM1", "SM2"):
        send("STOP PUB", sid=sid)
    closed = Suppression.objects.filter(organization=site.organization, address=THEM)
    assert set(closed.values_list("channel", "reason")) == {("sms", "opt_out"), ("whatsapp", "opt_out")}
    assert consents() == [("sms", "refused", "sms")]
    assert Consent.objects.get().text == "STOP PUB"
    message.refresh_from_db()
    assert (message.unsubscribed_at is not None, message.replied_at) == (True, None)
    assert moments() == {"unsubscribed": 1}


def test_stop_outweighs_that_the_number_was_unreachable(site: Site) -> None:
    contact = make_contact(site=site)
    suppress(site.organization_id, "sms", THEM, "unreachable", NOW)
    send("STOP")
    assert Suppression.objects.get(channel="sms").reason == "opt_out"
    contact.refresh_from_db()
    assert contact.opted_out_at


def test_stop_from_an_unknown_number_is_remembered(site: Site) -> None:
    send("STOP")
    assert Contact.objects.get().opted_out_at
    assert events() == ["desinscription"]
    assert Suppression.objects.count() == 2
    assert consents() == [("sms", "refused", "sms")]


def test_what_may_be_a_stop_ends_what_is_commercial_and_is_read_by_a_person(site: Site) -> None:
    contact = make_contact(site=site)
    sent(contact)
    send("Je préfère un stop net de cette fuite d'eau")
    contact.refresh_from_db()
    assert contact.opted_out_at is None
    assert not Suppression.objects.exists()
    assert consents() == [("sms", "refused", "sms")]
    assert events() == ["sms_recu", "sms.replied"]
    alert = Notification.objects.get()
    assert str(contact.pk) in alert.link
    assert "fuite" not in alert.title + alert.body


# --- start -----------------------------------------------------------------------------------------------


def test_start_takes_a_stop_back(site: Site) -> None:
    contact = make_contact(site=site)
    send("STOP")
    for sid in ("SM2", "SM2", "SM3"):
        send("Start", sid=sid)
    contact.refresh_from_db()
    assert contact.opted_out_at is None
    assert list(Suppression.objects.values_list("channel", flat=True)) == ["whatsapp"]
    assert consents() == [("sms", "refused", "sms"), ("sms", "granted", "sms")]
    # The second one had nothing left to take back: it is an answer.
    assert events() == ["desinscription", "reinscription", "sms_recu"]


def test_start_does_not_touch_what_was_refused_elsewhere(site: Site) -> None:
    contact = make_contact(site=site, opted_out_at=NOW)
    Consent.objects.create(
        organization=site.organization, contact=contact, purpose="marketing", channel="sms", state="refused", at=NOW,
        source="page",
    )  # fmt: skip
    suppress(site.organization_id, "sms", THEM, "unreachable", NOW)
    send("START")
    contact.refresh_from_db()
    assert contact.opted_out_at is None
    assert consents() == [("sms", "refused", "page")]
    assert Suppression.objects.get().reason == "unreachable"


@pytest.mark.parametrize("text", ["OUI", "Yes", "Aide", "HELP", "START"])
def test_from_who_is_not_opted_out_these_are_answers(site: Site, text: str) -> None:
    make_contact(site=site)
    send(text)
    assert events() == ["sms_recu"]
    assert not Consent.objects.exists()


# --- WhatsApp --------------------------------------------------------------------------------------------


def test_a_whatsapp_message_opens_the_day_in_which_it_may_be_answered(site: Site) -> None:
    contact, twin = make_contact(site=site), make_contact(site=site)
    message = sent(contact, channel="whatsapp")
    sent(contact)
    write("Bonjour", ProfileName="Zoé")
    for row in (contact, twin):
        row.refresh_from_db()
        assert row.whatsapp_at is not None
    assert contact.name == "Jean Dupont"
    assert events() == ["whatsapp_recu", "whatsapp.replied"]
    event = Event.objects.get(name="whatsapp_recu")
    assert (event.data["texte"], event.data["de"], event.data["a"]) == ("Bonjour", THEM, WHATSAPP)
    assert event.data["message"] == message.pk
    late = contact.whatsapp_at + timedelta(hours=1)
    Contact.objects.update(whatsapp_at=late)
    write("Bonjour ?", sid="WA2")
    contact.refresh_from_db()
    assert contact.whatsapp_at == late  # what is older takes nothing away


def test_an_unknown_person_on_whatsapp_has_a_name(site: Site) -> None:
    write("", ButtonText="Oui, un devis", ProfileName="  Zoé   Petit ")
    contact = Contact.objects.get()
    assert (contact.name, contact.phone, contact.whatsapp_at is not None) == ("Zoé Petit", THEM, True)
    assert Event.objects.get().data["mot"] == "OUI"


def test_stop_and_start_on_whatsapp(site: Site) -> None:
    contact = make_contact(site=site)
    write("stop")
    contact.refresh_from_db()
    assert contact.opted_out_at
    assert set(Suppression.objects.values_list("channel", flat=True)) == {"sms", "whatsapp"}
    write("UNSTOP", sid="WA2")
    contact.refresh_from_db()
    assert contact.opted_out_at is None
    assert consents() == [("whatsapp", "refused", "whatsapp"), ("whatsapp", "granted", "whatsapp")]
    assert Suppression.objects.get().channel == "sms"


def test_the_number_of_sms_is_not_that_of_whatsapp(site: Site) -> None:
    row = write("Bonjour", To=f"whatsapp:{OURS}")
    assert "aucun site" in row.error


def test_a_picture_alone_is_an_answer(site: Site) -> None:
    make_contact(site=site)
    write("", NumMedia="2")
    assert Event.objects.get().data == {"texte": "", "de": THEM, "a": WHATSAPP, "mot": "", "medias": 2}
