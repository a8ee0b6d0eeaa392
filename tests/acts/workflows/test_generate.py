"""Generate: as many rows as asked for, that fit together, for people who do not exist."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Sum

from agents.models import AgentRun
from communications.models import CountedDay, Message, MessageMetric
from crm.models import Contact, Event, Export, Lead, Metric
from tests.make import NOW, make_organization, make_site
from workflows.control import Order, pause, resume
from workflows.deploy import deploy
from workflows.execute import execute_batch
from workflows.generate import charge_sites, generate
from workflows.models import Execution, ExecutionStatus, StepRun
from workflows.recount import differences
from workflows.reviews import EVENT as REVIEW
from workflows.reviews import GOOD, review_of
from workflows.scope import Scope
from workflows.surroundings import surround
from workflows.timeline import timeline
from workflows.why import why

pytestmark = pytest.mark.django_db


def fill(**changes: Any) -> Any:
    options = {"executions": 400, "contacts": 150, "seed": 7, "now": NOW, "chunk": 130}
    sites = changes.pop("sites", None) or charge_sites(3, NOW)
    return list(generate(sites, **options | changes))[-1]


def test_the_sums_are_what_is_there() -> None:
    made = fill()
    assert (made.executions, made.contacts) == (400, 150)
    assert Execution.objects.count() == Event.objects.exclude(name=REVIEW).count() == 400
    assert Contact.objects.count() == 150
    assert StepRun.objects.count() == made.step_runs > 400
    assert Message.objects.count() == made.messages > 100
    assert set(Execution.objects.values_list("status", flat=True)) == set(ExecutionStatus.values)


def test_rows_belong_together() -> None:
    fill()
    assert not Execution.objects.exclude(contact__site_id=F("site_id")).exists()
    assert not Execution.objects.exclude(workflow__site_id=F("site_id")).exists()
    events = dict(Event.objects.values_list("pk", "contact_id"))
    assert all(events[e.event_id] == e.contact_id for e in Execution.objects.all())
    moving = Execution.objects.filter(status__in=["en_attente", "en_cours"])
    assert moving.count() > 200
    assert not moving.exclude(due_at__gt=NOW).exists()
    assert not Execution.objects.filter(ended_at__isnull=False, ended_at__gt=NOW).exists()
    assert Metric.objects.filter(name="started").count() > 0


def test_each_can_be_explained_and_lived_on() -> None:
    fill(executions=60, contacts=60)
    for execution in Execution.objects.select_related("workflow", "contact", "site", "organization"):
        assert why(execution, NOW).here
        assert timeline(execution).lines
    ids = list(Execution.objects.filter(status="en_cours").values_list("pk", flat=True))
    order = Order("test", NOW)
    assert pause(Scope.executions(ids), order) == resume(Scope.executions(ids), order) == len(ids)
    execute_batch(now=NOW + timedelta(days=31), limit=1000)
    assert not Execution.objects.filter(failures__gt=0).exclude(status="echouee").exists()


def test_the_counters_of_messages_are_those_of_the_rows() -> None:
    fill()
    assert MessageMetric.objects.filter(name="opened").exists()
    assert differences(NOW - timedelta(days=400)) == []


def test_customers_say_what_they_think_and_that_is_counted() -> None:
    fill(executions=800)
    grades = [review_of(name, data) for name, data in Event.objects.filter(name=REVIEW).values_list("name", "data")]
    counted = dict(Metric.objects.filter(name__startswith="reviews").values_list("name").annotate(Sum("value")))
    assert counted == {"reviews": len(grades), "reviews_good": sum(grade >= GOOD for grade in grades)}
    assert 5 < len(grades) < Execution.objects.filter(status="convertie").count()
    assert any(grade != grades[0] for grade in grades)


def test_what_surrounds_them_is_theirs_and_comes_as_often_as_it_is_asked_for() -> None:
    sites = charge_sites(3, NOW, organizations=2)
    assert len({site.organization_id for site in sites}) == 2
    fill(sites=sites, executions=600, contacts=600)
    made = surround(sites, NOW)
    assert all(number > 0 for table, number in made.items() if table not in ("webhooks_recus", "doublons")), made
    assert not Lead.objects.exclude(organization_id=F("contact__organization_id")).exists()
    assert not Export.objects.exclude(organization_id=F("lead__organization_id")).exists()
    assert not AgentRun.objects.exclude(organization_id=F("contact__organization_id")).exists()
    assert surround(sites, NOW)["leads"] == 0


def test_one_workflow_has_half_of_all() -> None:
    fill(executions=1000, contacts=500, chunk=20)
    most = Execution.objects.values("workflow").annotate(n=Count("pk")).order_by("-n").first()
    assert most is not None
    assert 400 < most["n"] < 700


def test_nobody_can_be_reached() -> None:
    fill()
    assert all(number.startswith("+999") for number in Contact.objects.values_list("phone", flat=True))
    emails = Contact.objects.exclude(email=None).values_list("email", flat=True)
    assert all(email.endswith(".invalid") for email in emails)


def test_the_same_seed_makes_the_same_rows() -> None:
    sites = charge_sites(1, NOW)
    fill(sites=sites, executions=100)
    first = list(Execution.objects.order_by("pk").values_list("status", "at", "started_at"))
    Execution.objects.all().delete()
    fill(sites=sites, executions=100)
    assert list(Execution.objects.order_by("pk").values_list("status", "at", "started_at")) == first


def test_one_contact_may_have_all() -> None:
    assert fill(contacts=1, executions=50, chunk=20).executions == 50


def test_the_command_takes_a_site() -> None:
    site = make_site()
    with pytest.raises(CommandError, match="Aucun site"):
        call_command("generate", "--site", "inconnu", "--yes")
    with pytest.raises(CommandError, match="aucun workflow actif"):
        call_command("generate", "--site", site.slug, "--yes")
    deploy(site, "plombier", now=NOW)
    out = StringIO()
    call_command("generate", "--site", site.slug, "--executions", "20", "--yes", stdout=out)
    assert Execution.objects.filter(site=site).count() == 20
    assert out.getvalue().startswith("20 exécutions, 10 contacts, 20 événements")
    assert CountedDay.objects.exists()


@pytest.mark.parametrize("is_embedded", [True, False])
def test_a_database_in_use_is_refused(settings: Any, is_embedded: bool) -> None:
    settings.IS_EMBEDDED = is_embedded
    if is_embedded:
        make_organization()
    with pytest.raises(CommandError, match="--yes"):
        call_command("generate", "--executions", "10")
    assert Execution.objects.count() == 0


@pytest.mark.parametrize("options", [("--executions", "0"), ("--executions", "5", "--contacts", "0")])
def test_numbers_have_to_be_positive(options: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="positif"):
        call_command("generate", *options)
