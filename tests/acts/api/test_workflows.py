"""GET and POST /api/workflows."""

import pytest

from crm.models import Event
from tests.acts.api.test_events import refused
from tests.make import NOW, make_contact, make_execution, make_message, make_workflow
from workflows.models import Workflow

CONTACT = {"nom": "Jean Dupont", "email": "jean@example.com", "telephone": "+33123456789"}


def post(api, action, **fields):
    headers = {"Idempotency_Key": fields.pop("key")} if "key" in fields else {}
    return api.post("/api/workflows", {"action": action, **fields}, **headers)


@pytest.mark.parametrize("action", [None, "", "inconnue", 12, ["pause"], {"a": 1}])
def test_an_unknown_action_is_400_and_lists_those_there_are(api, action):
    answer = post(api, action)
    refused(answer, 400, "action_inconnue", "action")
    for known in ("auto_deploy_sector", "trigger", "pause", "resume", "stop"):
        assert known in answer.json()["detail"]


def test_a_body_that_is_no_object_is_refused(api):
    refused(api.post("/api/workflows", [1]), 422, "type_invalide")


def test_deploying_twice_changes_nothing_the_second_time(api):
    first = post(api, "auto_deploy_sector", secteur="artisan", siteId=api.site.slug).json()
    again = post(api, "auto_deploy_sector", secteur="artisan", siteId=api.site.slug).json()
    assert first["statut"] == again["statut"] == "deploye"
    assert (first["data"]["crees"], again["data"]["crees"], again["data"]["inchanges"]) == (2, 0, 2)
    assert {w["statut"] for w in first["data"]["workflows"]} == {"actif"}
    assert all(lack["code"] and lack["message"] for lack in first["data"]["manques"])
    assert Workflow.objects.filter(site=api.site).count() == 2


def test_an_unknown_sector_or_site_is_404(api, stranger):
    refused(post(api, "auto_deploy_sector", secteur="boucher", siteId=api.site.slug), 404, "secteur_inconnu", "secteur")
    for site in (stranger.site.slug, "nulle-part"):
        refused(post(api, "auto_deploy_sector", secteur="artisan", siteId=site), 404, "site_inconnu", "siteId")
    refused(post(api, "auto_deploy_sector", siteId=api.site.slug), 422, "champ_manquant", "secteur")


@pytest.mark.parametrize("by", ["slug", "pk"])
def test_a_workflow_is_triggered_by_its_slug_or_id(api, by):
    workflow = make_workflow(site=api.site)
    answer = post(
        api,
        "trigger",
        workflowId=str(getattr(workflow, by)),
        contactData=CONTACT,
        evenement="nouveau_contact",
        donnees={"source": "appel"},
    )
    assert answer.status_code == 202
    event = Event.objects.get()
    assert answer.json()["id"] == str(event.pk)
    assert (event.workflow_id, event.name, event.data) == (workflow.pk, "nouveau_contact", {"source": "appel"})


def test_a_trigger_repeated_with_its_key_is_one_event(api):
    workflow = make_workflow(site=api.site)
    fields = {"workflowId": workflow.slug, "contactData": CONTACT, "evenement": "nouveau_contact", "key": "a"}
    answers = [post(api, "trigger", **fields).json()["id"] for _ in range(2)]
    assert answers[0] == answers[1]


def test_a_trigger_checks_its_contact(api):
    workflow = make_workflow(site=api.site)
    answer = post(
        api, "trigger", workflowId=workflow.slug, contactData=CONTACT | {"telephone": "12"}, evenement="appel"
    )
    refused(answer, 422, "telephone_invalide", "contactData.telephone")


@pytest.mark.parametrize("status", ["en_pause", "arrete"])
def test_a_workflow_that_is_not_active_starts_nothing(api, status):
    workflow = make_workflow(site=api.site, status=status)
    refused(
        post(api, "trigger", workflowId=workflow.slug, contactData=CONTACT, evenement="appel"), 409, "workflow_inactif"
    )
    assert not Event.objects.exists()


@pytest.mark.parametrize("action", ["trigger", "pause", "resume", "stop"])
@pytest.mark.parametrize("name", ["nulle-part", "0", "9" * 30, "²"])
def test_an_unknown_workflow_is_404(api, action, name):
    fields = {"contactData": CONTACT, "evenement": "appel"} if action == "trigger" else {}
    refused(post(api, action, workflowId=name, **fields), 404, "workflow_inconnu", "workflowId")


