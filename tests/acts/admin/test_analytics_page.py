"""« Analyses »: measures beside targets, comparisons, and tables as CSV, of one's own sites only."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from communications.models.reach import Reached, count_reached
from crm.models.metric import Counted, count, hour_of
from tests.acts.admin.conftest import signed_in
from tests.make import make_execution, make_organization, make_site, make_workflow

pytestmark = pytest.mark.django_db
PAGE = "admin:workflows_analytics"
TABLES = ("indicateurs", "comparaison", "secteurs", "workflows", "messages", "evolution")


def counted(workflow: Any, ago: timedelta = timedelta(0), **numbers: int) -> None:
    hour = hour_of(timezone.now() - ago)
    owner = workflow.organization_id, workflow.site_id, workflow.pk, hour
    count({Counted(*owner, name): n for name, n in numbers.items()})


def exported(client: Any, table: str, **query: Any) -> list[list[str]]:
    answer = client.get(reverse("admin:workflows_analytics_csv", args=[table]), query)
    assert answer.status_code == 200, answer.status_code
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return [line.split(";") for line in text.removeprefix("\ufeff").splitlines()]


def test_measures_stand_beside_the_targets_of_the_sector(boss: Any) -> None:
    workflow = make_workflow()
    counted(
        workflow, converted=30, completed=10, conversion_seconds=3600 * 3, conversions_timed=3, reviews=40,
        reviews_good=39, responses=2, response_seconds=20,
    )  # fmt: skip
    page = boss.get(reverse(PAGE), {"secteur": "plombier"})
    found = {measure.name: (measure, said) for _name, measure, said, _change in page.context["measures"]}
    conversion, delay, satisfaction = (found[name][0] for name in ("conversion", "delai", "satisfaction"))
    assert (conversion.value, conversion.target, conversion.gap) == (0.75, 0.98, -0.23)
    assert (delay.value, delay.target, delay.is_reached) == (3600.0, 7200.0, True)
    assert (satisfaction.value, satisfaction.is_reached) == (0.975, True)
    assert "Trop peu de données" in found["delai"][1]
    assert found["conversion"][1] == "Sur 40 exécutions finies."
    assert "Rien à mesurer" in found["ouverture"][1]


def test_a_period_is_compared_with_the_one_before(boss: Any) -> None:
    workflow = make_workflow()
    counted(workflow, converted=30, completed=10, started=50)
    counted(workflow, timedelta(days=8), converted=10, completed=10, started=40)
    rows = {row[0]: row[2:] for row in exported(boss, "comparaison", periode="7d")}
    assert rows["Exécutions commencées"] == ["50", "40", "10", "25"]
    assert rows["Taux de conversion"] == ["0,75", "0,5", "0,25", "50"]
    content = boss.get(reverse(PAGE), {"periode": "7j"}).content.decode()
    assert "+25,0 points (+50\u202f%)" in content


def test_two_workflows_or_two_sectors_stand_side_by_side(boss: Any) -> None:
    site = make_site()
    plumber, coach = make_workflow(site=site, name="Urgence"), make_workflow(site=site, name="Suivi", sector="coach")
    counted(plumber, converted=3, completed=1)
    counted(coach, converted=1, completed=3)
    page = boss.get(reverse(PAGE), {"workflow": plumber.pk, "avec": f"workflow:{coach.pk}"})
    assert page.context["heads"] == ("Urgence", "Suivi")
    page = boss.get(reverse(PAGE), {"secteur": "coach", "avec": "secteur:plombier"})
    assert page.context["heads"] == ("Coach", "Plombier")
    _name, measure, _said, change = page.context["measures"][0]
    assert (measure.value, change.other, change.is_better) == (0.25, 0.75, False)


def test_reviews_that_no_workflow_heard_are_the_sites_sectors(boss: Any) -> None:
    site = make_site(sector="plombier")
    make_workflow(site=site)
    hour = hour_of(timezone.now())
    count(
        {Counted(site.organization_id, site.pk, 0, hour, name): n for name, n in (("reviews", 4), ("reviews_good", 3))}
    )
    page = boss.get(reverse(PAGE), {"secteur": "plombier"})
    assert page.context["measures"][2][1].value == 0.75
    assert exported(boss, "secteurs")[1][8] == "75"
    assert boss.get(reverse(PAGE), {"secteur": "coach"}).context["measures"][2][1].value is None


def test_each_table_is_exported_as_it_is_shown(boss: Any) -> None:
    workflow = make_workflow(name="=HYPERLINK(1)")
    counted(workflow, started=1234, converted=1, completed=2)
    owner = (workflow.organization_id, workflow.site_id, workflow.pk, "accuse", "plombier/accuse", "sms")
    hour = hour_of(timezone.now())
    count_reached({Reached(*owner, hour, name): n for name, n in (("sent", 8), ("delivered", 6))})
    content = boss.get(reverse(PAGE)).content.decode()
    for table in TABLES:
        assert reverse("admin:workflows_analytics_csv", args=[table]) in content
        assert len(exported(boss, table)) > 1
    head, line = exported(boss, "workflows")
    assert (line[0], line[2], line[5]) == ("'=HYPERLINK(1)", "1234", "33,33")
    assert head[5] == "conversion (%)"
    assert exported(boss, "messages")[1][:4] == ["plombier/accuse", "sms", "8", "75"]
    assert len(exported(boss, "evolution", periode="30d")) in (31, 32, 33)
    assert boss.get(reverse("admin:workflows_analytics_csv", args=["autre"])).status_code == 404


def test_a_workflow_is_shown_step_by_step(boss: Any) -> None:
    execution = make_execution()
    counted(execution.workflow, started=1)
    content = boss.get(reverse(PAGE), {"workflow": execution.workflow_id}).content.decode()
    assert "Parcours étape par étape" in content
    assert reverse("admin:workflows_workflow_change", args=[execution.workflow_id]) in content
    rows = {row[0]: row[1:] for row in exported(boss, "parcours", workflow=execution.workflow_id)}
    assert rows["pause"][3] == "1"
    assert boss.get(reverse("admin:workflows_analytics_csv", args=["parcours"])).status_code == 404


def test_others_figures_are_neither_shown_nor_exported() -> None:
    ours, theirs = make_workflow(), make_workflow()
    counted(ours, started=1)
    counted(theirs, started=100)
    client = signed_in(ours.organization, Role.READER)
    assert client.get(reverse(PAGE)).context["found"].figures["started"] == 1
    assert [row[2] for row in exported(client, "workflows")[1:]] == ["1"]
    for query in (
        {"site": theirs.site_id}, {"organisation": theirs.organization_id}, {"workflow": theirs.pk},
        {"avec": f"workflow:{theirs.pk}"}, {"workflow": "x"}, {"workflow": "9" * 30}, {"secteur": "boucher"},
    ):  # fmt: skip
        assert client.get(reverse(PAGE), query).status_code == 404
        assert client.get(reverse("admin:workflows_analytics_csv", args=["workflows"]), query).status_code == 404


def test_who_belongs_to_no_organization_sees_nothing(client: Any) -> None:
    client.force_login(User.objects.create_user("seul", is_staff=True))
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.get(reverse("admin:workflows_analytics_csv", args=["workflows"])).status_code == 403


def test_more_workflows_take_no_more_queries(boss: Any) -> None:
    site = make_site()
    counted(make_workflow(site=site), started=1)
    with CaptureQueriesContext(connection) as few:
        boss.get(reverse(PAGE))
    for _n in range(4):
        counted(make_workflow(site=site), started=1)
    with CaptureQueriesContext(connection) as many:
        assert boss.get(reverse(PAGE)).status_code == 200
    assert len(many) <= len(few)


def test_an_empty_page_says_so() -> None:
    page = signed_in(make_organization()).get(reverse(PAGE))
    assert "Rien ne s&#x27;est passé" in page.content.decode() or "Rien ne s'est passé" in page.content.decode()
