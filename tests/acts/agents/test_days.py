"""What agents do is summed by day in the transaction that ends a run: never another sum than that of the runs."""

from datetime import date, timedelta
from typing import Any

import pytest

from agents import replay
from agents.days import Sums, by_agent, by_day, count_ended, differences
from agents.ledger import reclaim
from agents.models import AgentDay, AgentRun, RunStatus
from agents.prepare import prepare
from agents.run import ask_all
from tests.acts.agents.asked import GOOD, ask
from tests.fakes.openai import FakeOpenAI
from tests.make import NOW, make_organization

pytestmark = pytest.mark.usefixtures("db", "essai")
TODAY, SINCE = date(2026, 3, 10), NOW - timedelta(days=30)
COST = 112


@pytest.fixture(autouse=True)
def exact(db: None) -> Any:
    """Recount after each test."""
    yield
    assert differences(SINCE) == []


def test_a_day_tells_models_from_rules_and_failures(openai: FakeOpenAI) -> None:
    organization = make_organization()
    openai.replies += [GOOD, GOOD.model_copy(update={"score": 95})]
    ask_all([ask(organization=organization)], now=NOW)
    ask_all([ask("Autre", organization=organization)], now=NOW)  # its score is brought down to 90
    found = by_day([organization.pk], TODAY)[TODAY]
    assert (found.runs, found.by_model, found.by_rules, found.failed, found.corrected) == (2, 2, 0, 0, 1)
    assert (found.cost_micros, found.timed, found.unpriced) == (2 * COST, 2, 0)


def test_without_models_rules_decide_and_cost_nothing() -> None:
    organization = make_organization()
    ask_all([ask("trop", organization=organization), ask(organization=organization)], now=NOW)
    found = by_agent([organization.pk], TODAY)["essai"]
    assert (found.runs, found.by_rules, found.by_model, found.corrected, found.cost_micros) == (2, 2, 0, 1, 0)
    assert found.share(found.by_rules) == 1
    assert Sums().share(0) is None


def test_rules_that_raise_have_failed() -> None:
    organization = make_organization()
    ask_all([ask("boum", organization=organization)], now=NOW)
    found = by_agent([organization.pk], TODAY)["essai"]
    assert (found.runs, found.failed, found.by_rules) == (1, 1, 0)


def test_what_an_answer_brings_about_may_fail_and_counts_once() -> None:
    def raises(answered: object) -> None:
        raise ZeroDivisionError

    organization = make_organization()
    ask_all([ask(organization=organization)], now=NOW, effects=raises)
    found = by_agent([organization.pk], TODAY)["essai"]
    assert (found.runs, found.failed, found.by_rules) == (1, 1, 0)


def test_a_run_whose_worker_died_counts_once(openai: FakeOpenAI) -> None:
    lease = NOW + timedelta(minutes=2)
    assert prepare(ask(), now=NOW, lease=lease) is not None
    reclaim(lease)
    reclaim(lease)
    assert by_agent(None, TODAY)["essai"].failed == 1


def test_a_replay_that_is_no_longer_understood_counts_as_failed() -> None:
    organization = make_organization()
    run = AgentRun.objects.create(
        organization=organization, agent="disparu", status=RunStatus.DONE, input={}, created_at=NOW, finished_at=NOW
    )
    count_ended([run.pk])
    replay.queue([run.pk], NOW)
    replay.run_batch(now=NOW, limit=5)
    assert (by_agent(None, TODAY)["disparu"].runs, by_agent(None, TODAY)["disparu"].failed) == (2, 1)


def test_a_day_is_that_of_the_house_and_an_organization_sees_its_own() -> None:
    late = NOW.replace(hour=23, minute=30)  # in Paris it is the next day
    ours, theirs = make_organization(), make_organization()
    ask_all([ask(organization=ours)], now=late)
    ask_all([ask(organization=theirs)], now=NOW)
    assert list(by_day([ours.pk], TODAY)) == [date(2026, 3, 11)]
    assert list(by_day(None, TODAY)) == [TODAY, date(2026, 3, 11)]
    assert by_day([], TODAY) == {}


def test_a_recount_finds_what_was_not_counted() -> None:
    ask_all([ask()], now=NOW)
    AgentDay.objects.update(runs=5)
    (found,) = differences(SINCE)
    assert (found.agent, found.there, found.counted) == ("essai", 1, 5)
    AgentDay.objects.update(runs=1)
