"""Deploying a sector: one call, which may be repeated, and which says what is missing."""

from typing import Any

import pytest
from django.db import connection

from communications.models import Template
from tests.make import NOW, make_site
from workflows.definition import parse
from workflows.deploy import UnknownSectorError, deploy, publish, sectors
from workflows.models import DefinitionVersion, Trigger, Workflow

COMPLETE: dict[str, Any] = {
    "details": {
        "lien_avis": "https://a.fr",
        "lien_rdv": "https://r.fr",
        "lien_contenus": "https://c.fr",
        "lien_ressource": "https://d.fr",
    }
}


@pytest.mark.parametrize("sector", ["artisan", "avocat", "coach", "plombier"])
def test_a_second_deployment_changes_nothing(db: None, sector: str) -> None:
    site = make_site(**COMPLETE)
    first = deploy(site, sector, now=NOW)
    assert (first.created, first.updated, first.unchanged) == (len(sectors()[sector].workflows), 0, 0)

    def rows() -> list[int]:
        return [m.objects.count() for m in (Workflow, DefinitionVersion, Trigger, Template)]

    before = rows()
    second = deploy(site, sector, now=NOW)
    assert (second.created, second.updated, second.unchanged) == (0, 0, first.created)
    assert rows() == before
    assert {m.code for m in second.missing} == {"twilio", "resend"} & {m.code for m in second.missing}


def test_what_is_missing_is_said(db: None, settings: Any) -> None:
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = "x"
    site = make_site(phone="", sms_sender="", details={})
    assert {m.code for m in deploy(site, "plombier", now=NOW).missing} == {"telephone", "lien_avis", "sms_sender"}


def test_an_unknown_sector_is_refused_and_changes_nothing(db: None) -> None:
    with pytest.raises(UnknownSectorError):
        deploy(make_site(), "garagiste", now=NOW)
    assert not Workflow.objects.exists()


def test_a_text_that_was_edited_stays_as_edited(db: None) -> None:
    site = make_site(**COMPLETE)
    deploy(site, "plombier", now=NOW)
    edited, other = Template.objects.order_by("name")[:2]
    Template.objects.filter(pk=edited.pk).update(body="À nous", library_digest="older")
    Template.objects.filter(pk=other.pk).update(updated_at=NOW)
    deploy(site, "plombier", now=NOW)
    edited.refresh_from_db()
    assert edited.body == "À nous"


def test_a_new_definition_is_a_new_version_and_the_old_one_stays(db: None) -> None:
    site = make_site(**COMPLETE)
    workflow = deploy(site, "plombier", now=NOW).workflows[0]
    document = {"trigger": {"event": "autre"}, "steps": [{"id": "un", "wait": "5m"}]}
    publish(workflow, document)
    assert [v.number for v in workflow.versions.order_by("number")] == [1, 2]
    assert [t.event for t in workflow.triggers.all()] == ["autre"]
    assert deploy(site, "plombier", now=NOW).updated == 1  # back to the library's
    assert parse(workflow.versions.get(number=3).document) == parse(workflow.versions.get(number=1).document)


def test_a_stopped_workflow_is_taken_up_again_and_a_paused_one_stays_paused(db: None) -> None:
    site = make_site(**COMPLETE)
    deploy(site, "plombier", now=NOW)
    for before, after in (("arrete", "actif"), ("en_pause", "en_pause")):
        Workflow.objects.update(status=before)
        deploy(site, "plombier", now=NOW)
        assert Workflow.objects.get().status == after


def test_tables_bear_the_names_of_the_product(db: None) -> None:
    assert set(connection.introspection.table_names()) >= {
        "workflows_automatises", "templates_communication", "declencheurs_workflow", "executions_workflow",
        "contacts", "metriques_conversion", "notifications_systeme",
    }  # fmt: skip
