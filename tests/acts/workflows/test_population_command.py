"""`manage.py simulate --population`: the tables, their figures, and the same again for the same seed."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.make import make_site
from workflows.deploy import LIBRARY, deploy
from workflows.models import Execution

FILE = str(LIBRARY / "artisan.yaml")
ARGS = (FILE, "--workflow", "devis-urgent", "--start", "2026-03-10", "--population", "300")


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("simulate", *args, stdout=out)
    return out.getvalue()


def figures(*args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*ARGS, "--json", *args))
    return found


def test_the_figures_add_up_and_a_seed_says_it_all():
    found = figures()
    assert found == figures()
    assert found != figures("--seed", "1")
    assert found["demarrees"] == 300 == sum(found["issues"].values())
    email, sms, whatsapp = found["canaux"]
    assert [row["canal"] for row in found["canaux"]] == ["email", "sms", "whatsapp"]
    assert whatsapp["messages"] == 0
    for name in ("messages", "segments"):
        assert sum(row[name] for row in found["par_heure"]) == sms[name] + email[name]
    assert sum(row["messages"] for row in found["modeles"]) == sms["messages"] + email["messages"]
    assert sms["segments"] >= sms["messages"] > 0
    assert sms["euros"] == pytest.approx(sms["segments"] * 0.08)
    assert found["euros"] == pytest.approx(sms["euros"] + email["euros"], abs=0.02)
    assert not any(row["erreur"] for row in found["modeles"])


def test_the_price_is_a_setting(settings: Any) -> None:
    settings.SMS_SEGMENT_EUROS, settings.EMAIL_EUROS = 1.0, 0.0
    found = figures()
    assert found["euros"] == next(row for row in found["canaux"] if row["canal"] == "sms")["segments"]


def test_the_tables_are_in_french_and_name_what_is_too_fast():
    said = run(*ARGS, "--sms-per-second", "0.01")
    assert "300 contacts dans « " in said
    assert "supposé : " in said
    assert "la pointe dépasse la limite du fournisseur" in said
    assert "Rien n'a été écrit ni envoyé." in said


def test_a_probability_replaces_that_of_the_goal_or_comes_beside_it():
    assert "contact_etabli" not in figures()["evenements"]
    assert figures("--probability", "contact_etabli=1 within 5m")["evenements"]["contact_etabli"] == 300
    goal = next(iter(figures()["evenements"]))
    assert figures("--probability", f"{goal}=0")["conversion"] == 0


@pytest.mark.django_db
def test_a_workflow_of_a_site_is_reckoned_with_its_own_messages_and_starts_nothing(now: Any) -> None:
    site = make_site(slug="atelier")
    deploy(site, "artisan", now=now)
    found = json.loads(run("atelier/devis-urgent", "--population", "20", "--json"))
    assert found["demarrees"] == 20
    assert not any(row["erreur"] for row in found["modeles"])
    assert not Execution.objects.exists()


@pytest.mark.parametrize(
    "args",
    [
        ["--population", "0"],
        ["--probability", "x=2"],
        ["--probability", "x=0.5 within bientôt"],
        ["--probability", "x"],
        ["--opens", "25:00"],
        ["--opens", "18:00", "--closes", "9:00"],
        ["--event", "1h x"],
        ["--email-per-second", "0"],
    ],
)
def test_bad_options_are_said(args: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        run(*ARGS, *args)
    assert caught.value.returncode == 2
