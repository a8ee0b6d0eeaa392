"""Step runs in one partition a month, so that old ones are dropped and not deleted.

A filled table becomes the first partition as it stands: its new key is built beside the running system, and
only the exchange itself takes a lock, for milliseconds. The key (execution_id, id, at) serves at once as the
primary key, which has to contain the instant, and as the index by execution: one index instead of two.

No transaction around it all, for indexes are built concurrently: interrupted, it is simply run again.
"""

from datetime import UTC, datetime, timedelta

from django.db import migrations, transaction

from berinia.partitions import STEP_RUNS, create_ahead, month_after, month_of

TABLE, OLD, REST = "etapes_execution", "etapes_execution_debut", "etapes_execution_reste"
CUT = "etapes_execution_coupee"
COLUMNS = """
    id bigint NOT NULL, organization_id bigint NOT NULL, execution_id bigint NOT NULL, step varchar(60) NOT NULL,
    kind varchar(20) NOT NULL, at timestamptz NOT NULL, detail varchar(200) NOT NULL
"""
KIND = "SELECT relkind::text FROM pg_class WHERE oid = %s::regclass"
IS_INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('steprun_key') AND NOT indisvalid"
HAS_BOUND = "SELECT 1 FROM pg_constraint WHERE conname = 'steprun_until' AND conrelid = %s::regclass"


def cut(apps, schema_editor):
    """Exchange the table for a partitioned one that has it as its first partition."""
    with schema_editor.connection.cursor() as cursor:
        if _one(cursor, KIND, [TABLE]) != "p":
            cursor.execute("SET statement_timeout = 0")
            is_filled = _one(cursor, f"SELECT 1 FROM {TABLE} LIMIT 1")
            if is_filled:
                until = _prepare(cursor)
            with transaction.atomic(schema_editor.connection.alias):
                if is_filled:
                    _exchange(cursor, until)
                else:
                    cursor.execute(f"DROP TABLE {TABLE}")
                    _make(cursor, 1)
            cursor.execute("RESET statement_timeout")
    create_ahead(STEP_RUNS, datetime.now(UTC))


def _prepare(cursor):
    """Build what the exchange needs, while others read and write; return until when the old table takes rows."""
    if not _one(cursor, HAS_BOUND, [TABLE]):
        # New rows have to fit as well until the exchange, be it the last evening of a month.
        latest = _one(cursor, f"SELECT max(at) FROM {TABLE}")
        until = month_after(month_of(max(latest, datetime.now(UTC) + timedelta(days=2))))
        cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT steprun_until CHECK (at < '{until.isoformat()}') NOT VALID")
    cursor.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT steprun_until")
    if _one(cursor, IS_INVALID):
        cursor.execute("DROP INDEX CONCURRENTLY steprun_key")
    cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS steprun_key ON {TABLE} (execution_id, id, at)")
    text = _one(cursor, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'steprun_until'")
    return text.split("'")[1]


def _exchange(cursor, until):
    cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
    first = _one(cursor, "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [TABLE])
    cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey, ALTER COLUMN id DROP IDENTITY")
    cursor.execute("DROP INDEX steprun_of_execution")
    cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {OLD}")
    cursor.execute(f"ALTER TABLE {OLD} ADD CONSTRAINT {OLD}_pkey PRIMARY KEY USING INDEX steprun_key")
    _make(cursor, first)
    cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {OLD} FOR VALUES FROM (MINVALUE) TO ('{until}')")
    cursor.execute(f"ALTER TABLE {OLD} DROP CONSTRAINT steprun_until")


def _make(cursor, first):
    """Make the partitioned table and the partition of what has no month; ids go on at `first`."""
    cursor.execute(
        f"CREATE TABLE {TABLE} ({COLUMNS}, CONSTRAINT {TABLE}_pkey PRIMARY KEY (execution_id, id, at)) "
        "PARTITION BY RANGE (at)"
    )
    # A sequence of its own: PostgreSQL before 17 knows no identity columns in partitions.
    cursor.execute(f"CREATE SEQUENCE {TABLE}_id_seq START {first} OWNED BY {TABLE}.id")
    cursor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN id SET DEFAULT nextval('{TABLE}_id_seq')")
    cursor.execute(f"CREATE TABLE {REST} PARTITION OF {TABLE} DEFAULT")


def join(apps, schema_editor):
    """Copy all into one table again. Others wait meanwhile."""
    with schema_editor.connection.cursor() as cursor, transaction.atomic(schema_editor.connection.alias):
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        first = _one(cursor, f"SELECT nextval('{TABLE}_id_seq')")
        cursor.execute(f"ALTER TABLE {TABLE} RENAME TO {CUT}")
        cursor.execute(f"ALTER TABLE {CUT} RENAME CONSTRAINT {TABLE}_pkey TO {CUT}_pkey")
        cursor.execute(f"ALTER SEQUENCE {TABLE}_id_seq RENAME TO {CUT}_seq")
        cursor.execute(f"CREATE TABLE {TABLE} ({COLUMNS})")
        cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM {CUT}")
        cursor.execute(f"DROP TABLE {CUT}")
        cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY (id)")
        cursor.execute(
            f"ALTER TABLE {TABLE} ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY "
            f"(SEQUENCE NAME {TABLE}_id_seq START {first})"
        )
        cursor.execute(f"CREATE INDEX steprun_of_execution ON {TABLE} (execution_id, id)")


def _one(cursor, query, params=None):
    cursor.execute(query, params)
    row = cursor.fetchone()
    return row[0] if row else None


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("workflows", "0003_full_strength")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(cut, join)],
            state_operations=[migrations.RemoveIndex(model_name="steprun", name="steprun_of_execution")],
        ),
    ]
