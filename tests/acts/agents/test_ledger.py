"""What is set aside and spent: never more than the budget, whoever asks at once and whoever dies."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from agents import ledger
from agents.ledger import month_of, reclaim
from agents.models import AgentRun, BudgetMonth, RunStatus
from agents.prepare import prepare
from agents.questions import Attempt
from agents.run import ask_all
from tests.acts.agents.asked import GOOD, ask
from tests.fakes.openai import FakeOpenAI
from tests.make import NOW, make_organization

MONTH = date(2026, 3, 1)
LEASE = NOW + timedelta(minutes=2)
MODEL = "openai:gpt-4.1-mini"


def at_once(count: int, work: Callable[[], object]) -> None:
    """Do it in so many threads, each with a connection of its own, all from the same moment on."""
    ready = Barrier(count)

    def one() -> None:
        try:
            ready.wait(10)
            work()
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_eight_who_reserve_at_once_never_pass_the_budget() -> None:
    allowed: list[int] = []

    def reserve() -> None:
        for _ in range(10):
            with transaction.atomic():
                allowed.append(ledger.reserve(7, MONTH, [300], 10_000)[0])

    at_once(8, reserve)
    assert (len(allowed), sum(allowed)) == (80, 33)
    assert BudgetMonth.objects.get().reserved_micros == 9_900


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_never_pass_the_budget(openai: FakeOpenAI, settings: Any, essai: object) -> None:
    openai.default = GOOD
    organization = make_organization()
    first = prepare(ask(organization=organization), now=NOW, lease=LEASE)
    assert first is not None
    settings.AGENT_MONTHLY_BUDGET_DOLLARS = first.reserved * 3.5 / 1_000_000  # room for two beside it
    begun: list[Any] = []
    at_once(8, lambda: begun.append(prepare(ask(organization=organization), now=NOW, lease=LEASE)))
    assert sorted(each.plan.reason for each in begun) == ["", "", *["budget"] * 6]
    assert BudgetMonth.objects.get().reserved_micros == 3 * first.reserved


@pytest.mark.django_db(transaction=True)
def test_eight_who_reclaim_at_once_give_back_once(openai: FakeOpenAI, essai: object) -> None:
    organization = make_organization()
    begun = [prepare(ask(organization=organization), now=NOW, lease=LEASE) for _ in range(5)]
    taken = sum(each.reserved for each in begun if each)
    at_once(8, lambda: reclaim(LEASE))
    month = BudgetMonth.objects.get()
    assert (month.reserved_micros, month.spent_micros) == (0, taken)


@pytest.mark.usefixtures("db", "essai")
def test_a_run_whose_worker_died_counts_as_spent_when_its_lease_ends(openai: FakeOpenAI) -> None:
    begun = prepare(ask(), now=NOW, lease=LEASE)
    assert begun is not None
    assert reclaim(LEASE - timedelta(seconds=1)) == 0
    assert BudgetMonth.objects.get().reserved_micros == begun.reserved > 0
    assert (reclaim(LEASE), reclaim(LEASE)) == (1, 0)
    month, run = BudgetMonth.objects.get(), AgentRun.objects.get()
    assert (month.reserved_micros, month.spent_micros) == (0, begun.reserved)
    assert (run.status, run.error, run.cost_micros, run.due_at) == ("echouee", "abandonnee", None, None)


@pytest.mark.usefixtures("db", "essai")
def test_a_run_that_a_workflow_waits_for_is_paid_and_taken_up_anew(openai: FakeOpenAI) -> None:
    organization = make_organization()
    fields = {"agent": "essai", "execution_id": 7, "step": "pas", "created_at": NOW, "due_at": NOW}
    run = AgentRun.objects.create(organization=organization, status=RunStatus.RUNNING, **fields)
    given = ask(organization=organization, run_id=run.pk)
    begun = prepare(given, now=NOW, lease=LEASE)
    assert begun is not None
    reclaim(LEASE)
    run.refresh_from_db()
    assert (run.status, run.due_at, run.reserved_micros) == ("en_cours", LEASE, 0)
    openai.replies.append(GOOD)
    assert len(ask_all([given], now=LEASE)) == 1
    assert BudgetMonth.objects.get().reserved_micros == 0


@pytest.mark.usefixtures("db", "essai")
def test_asking_ends_what_was_left_behind(openai: FakeOpenAI) -> None:
    prepare(ask(), now=NOW, lease=LEASE)
    ask_all([], now=LEASE)
    assert AgentRun.objects.get().error == "abandonnee"


@pytest.mark.usefixtures("db")
def test_only_the_models_that_can_be_paid_are_reserved() -> None:
    assert ledger.reserve(7, MONTH, [100, 200, 400], 350) == (2, 300)
    assert ledger.reserve(7, MONTH, [100, 200, 400], 350) == (0, 0)
    assert ledger.reserve(7, MONTH, [0], 350) == (1, 0)
    assert ledger.reserve(8, MONTH, [100], 350) == (1, 100)
    assert ledger.reserve(7, date(2026, 4, 1), [100], 350) == (1, 100)


@pytest.mark.usefixtures("db")
def test_what_is_settled_never_goes_below_nothing() -> None:
    ledger.reserve(7, MONTH, [100], 350)
    ledger.settle(7, MONTH, 500, 20, 2)
    month = BudgetMonth.objects.get()
    assert (month.reserved_micros, month.spent_micros, month.calls) == (0, 20, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetMonth.objects.update(spent_micros=-1)


def test_a_month_is_that_of_utc() -> None:
    assert month_of(NOW) == MONTH


def test_a_bill_adds_up_and_says_what_it_does_not_know() -> None:
    read = Attempt(MODEL, "", 1, 1_000, 100)
    assert ledger.bill([read, read], {}, NOW, {}) == (1_120, 1_120)
    assert ledger.bill([], {}, NOW, {}) == (0, 0)
    unseen = Attempt(MODEL, "panne", 1, 0, 0, unmeasured=1)
    assert ledger.bill([read, unseen], {MODEL: 3_001}, NOW, {}) == (560 + 1_001, None)
    assert ledger.bill([Attempt("local:x", "", 1, 9, 9)], {}, NOW, {}) == (0, None)
