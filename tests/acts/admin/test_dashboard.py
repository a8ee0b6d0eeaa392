"""The first page: figures of one's own sites, what needs a person, providers' health, what to do next."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role, User
from communications import gate
from communications.days import count_days
from communications.models import Notification
from communications.models.reach import Reached, count_reached
from communications.outages import provider_down
from communications.providers import provider_for
from crm.models import Duplicate, Task
from crm.models.metric import Counted, count, hour_of
from tests.acts.admin.conftest import signed_in
from tests.fakes.resend import FakeResend
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
from workflows.overview import overview

pytestmark = pytest.mark.django_db
DEPLOY, INDEX = "admin:workflows_workflow_deploy", "admin:index"
NUMBERS = {"started": 7, "converted": 3, "completed": 1, "failed": 2, "messages_sent_sms": 9, "messages_failed": 4}


def counted(workflow, hour, numbers):
    count(
        {Counted(workflow.organization_id, workflow.site_id, workflow.pk, hour, name): n for name, n in numbers.items()}
    )


def figures(page):
    return {figure["title"]: figure["value"] for figure in page.context["figures"]}


def test_an_empty_house_says_what_to_do_next(boss):
    assert "Créer un site" in boss.get(reverse(INDEX)).content.decode()
    site = make_site()
    assert boss.get(reverse(INDEX)).context["next"]["url"] == reverse(DEPLOY)
    boss.post(reverse(DEPLOY), {"site": site.pk, "sector": "plombier"})
    assert site.slug in boss.get(reverse(INDEX)).context["next"]["code"]


def test_the_figures_are_those_of_the_counters(boss):
    workflow, other = make_workflow(), make_workflow()
    hour = hour_of(timezone.now())
    reached = {"delivered": 8, "opened": 5, "replied": 2}
    for w in (workflow, other):
        counted(w, hour, NUMBERS)
        owner = (w.organization_id, w.site_id, w.pk, "accuse", "plombier/accuse", "sms", hour)
        count_reached({Reached(*owner, name): n for name, n in reached.items()})
    make_execution(workflow=workflow)
    make_execution(workflow=workflow, status="en_pause")
    make_execution(workflow=other)
    soon = timezone.now() + timedelta(hours=1)
    for changes in ({"reason": "pace"}, {"reason": ""}, {"reason": "pace", "status": "held"}):
        make_message(contact=make_contact(site=workflow.site), due_at=soon, **changes)
    page = signed_in(workflow.organization).get(reverse(INDEX))
    assert figures(page) == {
        "En cours": "1", "En attente": "0", "En pause": "1", "En échec": "0", "Commencées": "7", "Converties": "3",
        "Messages envoyés": "9", "Messages remis": "8", "Messages échoués": "4", "Messages différés": "1",
    }  # fmt: skip
    texts = {figure["title"]: figure["text"] for figure in page.context["figures"]}
    assert texts["Messages envoyés"] == "0 emails, 9 SMS, 0 WhatsApp"
    assert texts["Messages remis"] == "5 ouverts, 2 réponses"
    (sector,) = page.context["sectors"]
    conversion = sector.measures[0]
    assert (sector.figures["converted"], sector.figures.ended) == (3, 6)
    assert (conversion.value, conversion.target, conversion.is_reached, conversion.is_thin) == (0.5, 0.98, False, True)
    assert "3 / 6" in page.content.decode()
    begun, converted, sent = page.context["chart"].series
    assert (sum(begun.values), sum(converted.values), sum(sent.values)) == (7, 3, 9)
    everything = figures(signed_in().get(reverse(INDEX)))
    assert (everything["Converties"], everything["En cours"]) == ("6", "2")


def test_what_has_begun_leads_to_all_executions(boss):
    ids = {make_execution().pk, make_execution(status="terminee", ended_at=NOW, due_at=None).pk}
    (url,) = (figure["url"] for figure in boss.get(reverse(INDEX)).context["figures"] if figure["key"] == "commencees")
    assert {row.pk for row in boss.get(url).context["cl"].result_list} == ids


def test_browsers_are_told_of_the_same_figures(boss):
    workflow = make_workflow()
    counted(workflow, hour_of(timezone.now()), NUMBERS)
    told = overview([workflow.site_id], "24h", timezone.now()).write()
    shown = figures(boss.get(reverse(INDEX)))
    assert (str(told["converties"]), str(told["commencees"])) == (shown["Converties"], shown["Commencées"])
    assert told["maintenant"]["en_cours"] == 0
    assert told["secteurs"][0]["mesures"]["conversion"]["objectif"] == 0.98


def test_a_month_is_the_same_from_days_and_from_hours():
    workflow, now = make_workflow(), NOW + timedelta(hours=5)
    for hours in (*range(0, 60, 7), *range(60, 24 * 31, 11)):
        counted(workflow, hour_of(now - timedelta(hours=hours)), {"started": hours + 1, "branch/x/y": 1})
    by_hours = overview([workflow.site_id], "30d", now)
    assert count_days(now) > 30
    assert count_days(now) == 0
    by_days = overview([workflow.site_id], "30d", now)
    assert by_days.figures.sums == by_hours.figures.sums
    assert by_days.counted.over_time == by_hours.counted.over_time
    counted(workflow, hour_of(now - timedelta(hours=30)), {"started": 5})  # late
    count_days(now + timedelta(hours=2))
    assert overview([workflow.site_id], "30d", now).figures["started"] == by_hours.figures["started"] + 5


@pytest.mark.parametrize("period", ["24h", "7d", "30d", "30j", "x"])
def test_each_period_answers_and_counts_no_big_table_whole(boss, period):
    make_message(execution=make_execution())
    with CaptureQueriesContext(connection) as queries:
        page = boss.get(reverse(INDEX), {"periode": period})
    assert page.status_code == 200
    for query in queries:
        sql = query["sql"]
        if "count(" in sql.lower() and (re.search(r"executions_workflow\b", sql) or re.search(r"\bmessages\b", sql)):
            assert "LIMIT" in sql


def test_more_sites_take_no_more_queries(boss):
    make_workflow()
    with CaptureQueriesContext(connection) as few:
        boss.get(reverse(INDEX))
    for _n in range(3):
        make_workflow()
    with CaptureQueriesContext(connection) as many:
        boss.get(reverse(INDEX))
    assert len(many) <= len(few)


def test_one_organization_or_one_site_is_shown_alone():
    ours, second, theirs = make_workflow(), make_workflow(), make_workflow()
    for n, w in enumerate((ours, second, theirs)):
        counted(w, hour_of(timezone.now()), {"converted": 10**n})
    client = signed_in(ours.organization)
    user = User.objects.get(membership__organization=ours.organization)
    Membership.objects.create(user=user, organization=second.organization, role=Role.READER)
    assert figures(client.get(reverse(INDEX)))["Converties"] == "11"
    assert figures(client.get(reverse(INDEX), {"site": second.site_id}))["Converties"] == "10"
    assert figures(client.get(reverse(INDEX), {"organisation": ours.organization_id}))["Converties"] == "1"
    for given in (
        {"site": theirs.site_id},
        {"organisation": theirs.organization_id},
        {"site": "x"},
        {"site": "9" * 30},
    ):
        assert client.get(reverse(INDEX), given).status_code == 404


def test_what_needs_a_person_is_listed(boss):
    execution = make_execution(status="echouee", ended_at=NOW, due_at=None)
    message = make_message(status="unknown", due_at=None)
    late, later = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    for due_at in (late, later, None):
        Task.objects.create(
            organization=message.organization, site=message.site, contact=message.contact, title="Rappeler",
            due_at=due_at, created_at=NOW,
        )  # fmt: skip
    for severity in ("error", "info"):
        Notification.objects.create(
            organization=execution.organization, key=severity, title=f"Alerte {severity}", severity=severity,
            created_at=NOW, last_at=NOW,
        )  # fmt: skip
    texts = [need.text for need in boss.get(reverse(INDEX)).context["needs"]]
    assert texts == ["1 exécution a échoué", "1 message a une issue inconnue", "1 tâche est en retard", "Alerte error"]


def test_what_agents_leave_to_people_is_listed_to_those_whose_it_is():
    export = make_export(lead=make_lead(quality="CHAUD", score=80), status="a_approuver")
    other = make_contact(site=export.contact.site)
    Duplicate.objects.create(
        organization=export.organization, site=other.site, first=export.contact, second=other, reason="phone",
        similarity=100, created_at=NOW,
    )  # fmt: skip
    ours = signed_in(export.organization, Role.OPERATOR).get(reverse(INDEX)).content.decode()
    theirs = signed_in(make_organization(), Role.OPERATOR).get(reverse(INDEX)).content.decode()
    for text in ("1 export attend votre accord", "1 doublon à vérifier"):
        assert text in ours
        assert text not in theirs


def test_missing_keys_are_said_once(boss, settings):
    content = boss.get(reverse(INDEX)).content.decode()
    assert content.count("RESEND_API_KEY") == 1
    settings.RESEND_API_KEY, settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "re", "AC", "t"
    assert "sont écrits et gardés ici" not in boss.get(reverse(INDEX)).content.decode()


def test_it_is_said_once_when_no_model_is_asked(boss, settings):
    assert "sans clé de modèle" in boss.get(reverse(INDEX)).content.decode()
    settings.MISTRAL_API_KEY = "mistral-test"
    assert "sans clé de modèle" not in boss.get(reverse(INDEX)).content.decode()


def test_a_provider_that_is_down_is_said_to_be(boss, resend: FakeResend, open_gates):
    def state():
        return {one.channel: one.state for one, *_ in boss.get(reverse(INDEX)).context["health"]}

    assert state() == {"email": "ok", "sms": "sandbox", "whatsapp": "sandbox"}
    make_message(channel="email", status="queued")
    gate.pause(provider_for("email"), timedelta(seconds=30))
    assert state()["email"] == "slowed"
    open_gates()
    gate.report(provider_for("email"), 0, gate.FAILURES)
    provider_down("resend", "no answer", NOW)
    page = boss.get(reverse(INDEX))
    assert state()["email"] == "down"
    assert "depuis le 10/03 à 11:00 : no answer" in page.content.decode()
    open_gates()
    assert state()["email"] == "ok"


def test_the_figures_come_anew_without_the_page(boss):
    content = boss.get(reverse(INDEX), {"periode": "7d"}).content.decode()
    assert content.count('id="overview"') == 1
    assert "live:METRICS_UPDATE from:body" in content
    assert "live:poll from:body" in content
    assert '{"type": "WATCH_METRICS", "payload": {"periode": "7d"}}' in content
    assert 'style="' not in re.sub(
        r'style="(width|left):\d+%"', "", content.split('id="overview"')[1].split("</main>")[0]
    )
