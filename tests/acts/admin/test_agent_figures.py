"""What agents do and cost, by day and by agent, for whoever may see it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from agents.days import count_ended
from agents.ledger import month_of
from agents.models import AgentRun, AgentSettings, BudgetMonth
from tests.acts.admin.conftest import signed_in
from tests.make import make_organization

pytestmark = pytest.mark.django_db
PAGE = "admin:agents_agentrun_figures"


@pytest.fixture
def ours():
    return make_organization(name="Plomberie Martin")


@pytest.fixture
def member(ours):
    return signed_in(ours, Role.READER)


def ran(organization, count=1, ago=0, **changes):
    at = timezone.now() - timedelta(days=ago)
    defaults = {
        "agent": "lead_classifier", "status": "terminee", "decided_by": "model", "cost_micros": 500_000, "requests": 1,
        "latency_ms": 1_500, "input": {}, "created_at": at, "finished_at": at,
    }  # fmt: skip
    runs = AgentRun.objects.bulk_create(
        [AgentRun(organization=organization, **defaults | changes) for _ in range(count)]
    )
    count_ended([run.pk for run in runs])


def test_each_agent_has_its_shares_latency_and_cost(member, ours):
    ran(ours, 3)
    ran(ours, 1, decided_by="rules", cost_micros=0, requests=0, latency_ms=700, guarded=["note ramenée à 90"])
    page = member.get(reverse(PAGE))
    (row,) = page.context["rows"]
    assert (row["sums"].runs, row["model"], row["rules"], row["corrected"]) == (4, 0.75, 0.25, 0.25)
    assert (row["seconds"], row["cost"], row["month"]) == ("1,3", "1,50 $", "1,50 $")
    text = page.content.decode()
    assert "75\u202f%" in text
    assert "Exécutions d&#x27;agents, par qui en a décidé" in text


def test_a_period_is_chosen_and_another_is_no_error(member, ours):
    ran(ours, 2, ago=20)
    assert member.get(reverse(PAGE), {"jours": "7"}).context["rows"] == []
    assert len(member.get(reverse(PAGE), {"jours": "30"}).context["charts"][0].labels) == 30
    assert member.get(reverse(PAGE), {"jours": "x' OR 1"}).status_code == 200


def test_another_organizations_figures_are_not_shown(member, ours):
    theirs = make_organization(name="Menuiserie Durand")
    ran(theirs, 5)
    BudgetMonth.objects.create(organization_id=theirs.pk, month=month_of(timezone.now()), spent_micros=9)
    page = member.get(reverse(PAGE))
    assert (page.context["rows"], page.context["budgets"]) == ([], [])
    assert "Menuiserie Durand" not in page.content.decode()
    assert "Aucun agent n&#x27;a travaillé" in page.content.decode().replace("n'a", "n&#x27;a")


def test_a_budget_shows_how_much_of_it_is_spent(member, ours):
    AgentSettings.objects.create(organization=ours, monthly_budget=10)
    BudgetMonth.objects.create(organization_id=ours.pk, month=month_of(timezone.now()), spent_micros=9_000_000, calls=3)
    (budget,) = member.get(reverse(PAGE)).context["budgets"]
    assert (budget["spent"], budget["budget"], budget["percent"], budget["is_ample"]) == (
        "9,00 $",
        "10,00 $",
        90,
        False,
    )


def test_the_runs_are_not_read(member, ours, django_assert_max_num_queries):
    ran(ours, 30)
    member.get(reverse(PAGE))
    with django_assert_max_num_queries(22) as asked:
        member.get(reverse(PAGE))
    assert not [query for query in asked.captured_queries if "executions_agents" in query["sql"]]


def test_the_list_leads_to_it_and_strangers_get_nothing(member):
    assert reverse(PAGE) in member.get(reverse("admin:agents_agentrun_changelist")).content.decode()
    assert signed_in(None, is_superuser=False).get(reverse(PAGE)).status_code == 403
