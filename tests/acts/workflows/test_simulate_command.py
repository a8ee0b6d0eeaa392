"""`manage.py simulate`: the timeline in French, from a file or a site's workflow; nothing is written."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from berinia.readonly import read_only
from communications.models import Message
from crm.models import Contact, Event
from tests.make import make_contact, make_organization, make_site
from workflows.deploy import LIBRARY, deploy
from workflows.models import Execution

pytestmark = pytest.mark.django_db
WHO = "nom=Zoé Petit,telephone=+33612345678,email=zoe@exemple.fr"


def run(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("simulate", *args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def site(now: Any) -> Any:
    site = make_site(slug="atelier")
    deploy(site, "plombier", now=now)
    return site


@pytest.mark.usefixtures("site")
def test_a_workflow_of_a_site_is_told_with_its_messages():
    before = tuple(model.objects.count() for model in (Contact, Event, Execution, Message))
    said = run(
        "atelier/urgence-24h", "--contact", WHO, "--start", "2026-03-10T10:00",
        "--event", 't+20m intervention_terminee {"note": 5}', "--start-event", 'appel_urgence {"adresse": "Lyon"}',
    )  # fmt: skip
    assert "Simulation de « Urgence 24h/24 » pour Zoé Petit" in said
    assert "10/03/2026 10:00:00  Événement « appel_urgence » (adresse = « Lyon »)" in said
    assert "SMS « plombier/urgence_accuse » (transactional, GSM-7, " in said
    assert "| " in said
    assert "pourquoi : compte pour" in said
    assert "Rien n'a été écrit ni envoyé." in said
    assert tuple(model.objects.count() for model in (Contact, Event, Execution, Message)) == before


@pytest.mark.usefixtures("site")
def test_the_same_in_json():
    found = json.loads(run("atelier/urgence-24h", "--contact", WHO, "--start", "2026-03-10T10:00", "--json"))
    assert found["debut"] == "2026-03-10T09:00:00Z"
    assert found["chronologie"][1]["messages"][0]["segments"] >= 1


def test_a_contact_that_opted_out_is_told_so(site: Any, now: Any) -> None:
    contact = make_contact(site=site, name="Paul", opted_out_at=now)
    said = run("atelier/urgence-24h", "--contact-id", str(contact.pk))
    assert "ne part pas : Ce contact s'est désinscrit." in said


def test_a_file_needs_no_site_and_no_database(tmp_path: Path, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        said = run(str(LIBRARY / "artisan.yaml"), "--workflow", "devis-urgent", "--contact", WHO)
    assert "artisan/" in said
    assert "Votre entreprise" in said
    file = tmp_path / "essai.yaml"
    file.write_text("trigger: {event: x}\nsteps: [{id: a, stop: fini}]")
    assert "Fin : arrêtée [a] → fini" in run(str(file), "--contact", WHO)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("args", "said", "code"),
    [
        (["atelier/urgence-24h"], "--contact", 2),
        (["atelier"], "<site>/<workflow>", 2),
        (["atelier/rien", "--contact", WHO], "n'a pas de workflow « rien »", 1),
        (["rien.yaml", "--contact", WHO], "ne peut pas être lu", 1),
        (["atelier/urgence-24h", "--contact", "Zoé"], "nom=valeur", 2),
        (["atelier/urgence-24h", "--contact", "telephone=12"], "contact.telephone", 1),
        (["atelier/urgence-24h", "--contact", WHO, "--event", "bientôt"], "--event", 2),
        (["atelier/urgence-24h", "--contact", WHO, "--event", "t+1h x {oui}"], "--event", 2),
        (["atelier/urgence-24h", "--contact", WHO, "--start", "hier"], "debut", 1),
        (["atelier/urgence-24h", "--contact-id", "1"], "--contact-id", 1),
        (["atelier/urgence-24h", "--contact", WHO, "--draft"], "brouillon", 1),
        ([str(LIBRARY / "artisan.yaml"), "--contact", WHO], "choisissez-en un", 1),
    ],
)
def test_bad_input_is_said_in_french(args: list[str], said: str, code: int) -> None:
    with pytest.raises(CommandError) as caught:
        run(*args)
    assert said in str(caught.value)
    assert caught.value.returncode == code


def test_a_contact_of_another_site_is_not_found(site: Any) -> None:
    with pytest.raises(CommandError):
        run("atelier/urgence-24h", "--contact-id", str(make_contact().pk))


def test_nothing_can_be_written_inside_and_all_can_after():
    with pytest.raises(DatabaseError, match="read-only"), read_only():
        make_organization()
    with read_only():
        assert Contact.objects.count() == 0
    make_organization()
