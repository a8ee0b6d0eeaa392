"""A database of some size (SCALE executions, 100,000 unless said), and what PostgreSQL does to answer from it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.sql import Composable

from accounts.models import Organization, Site
from berinia.rows import fetch
from tests.make import NOW
from workflows.generate import SLUG, charge_sites, generate
from workflows.programs import definition_of, program_of

SCALE = int(os.environ.get("SCALE", "100000"))
BIG = (
    "executions_workflow", "evenements", "messages", "etapes_execution", "contacts", "metriques_conversion",
    "metriques_messages",
)  # fmt: skip
TABLES = (
    "organisations, contacts, evenements, executions_workflow, messages, etapes_execution, metriques_conversion, "
    "metriques_messages, metriques_etapes, executions_par_etape, metriques_jour, metriques_messages_jour, jours_comptes"
)
ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class Plan:
    """How PostgreSQL answers a query."""

    query: str
    nodes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def whole_tables(self) -> set[str]:
        """The big tables that it reads from one end to the other."""
        found = {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}
        return {name for name in found if name.startswith(BIG)} & _filled()

    @property
    def indexes(self) -> set[str]:
        """The indexes that it uses."""
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def touched(self) -> int:
        """How many rows of big tables it looked at; only of a query that was run."""
        scans = [n for n in self.nodes if str(n.get("Relation Name", "")).startswith(BIG)]
        return sum((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in scans)


def _filled() -> set[str]:
    """Return the tables and partitions with a good many rows: reading an empty one whole costs nothing."""
    return {row.relname for row in fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 1000")}


def plan(query: str, params: Any = None, *, run: bool = False) -> Plan:
    """Ask for the plan of a query; with `run`, run it and count the rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON{', ANALYZE' if run else ''}) {query}", params)
        (answer,) = cursor.fetchone()
    found = Plan(query)
    _collect((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"], found.nodes)
    return found


def _collect(node: dict[str, Any], nodes: list[dict[str, Any]]) -> None:
    nodes.append(node)
    for below in node.get("Plans", ()):
        _collect(below, nodes)


class Watch(CaptureQueriesContext):
    """Takes down the queries of a block."""

    def plans(self, *, run: bool = False) -> list[Plan]:
        """Return how PostgreSQL answers each of them, as the database is now."""
        connected = connection.connection
        texts = [query["sql"] for query in self.captured_queries]
        queries = [(text.as_string(connected) if isinstance(text, Composable) else text).strip() for text in texts]
        return [plan(query.replace("%", "%%"), (), run=run) for query in queries if query.upper().startswith(ROWS)]


@pytest.fixture
def watch() -> Watch:
    return Watch(connection)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Make the rows once, for all tests of a file; they see them in transactions that are rolled back."""
    with django_db_blocker.unblock():
        try:
            sites = charge_sites(8, NOW)
            for _made in generate(sites, executions=SCALE, contacts=SCALE // 2, seed=1, now=NOW):
                pass
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
            program_of.cache_clear()  # numbers of versions begin again
            definition_of.cache_clear()


@pytest.fixture
def site(db: None, filled: None) -> Site:
    """The site that has the most."""
    return Site.objects.get(slug=f"{SLUG}-1")


@pytest.fixture
def organization(site: Site) -> Organization:
    return site.organization
