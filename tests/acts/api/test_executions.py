"""GET /api/workflows/execute."""

from datetime import timedelta

from django.utils import timezone

from tests.acts.api.test_events import refused
from tests.make import make_contact, make_execution, make_message, make_workflow
from workflows.models import StepRun


def ids(answer):
    return [int(row["id"]) for row in answer.json()["data"]]


def test_the_newest_come_first_page_by_page(api):
    workflow = make_workflow(site=api.site)
    made = [make_execution(workflow=workflow).pk for _ in range(5)]
    found, cursor = [], ""
    for _ in range(3):
        answer = api.get(f"/api/workflows/execute?limit=2&cursor={cursor}")
        found += ids(answer)
        cursor = answer.json()["suivant"]
    assert found == made[::-1]
    assert cursor is None


def test_they_are_filtered_by_status_and_workflow(api):
    one, other = make_workflow(site=api.site, slug="un"), make_workflow(site=api.site)
    running, failed = make_execution(workflow=one), make_execution(workflow=one, status="echouee")
    elsewhere = make_execution(workflow=other)
    assert ids(api.get("/api/workflows/execute?status=en_cours")) == [elsewhere.pk, running.pk]
    assert ids(api.get("/api/workflows/execute?status=echouee")) == [failed.pk]
    assert ids(api.get("/api/workflows/execute?workflowId=un&status=en_cours")) == [running.pk]
    assert ids(api.get(f"/api/workflows/execute?workflowId={other.pk}")) == [elsewhere.pk]


def test_an_unknown_status_is_400_an_unknown_workflow_404(api):
    refused(api.get("/api/workflows/execute?status=perdue"), 400, "parametre_inconnu", "status")
    refused(api.get("/api/workflows/execute?workflowId=nulle-part"), 404, "workflow_inconnu", "workflowId")


def test_one_execution_comes_with_its_timeline(api):
    workflow, due_at = make_workflow(site=api.site, slug="urgence"), timezone.now() + timedelta(days=1)
    execution = make_execution(workflow=workflow, due_at=due_at)
    StepRun.objects.create(
        organization_id=execution.organization_id,
        execution_id=execution.pk,
        step="accuse",
        kind="send",
        at=execution.started_at,
        detail="sms",
    )
    make_message(execution=execution)
    by_path = api.get(f"/api/workflows/execute/{execution.pk}").json()
    assert api.get(f"/api/workflows/execute?id={execution.pk}").json() == by_path
    shown = by_path["data"]
    assert (shown["id"], shown["workflow"]["slug"], shown["statut"]) == (str(execution.pk), "urgence", "en_cours")
    assert shown["contact"]["email"] == execution.contact.email
    assert [line["type"] for line in shown["chronologie"]] == ["event", "step", "message", "next"]
    assert all(line["le"] and line["titre"] for line in shown["chronologie"])


def test_one_execution_comes_with_its_explanation(api):
    execution = make_execution(workflow=make_workflow(site=api.site))
    told = api.get(f"/api/workflows/execute/{execution.pk}").json()["data"]["explication"]
    assert "à l'étape « pause » (Attendre 15 minutes)" in told["pourquoi"]
    assert [line["texte"] for line in told["ensuite"]][-1] == "Fin : terminée"
    assert all(line["le"] for line in told["ensuite"])
    assert told["fait_avancer"][-1]["evenement"] == "desinscription"
    assert set(told["fait_avancer"][0]) == {"evenement", "condition", "effet"}
    assert told["remede"] == ""


def test_executions_of_others_are_not_there(api, stranger):
    theirs = make_execution(workflow=make_workflow(site=stranger.site))
    assert ids(api.get("/api/workflows/execute")) == []
    for path in (
        f"/api/workflows/execute/{theirs.pk}",
        f"/api/workflows/execute?id={theirs.pk}",
        f"/api/workflows/execute/{10**30}",
    ):
        refused(api.get(path), 404, "execution_inconnue", "id")
    refused(api.get(f"/api/workflows/execute?workflowId={theirs.workflow_id}"), 404, "workflow_inconnu", "workflowId")


def test_a_page_takes_few_queries(api, django_assert_max_num_queries):
    workflow = make_workflow(site=api.site)
    for _ in range(5):
        make_execution(workflow=workflow, contact=make_contact(site=api.site))
    api.get("/api/workflows/execute")
    with django_assert_max_num_queries(2):
        assert len(ids(api.get("/api/workflows/execute"))) == 5
