"""The outbox and its texts."""

import pytest
from django.urls import reverse

from communications.admin.frame import POLICY
from communications.explanations import EXPLANATIONS, explanation
from communications.faults import Fault
from communications.policy import Refusal
from tests.make import make_message

pytestmark = pytest.mark.django_db


def url(kind, row, page="change"):
    return reverse(f"admin:communications_{kind}_{page}", args=[row.pk])


def test_what_stayed_in_the_sandbox_says_so(boss):
    message = make_message(status="sent", provider="sandbox", payload={"to": "+33612345678", "text": "Bonjour Zoé"})
    assert "bac à sable" in boss.get(reverse("admin:communications_message_changelist")).content.decode()
    page = boss.get(url("message", message)).content.decode()
    assert "bac à sable" in page
    assert "Bonjour Zoé" in page
    assert "1 segment (11 unités, GSM-7)" in page


@pytest.mark.parametrize(
    "payload", [{"body": "Texte du SMS", "from_": "DURAND"}, {"text": "Texte du SMS", "sender": "DURAND"}]
)
def test_the_text_of_any_providers_payload_is_shown(boss, payload):
    page = boss.get(url("message", make_message(provider="twilio", payload=payload))).content.decode()
    assert "Texte du SMS" in page
    assert "DURAND" in page


def test_a_written_email_is_shown_isolated(boss):
    html = "<script>alert(1)</script><p>Bonjour</p>"
    message = make_message(
        channel="email", provider="resend", payload={"html": html, "subject": "Objet", "text": "Bonjour"}
    )
    page = boss.get(url("message", message)).content.decode()
    assert f'src="{url("message", message, "preview")}"' in page
    assert "<iframe" in page
    assert "<script>alert(1)" not in page
    frame = boss.get(url("message", message, "preview"))
    assert frame.content.decode() == html
    assert frame["Content-Security-Policy"] == POLICY
    assert "sandbox; default-src 'none'" in POLICY
    assert "allow" not in POLICY


def test_a_message_without_html_has_no_frame(boss):
    assert boss.get(url("message", make_message(), "preview")).status_code == 404


def test_every_reason_has_a_sentence_and_a_remedy():
    for reason in [
        *Refusal,
        *Fault,
        "modele",
        "arretee",
        "reprise",
        "cle_expiree",
        "introuvable",
        "recherche_en_attente",
    ]:
        assert EXPLANATIONS[str(reason)].why.endswith(".")
        assert EXPLANATIONS[str(reason)].remedy.endswith(".")
    assert explanation("").why == ""
    assert explanation("nouveau").why == "nouveau"


def test_a_message_that_did_not_go_out_says_why_and_what_to_do(boss):
    message = make_message(status="suppressed", reason="trop_tard")
    page = boss.get(url("message", message)).content.decode()
    assert "plus utile au moment de partir" in page
    assert "Écrivez au contact" in page
