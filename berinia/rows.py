"""Set-wise SQL: many rows in one statement. The one place where rows are moved in bulk."""

import json
from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

JSONB = 3802  # PostgreSQL's type number; Django hands JSON over as text


def fetch(query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    """Run a query and return its rows as named tuples, JSON columns decoded."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        columns = cursor.description or ()
        row_type = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]
        documents = [n for n, column in enumerate(columns) if column.type_code == JSONB]
        rows = cursor.fetchall()
    if not documents:
        return [row_type._make(row) for row in rows]
    return [row_type._make(_decoded(row, documents)) for row in rows]


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
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
        updated: int = cursor.rowcount
    return updated