@pytest.mark.parametrize("action", ["trigger", "pause", "resume", "stop"])
def test_another_organizations_workflow_is_404_and_stays_as_it_is(api, stranger, action):
    theirs = make_workflow(site=stranger.site, slug="leur-workflow")
    fields = {"contactData": CONTACT, "evenement": "appel"} if action == "trigger" else {}
    for name in (str(theirs.pk), theirs.slug):
        refused(post(api, action, workflowId=name, **fields), 404, "workflow_inconnu", "workflowId")
    theirs.refresh_from_db()
    assert theirs.status == "actif"


def test_pause_resume_and_stop_a_workflow(api):
    execution = make_execution(workflow=make_workflow(site=api.site, slug="urgence"))
    message = make_message(execution=execution)
    seen = []
    for action in ("pause", "resume", "stop"):
        answer = post(api, action, workflowId="urgence")
        assert answer.status_code == 200
        message.refresh_from_db()
        seen.append((answer.json()["statut"], answer.json()["data"]["executions"], message.status))
    assert seen == [("en_pause", 1, "queued"), ("actif", 1, "queued"), ("arrete", 1, "suppressed")]
    execution.refresh_from_db()
    assert execution.status == "arretee"


@pytest.mark.parametrize(
    ("status", "action"), [("en_pause", "pause"), ("actif", "resume"), ("arrete", "stop"), ("arrete", "resume")]
)
def test_what_the_state_forbids_is_409(api, status, action):
    workflow = make_workflow(site=api.site, status=status)
    refused(post(api, action, workflowId=workflow.slug), 409, "etat_incompatible")


def test_pause_resume_and_stop_one_execution(api):
    workflow = make_workflow(site=api.site)
    execution, other = make_execution(workflow=workflow), make_execution(workflow=workflow)
    seen = [post(api, action, executionId=str(execution.pk)).json()["statut"] for action in ("pause", "resume", "stop")]
    assert seen[0] == "en_pause"
    assert seen[1] in ("en_cours", "en_attente")
    assert seen[2] == "arretee"
    refused(post(api, "pause", executionId=str(execution.pk)), 409, "etat_incompatible")
    other.refresh_from_db()
    assert other.status == "en_cours"


def test_another_sites_execution_is_404(api, stranger):
    theirs = make_execution(workflow=make_workflow(site=stranger.site))
    refused(post(api, "stop", executionId=str(theirs.pk)), 404, "execution_inconnue", "executionId")
    theirs.refresh_from_db()
    assert theirs.status == "en_cours"


@pytest.mark.parametrize("fields", [{}, {"workflowId": "a", "executionId": "1"}])
def test_one_thing_is_steered_at_a_time(api, fields):
    refused(post(api, "pause", **fields), 422, "cible_invalide")


def test_an_execution_id_is_a_number(api):
    refused(post(api, "pause", executionId="abc"), 422, "execution_invalide", "executionId")


def test_the_list_shows_the_sites_own_workflows(api, stranger):
    make_workflow(site=stranger.site)
    workflow = make_workflow(site=api.site, slug="urgence")
    found = api.get("/api/workflows").json()
    assert found["suivant"] is None
    (shown,) = found["data"]
    assert (shown["id"], shown["slug"], shown["statut"], shown["version"]) == (str(workflow.pk), "urgence", "actif", 1)
    assert shown["declencheurs"] == [{"evenement": "appel_urgence", "condition": ""}]
    assert shown["objectif"] == {
        "evenement": "intervention_terminee",
        "condition": "",
        "fenetre": "2h",
        "taux_vise": 0.98,
    }
    assert shown["executions_30j"]["commencees"] == 0
    assert shown["executions_30j"]["taux_conversion"] is None


def test_the_list_takes_few_queries_however_long(api, django_assert_max_num_queries):
    for _ in range(5):
        make_workflow(site=api.site)
    api.get("/api/workflows")
    with django_assert_max_num_queries(5):
        assert len(api.get("/api/workflows").json()["data"]) == 5


def test_a_contact_of_the_trigger_is_the_one_that_is_known(api):
    known = make_contact(site=api.site, email="jean@example.com")
    workflow = make_workflow(site=api.site)
    post(api, "trigger", workflowId=workflow.slug, contactData=CONTACT, evenement="appel")
    assert Event.objects.get().contact_id == known.pk
    assert Event.objects.get().occurred_at > NOW


def test_a_schedule_says_when_it_fires_next(api):
    trigger = {"schedule": "0 9 * * 1", "audience": "true", "timezone": "Indian/Reunion"}
    workflow = make_workflow({"trigger": trigger, "steps": [{"id": "pause", "wait": "15m"}]}, site=api.site)
    (told,) = api.get("/api/workflows").json()["data"][0]["declencheurs"]
    assert told == {
        "horaire": "0 9 * * 1", "fuseau": "Indian/Reunion", "condition": "true",
        "prochain_le": workflow.triggers.get().next_at.isoformat(),
    }  # fmt: skip
