"""Databases beside that of the tests, for what changes a whole one."""

import subprocess
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from psycopg.conninfo import make_conninfo

from berinia.backup import program, target_here
from workflows.programs import definition_of, program_of

Go = Callable[[str], None]


@pytest.fixture
def go(transactional_db: None) -> Iterator[Go]:
    """Move the connection between two databases of its own: `source`, migrated and empty, and `target`, just made."""
    tested = connection.settings_dict["NAME"]
    names = {name: f"{tested}_{name}" for name in ("source", "target")}

    def move(where: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = names.get(where, tested)

    def server(*statements: str) -> None:
        connection.close()
        there = {**connection.get_connection_params(), "dbname": "postgres"}
        kept = {name: value for name, value in there.items() if name in ("host", "port", "user", "dbname")}
        with psycopg.connect(**kept, autocommit=True) as cursor:
            for statement in statements:
                cursor.execute(statement)

    drop = [f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names.values()]
    server(*drop, *(f'CREATE DATABASE "{name}"' for name in names.values()))
    # Not as a copy of the tests' database: that wants nobody else connected to it, a thread of another test either.
    here = target_here()
    dump, read = (program(name, here.major) for name in ("pg_dump", "psql"))
    whole = subprocess.run([dump, here.conninfo], env=here.environment, capture_output=True, check=True).stdout
    source = make_conninfo(here.conninfo, dbname=names["source"])
    subprocess.run([read, "--quiet", "--output=/dev/null", source], input=whole, env=here.environment, check=True)
    move("source")
    try:
        yield move
    finally:
        move("")
        server(*drop)
        # Numbers that were given there come again here.
        for cached in (program_of, definition_of):
            cached.cache_clear()
        ContentType.objects.clear_cache()
