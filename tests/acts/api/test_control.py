"""Controls over the API: the site, a filter, one execution; counted first, written down with the key."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from tests.acts.api.test_events import refused
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow
from workflows.models import Execution


def post(api, action, **fields):
    return api.post("/api/workflows", {"action": action, **fields})


def test_the_whole_site_is_paused_resumed_and_stopped(api):
    execution = make_execution(workflow=make_workflow(site=api.site))
    seen = []
    for action in ("pause", "resume", "stop"):
        answer = post(api, action, perimetre="site", raison="travaux")
        assert answer.status_code == 200, answer.content
        seen.append((answer.json()["statut"], answer.json()["data"]))
    api.site.refresh_from_db()
    data = {"siteId": api.site.slug, "executions": 1}
    assert seen == [("en_pause", data), ("actif", data), ("actif", data)]
    execution.refresh_from_db()
    assert (execution.status, execution.reason) == ("arretee", "travaux")
    assert {entry.reason for entry in AuditEntry.objects.all()} == {"travaux"}
    assert all(entry.actor.startswith("clé ber_sk_") for entry in AuditEntry.objects.all())


def test_a_filter_is_counted_first_and_then_acted_on(api):
    workflow = make_workflow(site=api.site, slug="urgence")
    failed = [make_execution(workflow=workflow, status="echouee", due_at=None) for _ in range(3)]
    make_execution(workflow=workflow, contact=make_contact(site=api.site), due_at=NOW - timedelta(days=900))
    theirs = make_execution(workflow=make_workflow(site=make_site()), status="echouee", due_at=None)
    asked = {"filtre": {"workflowId": "urgence", "statut": "echouee"}}
    answer = post(api, "retry", apercu=True, **asked)
    assert answer.json()["statut"] == "apercu"
    assert answer.json()["data"] == {
        "actives": 0, "en_pause": 0, "echouees": 3, "en_retard": 0, "messages_en_file": 0, "messages_en_retard": 0,
        "et_plus": False,
    }  # fmt: skip
    assert Execution.objects.filter(status="echouee").count() == 4
    assert post(api, "retry", **asked).json()["data"]["executions"] == 3
    assert set(Execution.objects.filter(pk__in=[f.pk for f in failed]).values_list("status", flat=True)) == {"en_cours"}
    theirs.refresh_from_db()
    assert theirs.status == "echouee"


def test_a_preview_counts_what_is_late(api):
    execution = make_execution(workflow=make_workflow(site=api.site), due_at=NOW - timedelta(days=1))
    make_message(execution=execution)
    found = post(api, "pause", perimetre="site", apercu=True).json()["data"]
    assert (found["actives"], found["en_retard"], found["messages_en_file"]) == (1, 1, 1)
    api.site.refresh_from_db()
    assert not api.site.is_paused


def test_a_resume_spreads_what_is_late(api):
    execution = make_execution(workflow=make_workflow(site=api.site, slug="urgence"), due_at=NOW - timedelta(days=1))
    post(api, "pause", workflowId="urgence")
    assert post(api, "resume", workflowId="urgence", reprise="etaler", duree="2h").status_code == 200
    execution.refresh_from_db()
    assert execution.planned_at == NOW - timedelta(days=1)
    assert execution.due_at > NOW + timedelta(hours=1)


def test_a_retry_from_the_start_and_a_skipped_step(api):
    execution = make_execution(workflow=make_workflow(site=api.site), status="echouee", due_at=None)
    name = str(execution.pk)
    assert post(api, "retry", executionId=name, a_partir_de="debut").json()["statut"] == "en_attente"
    execution.refresh_from_db()
    assert (execution.at, execution.run) == ("accuse", 2)
    assert post(api, "skip_step", executionId=name).json()["statut"] == "en_cours"
    execution.refresh_from_db()
    assert execution.at == "pause"
    refused(post(api, "retry", executionId=name), 409, "etat_incompatible")


@pytest.mark.parametrize(
    ("action", "fields", "code", "field"),
    [
        ("pause", {}, "cible_invalide", None),
        ("pause", {"perimetre": "site", "workflowId": "a"}, "cible_invalide", None),
        ("pause", {"filtre": {}}, "filtre_vide", "filtre"),
        ("retry", {"workflowId": "a"}, "cible_invalide", None),
        ("skip_step", {"perimetre": "site"}, "cible_invalide", None),
        ("resume", {"perimetre": "site", "reprise": "etaler"}, "duree_invalide", None),
        ("resume", {"perimetre": "site", "duree": "2h"}, "duree_invalide", None),
        ("resume", {"perimetre": "site", "reprise": "etaler", "duree": "30d"}, "duree_invalide", None),
        ("resume", {"perimetre": "site", "reprise": "etaler", "duree": "bientôt"}, "duree_invalide", "duree"),
    ],
)
def test_what_makes_no_sense_is_refused(api, action, fields, code, field):
    refused(post(api, action, **fields), 422, code, field)


@pytest.mark.parametrize("fields", [{"filtre": {"statut": "perdue"}}, {"filtre": {"depuis": "hier"}}, {"reprise": "x"}])
def test_bad_values_are_refused(api, fields):
    assert post(api, "resume", **fields).status_code == 422


def test_a_filter_of_another_sites_workflow_is_404(api, stranger):
    make_workflow(site=stranger.site, slug="a-eux")
    refused(post(api, "stop", filtre={"workflowId": "a-eux"}), 404, "workflow_inconnu", "workflowId")
