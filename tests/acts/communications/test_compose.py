"""What goes over the wire is what the preview showed."""

from types import SimpleNamespace
from typing import Any

import pytest

from communications.compose import Written, compose
from communications.models import AgentDraft, Template
from communications.providers.sandbox import Sandbox
from communications.reader import Reader
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_template

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


# --- what an agent wrote ---


def drafted(template: Template, text: str, subject: str = "", category: str = "transactional", **site: Any) -> Any:
    """What goes out when there is a draft for the step of a message."""
    contact = make_contact(site=make_site(organization=template.organization, **site))
    message = make_message(
        contact=contact, execution=make_execution(contact=contact), template=template.name, channel=template.channel,
        category=category,
    )  # fmt: skip
    AgentDraft.objects.create(
        contact=contact, execution_id=message.execution_id or 0, run=1, step="accuse", channel=template.channel,
        subject=subject, text=text, created_at=NOW,
    )  # fmt: skip
    address = contact.email if template.channel == "email" else contact.phone
    written = compose([SimpleNamespace(**{**vars(message), "address": address})], Sandbox(), NOW)[message.pk]
    assert isinstance(written, Written)
    return written


def test_a_draft_stands_in_the_place_of_the_templates_words_with_the_mention_of_stop() -> None:
    written = drafted(sms(), "C’est Zoé, ça va ?", category="marketing", sms_sender="+33937000000")
    assert written.payload["text"] == "C'est Zoé, ca va ?\nSTOP : répondez STOP"
    assert written.segments == 1


def test_a_draft_of_an_email_is_escaped_in_paragraphs_within_the_frame(settings: Any) -> None:
    settings.PUBLIC_URL = "https://b.fr"
    text = "Bonjour Zoé,\n\n1 < 2 & {{ contact.email }} <script>x</script>\nÀ bientôt"
    payload = drafted(make_template(), text, "Des nouvelles", "marketing").payload
    assert payload["subject"] == "Des nouvelles"
    assert (
        "Bonjour Zoé,<br /><br />1 &lt; 2 &amp; {{ contact.email }} &lt;script&gt;x&lt;/script&gt;<br />À bientôt"
        in (payload["html"].replace("<br>", "<br />"))
    )
    assert "ici Plomberie Martin" not in payload["html"]
    assert "Ne plus recevoir de messages" in payload["html"]
    assert "https://b.fr/u/" in payload["text"]
    assert "1 < 2 & {{ contact.email }} <script>x</script>" in payload["text"]


def test_a_draft_without_a_subject_has_the_templates() -> None:
    assert drafted(make_template(subject="Votre devis"), "Bonjour Zoé").payload["subject"] == "Votre devis"


def test_outside_of_a_session_an_approved_whatsapp_template_stays_what_it_is() -> None:
    approved = {"content_sid": "HX" + "a" * 32, "content_variables": {"1": "{{ contact.prenom }}"}}
    template = make_template(channel="whatsapp", subject="", body="Bonjour", **approved)
    payload = drafted(template, "Un autre texte").payload
    assert (payload["content_sid"], payload["content_variables"]) == ("HX" + "a" * 32, {"1": "Jean"})
    assert payload["text"] == "Un autre texte"


@pytest.mark.parametrize("change", [{"run": 2}, {"step": "autre"}, {"channel": "email"}])
def test_a_draft_of_another_step_run_or_channel_is_none_of_this_message(change: dict[str, Any]) -> None:
    template = sms()
    contact = make_contact(site=make_site(organization=template.organization))
    message = make_message(
        contact=contact, execution=make_execution(contact=contact), template=template.name, channel="sms"
    )
    own = {"contact": contact, "execution_id": message.execution_id, "run": 1, "step": "accuse", "channel": "sms"}
    AgentDraft.objects.create(**own | change, text="Pas pour lui", created_at=NOW)
    written = compose([SimpleNamespace(**{**vars(message), "address": contact.phone})], Sandbox(), NOW)[message.pk]
    assert isinstance(written, Written)
    assert written.payload["text"] == "Soldes d'été, ca y est"
