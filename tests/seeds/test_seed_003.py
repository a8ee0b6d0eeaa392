"""The calls that the automation's documentation shows, as they are written there."""

import json

import pytest
from django.test import Client

from crm.models import Event
from tests.make import make_key, make_site
from workflows.models import Workflow

pytestmark = pytest.mark.django_db

CURL_DEFAULT = "application/x-www-form-urlencoded"  # what `curl -d` says when it is not told


@pytest.fixture
def call():
    """Call the API as the site `site-123`, with the body as text."""
    key = make_key(make_site(slug="site-123"))

    def call(method, path, body="", content_type="application/json"):
        headers = {"Authorization": f"Bearer {key}"}
        answer = Client().generic(method, path, body, content_type=content_type, headers=headers)
        return answer.status_code, answer.json()

    return call


DEPLOY = """{
    "action": "auto_deploy_sector",
    "secteur": "artisan",
    "siteId": "site-123"
  }"""


def test_deploy_a_sector(call):
    status, body = call("POST", "/api/workflows", DEPLOY)
    assert (status, body["statut"]) == (200, "deploye")
    names = Workflow.objects.filter(site__slug="site-123").values_list("name", flat=True)
    assert set(names) == {"Devis Urgent", "Suivi Chantier"}


@pytest.mark.parametrize(
    ("sector", "names"),
    [("avocat", {"Consultation Urgente"}), ("coach", {"Nurturing Prospect"}), ("plombier", {"Urgence 24h/24"})],
)
def test_deploy_each_sector(call, sector, names):
    call(
        "POST", "/api/workflows", json.dumps({"action": "auto_deploy_sector", "secteur": sector, "siteId": "site-123"})
    )
    assert set(Workflow.objects.values_list("name", flat=True)) == names


def test_trigger_a_workflow(call):
    call("POST", "/api/workflows", DEPLOY)
    body = {
        "action": "trigger",
        "workflowId": Workflow.objects.first().slug,
        "contactData": {"nom": "Jean Dupont", "email": "jean@example.com", "telephone": "+33123456789"},
        "evenement": "nouveau_contact",
    }
    status, answer = call("POST", "/api/workflows", json.dumps(body))
    assert (status, answer["statut"]) == (202, "accepte")
    assert Event.objects.get().contact.phone == "+33123456789"


def test_realtime_figures(call):
    status, body = call("GET", "/api/analytics/conversions?format=realtime")
    data = body["data"]
    assert status == 200
    assert data["metriques_generales"]
    assert data["activite_1h"]
    assert data["top_workflows"] == []


def test_watch_the_executions(call):
    assert call("GET", "/api/workflows/execute?status=en_cours") == (200, {"data": [], "suivant": None})


def test_analyse_a_sector(call):
    body = """{
    "action": "analyze_sector",
    "siteId": "site-123",
    "secteur": "artisan"
  }"""
    status, answer = call("POST", "/api/orchestrator/automation", body)
    assert status == 200
    assert answer["data"]["performance"]["objectif"] == {"conversion": 0.65, "delai": "72h", "satisfaction": 0.85}


def test_the_agents_stats(call):
    status, body = call("GET", "/api/orchestrator/automation?action=get_agent_stats")
    assert (status, body["data"]["siteId"]) == (200, "site-123")


def test_the_performance_report(call):
    text = '{"action": "get_performance_report", "period": "7d"}'
    status, body = call("PUT", "/api/orchestrator/automation", text, CURL_DEFAULT)
    assert (status, body["data"]["periode"]) == (200, "7d")


def test_the_sectors_insights(call):
    text = '{"action": "get_sector_insights", "secteur": "artisan"}'
    status, body = call("PUT", "/api/orchestrator/automation", text, CURL_DEFAULT)
    assert (status, body["data"]["secteur"]) == (200, "artisan")


@pytest.mark.parametrize(
    ("sector", "target"),
    [
        ("artisan", {"conversion": 0.65, "delai": "72h", "satisfaction": 0.85}),
        ("avocat", {"conversion": 0.75, "delai": "48h", "satisfaction": 0.90}),
        ("coach", {"conversion": 0.25, "delai": "240h", "satisfaction": 0.80}),
        ("plombier", {"conversion": 0.98, "delai": "2h", "satisfaction": 0.95}),
    ],
)
def test_the_targets_of_each_sector(call, sector, target):
    _status, body = call(
        "PUT", "/api/orchestrator/automation", json.dumps({"action": "get_sector_insights", "secteur": sector})
    )
    assert body["data"]["objectif"] == target
