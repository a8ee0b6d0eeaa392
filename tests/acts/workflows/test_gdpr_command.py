"""`manage.py gdpr`: finds who is meant, asks, and says what was done."""

import builtins
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from crm.models import Contact
from tests.acts.workflows.person import EMAIL, NAME, PHONE, SECRETS, make_person, places_of
from tests.make import make_contact, make_message, make_site

pytestmark = pytest.mark.django_db


def gdpr(*arguments):
    out = StringIO()
    call_command("gdpr", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def answers(monkeypatch):
    """What is typed, one answer a question; then the end of the input."""
    given = []

    def answer(question=""):
        if not given:
            raise EOFError
        return given.pop(0)

    monkeypatch.setattr(builtins, "input", answer)
    return given


@pytest.mark.parametrize("term", [EMAIL, "Zoe.R@Example.com", PHONE, "06 98 76 54 32", None])
def test_a_person_is_exported_by_number_email_or_phone(term, tmp_path):
    zoe = make_person()
    document = json.loads(gdpr("export", term or f"#{zoe.pk}"))
    assert document["contact"]["nom"] == NAME
    file = tmp_path / "zoe.json"
    assert "1 personne" in gdpr("export", term or str(zoe.pk), "--out", str(file))
    assert json.loads(file.read_text())["contact"] == document["contact"]
    assert AuditEntry.objects.filter(action="rgpd.export", actor="système").count() == 2


def test_nobody_to_export_is_an_error_and_nobody_to_erase_is_not():
    with pytest.raises(CommandError, match="Aucun contact"):
        gdpr("export", "nobody@example.com")
    assert "Rien à effacer" in gdpr("erase", "nobody@example.com", "--yes")
    assert "Rien à effacer" in gdpr("erase", "Zoé", "--yes")


def test_an_erasure_says_what_went_and_a_second_that_nothing_is_left():
    make_person()
    said = gdpr("erase", EMAIL, "--yes", "--reason", f"{NAME} l'a demandé")
    for text in ("messages : 2", "1 personne(s) effacée(s)", "Twilio, 2 texte(s)", "Resend"):
        assert text in said, text
    assert places_of(*SECRETS) == {}
    assert "Rien à effacer" in gdpr("erase", EMAIL, "--yes")


def test_it_asks_first(answers):
    make_contact(email=EMAIL)
    with pytest.raises(CommandError, match="Rien n'a été effacé"):
        gdpr("erase", EMAIL)
    answers.append("oui")
    with pytest.raises(CommandError, match="Rien n'a été effacé"):
        gdpr("erase", EMAIL)
    assert Contact.objects.count() == 1
    answers.append("effacer")
    gdpr("erase", EMAIL)
    assert Contact.objects.count() == 0


def test_of_several_it_asks_which(answers):
    first, second = make_contact(email=EMAIL), make_contact(email=EMAIL, site=make_site())
    with pytest.raises(CommandError, match="Plusieurs contacts"):
        gdpr("erase", EMAIL, "--yes")
    answers.append(f"#{second.pk}")
    assert f"#{first.pk}" in gdpr("erase", EMAIL, "--yes")
    assert Contact.objects.get() == first


def test_all_of_one_address_or_those_of_one_organization():
    first = make_contact(email=EMAIL)
    for _n in range(2):
        make_contact(email=EMAIL, site=make_site(organization=make_site().organization))
    assert len(json.loads(gdpr("export", EMAIL, "--all"))) == 3
    gdpr("erase", EMAIL, "--organization", first.organization.slug, "--yes")
    assert Contact.objects.count() == 2
    gdpr("erase", EMAIL, "--all", "--yes")
    assert not Contact.objects.exists()


def test_what_is_on_its_way_is_said():
    make_message(contact=make_contact(email=EMAIL), status="sending")
    with pytest.raises(CommandError, match="réessayez dans une minute"):
        gdpr("erase", EMAIL, "--yes")
