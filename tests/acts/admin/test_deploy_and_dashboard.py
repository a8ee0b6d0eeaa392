"""Deploying a sector, and the first page."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from communications.models import Notification, Template
from communications.models.reach import Reached, count_reached
from crm.models import Duplicate
from crm.models.metric import Counted, count, hour_of
from tests.acts.admin.conftest import signed_in
from tests.make import (
    NOW,
    make_contact,
    make_execution,
    make_export,
    make_lead,
    make_message,
    make_organization,
    make_site,
    make_workflow,
)
from workflows.deploy import sectors
from workflows.models import Workflow

pytestmark = pytest.mark.django_db
DEPLOY, INDEX = "admin:workflows_workflow_deploy", "admin:index"


def test_the_page_says_what_each_sector_brings_and_what_is_missing(boss):
    site = make_site(phone="")
    page = boss.get(reverse(DEPLOY), {"site": site.pk})
    content = page.content.decode()
    for sector in sectors().values():
        assert sector.name in content
        for workflow in sector.workflows:
            assert workflow.name.replace("'", "&#x27;") in content
    assert "Renseignez « telephone »" in content
    assert not Workflow.objects.exists()


def test_a_sector_is_deployed_once_and_written_down(boss):
    site = make_site()
    for _n in range(2):
        assert boss.post(reverse(DEPLOY), {"site": site.pk, "sector": "plombier"}).status_code == 302
    assert Workflow.objects.filter(site=site).count() == len(sectors()["plombier"].workflows)
    assert Template.objects.filter(organization=site.organization).exists()
    assert LogEntry.objects.filter(object_id=str(site.pk)).count() == 2


def test_several_sites_are_deployed_at_once(boss):
    sites = [make_site(), make_site()]
    form = {"action": "deploy_sector", "index": "0", "_selected_action": [site.pk for site in sites]}
    lead = boss.post(reverse("admin:accounts_site_changelist"), form)
    page = boss.get(lead["Location"])
    assert {site.pk for site in page.context["sites"]} == {site.pk for site in sites}
    boss.post(reverse(DEPLOY), {"site": page.context["ids"], "sector": "coach"})
    assert Workflow.objects.filter(sector="coach").values("site").distinct().count() == 2


def test_an_unknown_sector_is_refused_and_changes_nothing(boss):
    site = make_site()
    answer = boss.post(reverse(DEPLOY), {"site": site.pk, "sector": "../plombier"}, follow=True)
    assert "pas de secteur" in answer.content.decode()
    assert not Workflow.objects.exists()


def test_an_empty_house_says_what_to_do_next(boss):
    assert "Créer un site" in boss.get(reverse(INDEX)).content.decode()
    assert "Créer un site" in boss.get(reverse(DEPLOY)).content.decode()
    site = make_site()
    assert boss.get(reverse(INDEX)).context["next"]["url"] == reverse(DEPLOY)
    boss.post(reverse(DEPLOY), {"site": site.pk, "sector": "plombier"})
    assert site.slug in boss.get(reverse(INDEX)).context["next"]["code"]


def test_the_figures_are_those_of_the_counters(boss):
    workflow, other = make_workflow(), make_workflow()
    numbers = {"started": 7, "converted": 3, "completed": 1, "failed": 2, "messages_sent_sms": 9, "messages_failed": 4}
    hour = hour_of(timezone.now())
    for w in (workflow, other):
        count({Counted(w.organization_id, w.site_id, w.pk, hour, name): n for name, n in numbers.items()})
    reached = {"delivered": 8, "opened": 5, "replied": 2}
    for w in (workflow, other):
        owner = (w.organization_id, w.site_id, w.pk, "accuse", "plombier/accuse", "sms", hour)
        count_reached({Reached(*owner, name): n for name, n in reached.items()})
    make_execution(workflow=workflow)
    soon = timezone.now() + timedelta(hours=1)
    for changes in ({"reason": "pace"}, {"reason": ""}, {"reason": "pace", "status": "held"}):
        make_message(contact=make_contact(site=workflow.site), due_at=soon, **changes)
    page = signed_in(workflow.organization).get(reverse(INDEX))
    figures = {figure["title"]: figure["value"] for figure in page.context["figures"]}
    assert figures == {
        "En cours": "1",
        "En attente": "0",
        "Converties": 3,
        "Échouées": 2,
        "Messages envoyés": 9,
        "Messages échoués": 4,
        "Messages remis": 8,
        "Messages différés": "1",
    }
    texts = {figure["title"]: figure["text"] for figure in page.context["figures"]}
    assert texts["Messages envoyés"] == "0 emails, 9 SMS, 0 WhatsApp"
    assert texts["Messages remis"] == "5 ouverts, 2 réponses"
    (sector,) = page.context["sectors"]
    assert (sector["converted"], sector["ended"], sector["rate"], sector["is_reached"]) == (3, 6, 50, False)
    assert sum(bar["begun"] for bar in page.context["bars"]) == 7
    everything = {f["title"]: f["value"] for f in signed_in().get(reverse(INDEX)).context["figures"]}
    assert everything["Converties"] == 6


@pytest.mark.parametrize("period", ["24h", "7d", "30d", "x"])
def test_each_period_answers_and_counts_no_big_table_whole(boss, period):
    make_message(execution=make_execution())
    with CaptureQueriesContext(connection) as queries:
        page = boss.get(reverse(INDEX), {"periode": period})
    assert page.status_code == 200
    for query in queries:
        sql = query["sql"]
        if "count(" in sql.lower() and ("executions_workflow" in sql or "messages" in sql):
            assert "LIMIT" in sql


def test_what_needs_a_person_is_listed(boss):
    execution = make_execution(status="echouee", ended_at=NOW, due_at=None)
    make_message(status="unknown", due_at=None)
    for severity in ("error", "info"):
        Notification.objects.create(
            organization=execution.organization,
            key=severity,
            title=f"Alerte {severity}",
            severity=severity,
            created_at=NOW,
            last_at=NOW,
        )
    texts = [need["text"] for need in boss.get(reverse(INDEX)).context["needs"]]
    assert texts == ["1 exécution a échoué", "1 message a une issue inconnue", "Alerte error"]


def test_missing_keys_are_said_once(boss, settings):
    content = boss.get(reverse(INDEX)).content.decode()
    assert content.count("RESEND_API_KEY") == 1
    settings.RESEND_API_KEY, settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "re", "AC", "t"
    assert "Bac à sable" not in boss.get(reverse(INDEX)).content.decode()


def test_what_agents_leave_to_people_is_listed_to_those_whose_it_is():
    export = make_export(lead=make_lead(quality="CHAUD", score=80), status="a_approuver")
    other = make_contact(site=export.contact.site)
    Duplicate.objects.create(
        organization=export.organization, site=other.site, first=export.contact, second=other, reason="phone",
        similarity=100, created_at=NOW,
    )  # fmt: skip
    ours = signed_in(export.organization, Role.OPERATOR).get(reverse("admin:index")).content.decode()
    theirs = signed_in(make_organization(), Role.OPERATOR).get(reverse("admin:index")).content.decode()
    for text in ("1 export attend votre accord", "1 doublon à vérifier"):
        assert text in ours
        assert text not in theirs


def test_it_is_said_once_when_no_model_is_asked(boss, settings):
    assert "sans clé de modèle" in boss.get(reverse("admin:index")).content.decode()
    settings.MISTRAL_API_KEY = "mistral-test"
    assert "sans clé de modèle" not in boss.get(reverse("admin:index")).content.decode()
