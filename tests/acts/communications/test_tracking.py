"""Our own pixel and links: noted once, applied like what providers report, and only for who agreed."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from communications.models import Message, MessageMetric, ReceivedWebhook
from communications.tracking import sign, tracked
from crm.models import Consent, Event
from tests.make import NOW, make_message
from tests.signed import PUBLIC_URL, drain

HTML = '<html><body><a href="https://a.fr/devis?n=1&amp;x=2">Devis</a></body></html>'


@pytest.fixture(autouse=True)
def house(settings: Any) -> None:
    settings.PUBLIC_URL = PUBLIC_URL


@pytest.fixture
def email(db: None) -> Message:
    message = make_message(channel="email", status="delivered", sent_at=NOW, delivered_at=NOW)
    for purpose in ("tracking_opens", "tracking_clicks"):
        Consent.objects.create(
            organization=message.organization, contact=message.contact, purpose=purpose, channel="email",
            state="granted", at=NOW, source="page",
        )  # fmt: skip
    return message


def addresses(email: Message) -> tuple[str, str]:
    """Return the paths of the pixel and of the link, as they stand in an email."""
    html = tracked(HTML, email.pk, granted_opens=True, granted_clicks=True)
    found = re.findall(r'(?:src|href)="([^"]+)"', html)
    link, pixel = (urlsplit(url).path for url in found)
    return pixel, link


def names() -> list[str]:
    return list(Event.objects.order_by("id").values_list("name", flat=True))


def test_an_open_is_noted_once_a_day_and_counted_once(email: Message) -> None:
    pixel, _link = addresses(email)
    for _n in range(3):
        answer = Client(headers={"user-agent": "Firefox"}).get(pixel)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/gif", "no-store")
        assert answer.content.startswith(b"GIF89a")
    row = ReceivedWebhook.objects.get()
    assert (row.provider, row.kind, row.message_id, row.body) == ("berinia", "open", email.pk, {})
    drain()
    email.refresh_from_db()
    assert (email.status, email.opened_at) == ("opened", row.received_at)
    assert names() == ["email.opened"]
    assert MessageMetric.objects.get().name == "opened"


def test_a_click_leads_on_and_is_noted_once_for_each_link(email: Message) -> None:
    _pixel, link = addresses(email)
    for _n in range(2):
        answer = Client().get(link)
        assert (answer.status_code, answer["Location"]) == (302, "https://a.fr/devis?n=1&x=2")
    Client().head(link)
    Client().get(f"/c/{sign(email.pk, 'https://a.fr/autre')}")
    assert drain() == 2
    email.refresh_from_db()
    assert email.status == "clicked"
    assert names() == ["email.clicked", "email.clicked"]
    assert {e.data["lien"] for e in Event.objects.all()} == {"https://a.fr/devis?n=1&x=2", "https://a.fr/autre"}
    assert MessageMetric.objects.get().value == 1


def test_after_the_consent_was_withdrawn_old_emails_tell_nothing(email: Message) -> None:
    pixel, link = addresses(email)
    Consent.objects.all().delete()
    Client().get(pixel)
    assert Client().get(link).status_code == 302
    drain()
    email.refresh_from_db()
    assert (email.status, email.opened_at, email.clicked_at) == ("delivered", None, None)
    assert names() == []
    assert [row.body for row in ReceivedWebhook.objects.all()] == [{"note": "sans consentement"}] * 2


@pytest.mark.parametrize("token", ["rien", "https://evil.example", "WzEsImh0dHBzOi8vZXZpbCJd:abc"])
def test_nobody_else_s_address_is_led_to(db: None, token: str) -> None:
    answer = Client().get(f"/c/{token}")
    assert answer.status_code == 404
    assert "Location" not in answer


def test_a_pixel_is_no_link_and_a_link_no_pixel(email: Message) -> None:
    assert Client().get(f"/c/{sign(email.pk, '')}").status_code == 404
    assert Client().get(f"/o/{sign(email.pk, 'https://a.fr')}.gif").status_code == 200
    assert Client().get("/o/rien.gif").status_code == 200
    assert not ReceivedWebhook.objects.exists()


def test_without_an_address_of_ours_nothing_is_changed(settings: Any) -> None:
    settings.PUBLIC_URL = ""
    assert tracked(HTML, 7, granted_opens=True, granted_clicks=True) == HTML


@pytest.mark.django_db(transaction=True)
def test_a_reader_does_not_notice_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as broken:
        broken.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        broken.setitem(connection.settings_dict, "PORT", "1")
        assert Client().get(f"/o/{sign(7, '')}.gif").status_code == 200
        assert Client().get(f"/c/{sign(7, 'https://a.fr')}").status_code == 302
    connection.close()
