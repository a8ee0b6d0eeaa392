"""Partitions: made ahead, late ones take over what is theirs, old ones go but for what is kept."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from berinia.partitions import STEP_RUNS, create_ahead, drop, month_after, month_of, older_than, partitions
from berinia.rows import copy_rows, fetch
from workflows.execute import STEP_RUN
from workflows.models import StepRun

FAR = datetime(2041, 11, 20, 8, 0, tzinfo=UTC)  # no partition is anywhere near


def passed(execution_id: int, at: datetime) -> None:
    copy_rows("etapes_execution", STEP_RUN, [(1, execution_id, "pause", "wait", at, "")])


def where() -> dict[int, str]:
    rows = fetch("SELECT execution_id, tableoid::regclass::text AS part FROM etapes_execution ORDER BY 1")
    return {row.execution_id: row.part for row in rows}


@pytest.mark.parametrize(
    ("month", "after"),
    [(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), (2026, 12)), (datetime(2026, 12, 31, tzinfo=UTC), (2027, 1))],
)
def test_months_follow_each_other(month: datetime, after: tuple[int, int]) -> None:
    following = month_after(month)
    assert (following.year, following.month, following.day, following.hour) == (*after, 1, 0)
    assert month_after(following, 12).year == following.year + 1
    assert month_of(following) == following


@pytest.mark.django_db
def test_this_month_and_the_next_three_are_made_once() -> None:
    names = create_ahead(STEP_RUNS, FAR)
    assert names == [f"etapes_execution_{m}" for m in ("2041_11", "2041_12", "2042_01", "2042_02")]
    assert create_ahead(STEP_RUNS, FAR) == []
    assert create_ahead(STEP_RUNS, month_after(FAR)) == ["etapes_execution_2042_03"]


@pytest.mark.django_db
def test_a_row_without_a_month_is_kept_and_taken_over_later() -> None:
    passed(1, FAR)
    passed(2, month_after(FAR, 30))
    assert set(where().values()) == {"etapes_execution_reste"}
    create_ahead(STEP_RUNS, FAR)
    passed(3, FAR)
    assert where() == {1: "etapes_execution_2041_11", 2: "etapes_execution_reste", 3: "etapes_execution_2041_11"}


@pytest.mark.django_db
def test_an_old_partition_goes_but_for_the_steps_that_are_kept() -> None:
    create_ahead(STEP_RUNS, FAR, months=1)
    for execution_id in (1, 2, 3):
        passed(execution_id, FAR)
    passed(4, month_after(FAR))
    old = [part for part in older_than(STEP_RUNS, month_after(month_of(FAR))) if part.name.endswith("2041_11")]
    assert [part.until for part in old] == [month_after(FAR)]
    assert drop(STEP_RUNS, old[0], keep=[2]) == 1
    assert drop(STEP_RUNS, old[0], keep=[2]) == 0  # it is gone
    assert where() == {2: "etapes_execution_reste", 4: "etapes_execution_2041_12"}
    assert StepRun.objects.get(execution_id=2).at == FAR


@pytest.mark.django_db
def test_the_rest_is_never_old() -> None:
    assert all(not part.name.endswith("_reste") for part in older_than(STEP_RUNS, month_after(FAR, 600)))


@pytest.fixture
def far_months() -> Iterator[None]:
    yield
    for part in partitions(STEP_RUNS):
        if part.since and part.since.year > 2040:
            drop(STEP_RUNS, part)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_each_partition_once(far_months: None) -> None:
    def make(_n: int) -> list[str]:
        try:
            return create_ahead(STEP_RUNS, FAR)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = [name for names in pool.map(make, range(4)) for name in names]
    assert sorted(made) == sorted(set(made))
    assert len(made) == 4


@pytest.fixture
def earlier() -> Iterator[Any]:
    """The table as it was before partitions; all is migrated again afterwards."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([("workflows", "0003_full_strength")])
    yield latest
    StepRun.objects.all().delete()
    MigrationExecutor(connection).migrate(latest)


@pytest.mark.django_db(transaction=True)
def test_a_filled_table_becomes_the_first_partition_and_back(earlier: Any) -> None:
    now = datetime.now(UTC)
    for n in range(50):
        passed(n, datetime(2026, 1, 1 + n % 28, tzinfo=UTC))
    last = StepRun.objects.latest("id").pk
    MigrationExecutor(connection).migrate(earlier)
    assert set(where().values()) == {"etapes_execution_debut"}
    passed(77, now)
    passed(78, month_after(now, 2))
    assert (where()[77], where()[78]) == (
        "etapes_execution_debut", f"etapes_execution_{month_after(now, 2):%Y_%m}",
    )  # fmt: skip
    assert StepRun.objects.get(execution_id=78).pk > last
    MigrationExecutor(connection).migrate([("workflows", "0003_full_strength")])
    assert StepRun.objects.count() == 52
    passed(79, now)
    assert StepRun.objects.get(execution_id=79).pk > StepRun.objects.get(execution_id=78).pk


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_migration_goes_on(earlier: Any) -> None:
    passed(1, datetime.now(UTC))
    migration = import_module("workflows.migrations.0004_partitions")
    with connection.cursor() as cursor:
        until = migration._prepare(cursor)
        assert migration._prepare(cursor) == until
    MigrationExecutor(connection).migrate(earlier)
    assert where() == {1: "etapes_execution_debut"}
