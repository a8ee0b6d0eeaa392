"""Set-wise SQL: many rows in one statement. The one place where rows are moved in bulk."""

import json
from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from psycopg import sql
from psycopg.types.datetime import TimestamptzLoader

JSONB = 3802  # PostgreSQL's type number; Django hands JSON over as text


def fetch(query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    """Run a query and return its rows as named tuples, JSON columns decoded."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        columns = cursor.description or ()
        row_type = _row_type(tuple(column.name for column in columns))
        documents = [n for n, column in enumerate(columns) if column.type_code == JSONB]
        rows = cursor.fetchall()
    if not documents:
        return [row_type._make(row) for row in rows]
    return [row_type._make(_decoded(row, documents)) for row in rows]


def run(statement: str | sql.Composed, params: Sequence[Any] | Mapping[str, Any] | None = None) -> int:
    """Run a statement and return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        changed: int = cursor.rowcount
    return changed


@lru_cache(maxsize=512)
def _row_type(names: tuple[str, ...]) -> Any:
    """Return the type of rows with these columns. To make one takes longer than many a query."""
    return namedtuple("Row", names)


def _decoded(row: Sequence[Any], documents: Sequence[int]) -> list[Any]:
    values = list(row)
    for n in documents:
        if values[n] is not None:
            values[n] = json.loads(values[n])
    return values


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with COPY, several times faster than INSERT. JSON values are passed as text.

    COPY knows no ON CONFLICT: a row that breaks a constraint fails the whole statement.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def update_rows(table: str, types: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> int:
    """Update many rows at once, each with its own values; return how many were there.

    `types` maps each column to its PostgreSQL type; the first column is the key.
    """
    if not rows:
        return 0
    key, *others = types
    statement = sql.SQL(
        "UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v ({names}) WHERE t.{key} = v.{key}"
    ).format(
        table=sql.Identifier(table),
        sets=sql.SQL(", ").join(sql.SQL("{c} = v.{c}").format(c=sql.Identifier(column)) for column in others),
        arrays=sql.SQL(", ").join(sql.SQL("%s::" + kind + "[]") for kind in types.values()),
        names=sql.SQL(", ").join(map(sql.Identifier, types)),
        key=sql.Identifier(key),
    )
    return run(statement, [_array(column) for column in zip(*rows, strict=True)])


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Return rows as the columns that unnest takes, one array each."""
    return [list(column) for column in zip(*rows, strict=True)]


def _array(values: Iterable[Any]) -> str:
    """Write values as PostgreSQL's text of an array, several times faster than the driver does.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO. For numbers, booleans, texts, instants and None.
    """
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"no array of {type(value).__name__}")


class _Instants(TimestamptzLoader):
    """Instants as the driver's text form brings them, read by the standard library's fast reader."""

    timezone = UTC  # Django asks, and registers its own where it is another than the connection's

    def load(self, data: Any) -> datetime:
        """Read one; infinity and years past 9999 are errors, as with the driver's own reader."""
        return datetime.fromisoformat(bytes(data).decode())


@receiver(connection_created)
def _read_instants_fast(connection: Any, **_kwargs: Any) -> None:
    connection.connection.adapters.register_loader("timestamptz", _Instants)
