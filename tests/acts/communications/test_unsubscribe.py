"""Opting out by a link, and the page of choices: nothing by looking, everything by a click, all of it once."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client

from communications.models import MessageMetric, Suppression
from communications.suppress import suppress
from communications.unsubscribe import SALT, unsubscribe_url
from crm.models import Consent, Contact, Event
from tests.make import NOW, make_contact, make_message

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def contact(db: None) -> Contact:
    return make_contact(email="jean@example.com")


def path(contact: Contact, message_id: int | None = None) -> str:
    return urlsplit(unsubscribe_url(contact.pk, message_id)).path


def page(contact: Contact) -> str:
    answer = Client().get(path(contact))
    assert answer.status_code == 200
    return answer.content.decode()


def token(contact: Contact) -> str:
    return re.findall(r'name="jeton" value="([^"]+)"', page(contact))[0]


def act(contact: Contact, act: str, *ticked: str, message_id: int | None = None, **headers: str) -> HttpResponse:
    """Use a form of the page, without cookies."""
    form = {"acte": act, "jeton": token(contact)} | dict.fromkeys(ticked, "1")
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path(contact, message_id), form, headers=headers)
    assert answer.status_code == 200
    assert not client.cookies
    contact.refresh_from_db()
    return answer


def ticked(text: str) -> list[str]:
    return re.findall(r'name="([\w.]+)" value="1" checked', text)


def said() -> dict[tuple[str, str], str]:
    return {(c.purpose, c.channel): c.state for c in Consent.objects.order_by("id")}


# --- one click -------------------------------------------------------------------------------------------


def test_looking_changes_nothing(contact: Contact) -> None:
    Client().head(path(contact))
    text = page(contact)
    assert "Ne plus rien recevoir" in text
    contact.refresh_from_db()
    assert contact.opted_out_at is None
    assert not Consent.objects.exists()


@pytest.mark.parametrize("content_type", [FORM, "text/plain"])
def test_one_click_opts_out_once(contact: Contact, content_type: str) -> None:
    for _n in range(2):
        answer = Client(enforce_csrf_checks=True).post(path(contact), ONE_CLICK, content_type=content_type)
        assert answer.status_code == 200
        assert "Vous êtes désinscrit" in answer.content.decode()
    contact.refresh_from_db()
    assert contact.opted_out_at is not None
    event = Event.objects.get()
    assert (event.name, event.data) == ("desinscription", {"par": "lien"})
    closed = Suppression.objects.get()
    assert (closed.channel, closed.address, closed.reason) == ("email", "jean@example.com", "opt_out")
    consent = Consent.objects.get()
    assert (consent.purpose, consent.channel, consent.state, consent.source) == (
        "marketing", "email", "refused", "lien",
    )  # fmt: skip
    assert (consent.text, consent.ip) == (ONE_CLICK, "127.0.0.1")


def test_one_click_may_come_as_multipart(contact: Contact) -> None:
    assert Client().post(path(contact), {"List-Unsubscribe": "One-Click"}).status_code == 200
    contact.refresh_from_db()
    assert contact.opted_out_at


@pytest.mark.parametrize("body", ["", "List-Unsubscribe=Two-Clicks", "x=1"])
def test_any_other_post_is_refused(contact: Contact, body: str) -> None:
    assert Client().post(path(contact), body, content_type=FORM).status_code == 400
    contact.refresh_from_db()
    assert contact.opted_out_at is None


def test_it_is_known_which_message_made_them_leave(contact: Contact) -> None:
    message = make_message(contact=contact, channel="email", status="sent")
    for _n in range(2):
        Client().post(path(contact, message.pk), ONE_CLICK, content_type=FORM)
    message.refresh_from_db()
    assert message.unsubscribed_at is not None
    counted = MessageMetric.objects.get()
    assert (counted.name, counted.value, counted.template) == ("unsubscribed", 1, message.template)


def test_a_message_of_somebody_else_is_not_counted(contact: Contact) -> None:
    message = make_message(channel="email", status="sent")
    Client().post(path(contact, message.pk), ONE_CLICK, content_type=FORM)
    message.refresh_from_db()
    assert message.unsubscribed_at is None


def test_links_of_messages_already_sent_stay_good(contact: Contact) -> None:
    old = f"/u/{signing.Signer(salt=SALT).sign(str(contact.pk))}"
    assert Client().post(old, ONE_CLICK, content_type=FORM).status_code == 200
    contact.refresh_from_db()
    assert contact.opted_out_at


def test_a_forged_link_opens_nothing(contact: Contact) -> None:
    forged = path(contact).replace(f"/{contact.pk}:", f"/{contact.pk + 1}:")
    for wrong in (forged, "/u/rien", f"/u/{signing.Signer(salt=SALT).sign('x')}", path(Contact(pk=10**12))):
        assert Client().post(wrong, ONE_CLICK, content_type=FORM).status_code == 404
        assert "pas valable" in Client().get(wrong).content.decode()


# --- the page --------------------------------------------------------------------------------------------


def test_choices_are_kept_with_what_was_read_and_shown_again(contact: Contact, settings: Any) -> None:
    text = act(
        contact, "enregistrer", "marketing.email", "tracking_clicks.email", **{"User-Agent": "Firefox"}
    ).content.decode()  # fmt: skip
    assert "Vos choix sont enregistrés" in text
    assert ticked(text) == ticked(page(contact)) == ["marketing.email", "tracking_clicks.email"]
    assert said() == {
        ("marketing", "email"): "granted", ("marketing", "sms"): "refused", ("marketing", "whatsapp"): "refused",
        ("tracking_opens", "email"): "refused", ("tracking_clicks", "email"): "granted",
    }  # fmt: skip
    proof = Consent.objects.get(purpose="marketing", channel="email")
    assert proof.text == "Je veux recevoir par email les offres et les nouvelles de Plomberie Martin."
    assert proof.text in text
    assert (proof.text_version, proof.source, proof.ip, proof.user_agent) == (
        "page-2026-11", "page", "127.0.0.1", "Firefox",
    )  # fmt: skip
    assert contact.opted_out_at is None


def test_the_same_choices_again_say_nothing_new(contact: Contact) -> None:
    for _n in range(2):
        act(contact, "enregistrer", "marketing.sms")
    assert Consent.objects.count() == 5
    act(contact, "enregistrer")
    assert Consent.objects.count() == 6
    assert said()["marketing", "sms"] == "refused"


def test_less_than_before_counts_as_leaving_by_that_message(contact: Contact) -> None:
    message = make_message(contact=contact, channel="email", status="sent")
    act(contact, "enregistrer", "marketing.email", message_id=message.pk)
    assert not MessageMetric.objects.exists()
    act(contact, "enregistrer", message_id=message.pk)
    assert MessageMetric.objects.get().name == "unsubscribed"


def test_only_what_reaches_somebody_is_offered(db: None) -> None:
    by_phone = make_contact(email=None)
    text = page(by_phone)
    assert "marketing.sms" in text
    assert "marketing.email" not in text
    assert "tracking_opens" not in text


def test_nothing_more_at_all(contact: Contact) -> None:
    text = act(contact, "arreter").content.decode()
    assert "Vous êtes désinscrit" in text
    assert contact.opted_out_at
    assert Event.objects.get().data == {"par": "page"}
    assert set(said().values()) == {"refused"}
    assert {channel for _purpose, channel in said()} == {"email", "sms", "whatsapp"}


def test_a_mistake_is_taken_back(contact: Contact) -> None:
    suppress(contact.organization_id, "sms", str(contact.phone), "unreachable", NOW)
    Client().post(path(contact), ONE_CLICK, content_type=FORM)
    for _n in range(2):
        text = act(contact, "reinscrire").content.decode()
    assert "Vous êtes de nouveau inscrit" in text
    assert contact.opted_out_at is None
    assert list(Event.objects.order_by("id").values_list("name", flat=True)) == ["desinscription", "reinscription"]
    assert [s.channel for s in Suppression.objects.all()] == ["sms"]
    # Commercial messages are agreed to by ticking them, not by coming back.
    assert said() == {("marketing", "email"): "refused"}
    assert ticked(text) == []


def test_whoever_has_no_email_closes_and_opens_the_number(db: None) -> None:
    by_phone = make_contact(email=None)
    act(by_phone, "arreter")
    assert {s.channel for s in Suppression.objects.all()} == {"sms", "whatsapp"}
    act(by_phone, "reinscrire")
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("form", [{}, {"jeton": "x"}, {"jeton": "WzFd:abc"}])
def test_a_form_without_the_page_s_token_is_refused(contact: Contact, form: dict[str, str]) -> None:
    for name in ("enregistrer", "arreter", "reinscrire"):
        assert Client().post(path(contact), {"acte": name, "marketing.email": "1", **form}).status_code == 403
    other = make_contact()
    assert Client().post(path(contact), {"acte": "arreter", "jeton": token(other)}).status_code == 403
    assert not Consent.objects.exists()
    assert Client().post(path(contact), {"acte": "tout", "jeton": token(contact)}).status_code == 400


def test_the_page_is_one_for_people(contact: Contact) -> None:
    contact.site.business_name = "<b>Zoé</b>"
    contact.site.save()
    answer = Client(headers={"accept-language": "en"}).get(path(contact))
    text = answer.content.decode()
    assert answer["Content-Language"] == "fr"
    assert answer["Cache-Control"] == "no-store"
    assert "&lt;b&gt;Zoé" in text
    assert "<b>Zoé" not in text
    boxes, labels = text.count('type="checkbox"'), text.count("<label>")
    assert boxes == labels == 5
    assert text.count("<legend>") == 2
    assert "prefers-color-scheme: dark" in text
    assert "<script" not in text


def test_behind_a_proxy_the_visitor_is_who_the_proxy_names(contact: Contact, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    act(contact, "arreter", **{"X-Forwarded-For": "6.6.6.6, 2001:db8::1"})
    assert {c.ip for c in Consent.objects.all()} == {"2001:db8::1"}
    act(contact, "enregistrer", "marketing.sms", **{"X-Forwarded-For": "nobody"})
    assert Consent.objects.latest("id").ip is None
