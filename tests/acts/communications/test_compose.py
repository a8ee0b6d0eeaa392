"""What goes over the wire is what the preview showed."""

from types import SimpleNamespace
from typing import Any

import pytest

from communications.compose import Written, compose
from communications.models import Template
from communications.providers.sandbox import Sandbox
from communications.reader import Reader
from tests.make import NOW, make_contact, make_message, make_site, make_template

pytestmark = pytest.mark.django_db


def sent(template: Template, category: str = "transactional", **site: Any) -> dict[str, Any]:
    contact = make_contact(site=make_site(organization=template.organization, **site))
    message = make_message(contact=contact, template=template.name, channel=template.channel, category=category)
    address = contact.email if template.channel == "email" else contact.phone
    row = SimpleNamespace(**{**vars(message), "address": address})
    written = compose([row], Sandbox(), NOW)[message.pk]
    assert isinstance(written, Written)
    return dict(written.payload)


def sms(**changes: Any) -> Template:
    return make_template(**{"channel": "sms", "subject": "", "body": "Soldes d’été, ça y est"} | changes)


@pytest.mark.parametrize(
    ("site", "mention"),
    [
        ({"sms_sender": "PlombMartin", "sms_stop_number": "36180"}, "STOP au 36180"),
        ({"sms_sender": "+33612345678", "sms_stop_number": "36180"}, "STOP au 36180"),
        ({"sms_sender": "+33937000000", "sms_stop_number": "36180"}, "STOP : répondez STOP"),
    ],
)
def test_a_marketing_sms_says_how_to_refuse_more(site: dict[str, str], mention: str) -> None:
    assert sent(sms(), "marketing", **site)["text"] == f"Soldes d'été, ca y est\n{mention}"


def test_without_a_number_it_is_the_contacts_own_link(settings: Any) -> None:
    settings.PUBLIC_URL = "https://b.fr"
    text = sent(sms(), "marketing", sms_sender="PlombMartin")["text"]
    assert "\nSTOP : https://b.fr/u/" in text


def test_a_transactional_sms_says_nothing_of_the_kind() -> None:
    assert sent(sms(), sms_stop_number="36180")["text"] == "Soldes d'été, ca y est"


def test_a_text_that_is_to_stay_as_written_stays() -> None:
    assert sent(sms(transliterates=False))["text"] == "Soldes d’été, ça y est"


def test_html_goes_out_with_its_css_inlined_and_a_text_part() -> None:
    body = "<style>p { margin: 0 }</style><p>Bonjour {{ contact.prenom }}</p>"
    payload = sent(make_template(format="html", body=body))
    assert '<p style="margin: 0;">Bonjour Jean</p>' in payload["html"]
    assert payload["text"] == "Bonjour Jean\n"


@pytest.mark.parametrize("category", ["transactional", "marketing"])
def test_a_preview_is_what_goes_out(category: str) -> None:
    template = sms(category=category)
    site = make_site(organization=template.organization, sms_sender="PlombMartin", sms_stop_number="36180")
    written = Reader(site).written(template, NOW)
    assert written.rendered is not None
    assert written.rendered.text == sent(template, category, sms_stop_number="36180")["text"]
