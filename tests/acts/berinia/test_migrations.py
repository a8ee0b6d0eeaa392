"""Every migration can be undone, and done again."""

from typing import Any

from django.apps import apps
from django.core.management import call_command

from berinia.rows import fetch
from tests.acts.berinia.conftest import Go

HOUSE = ("accounts", "crm", "communications", "agents", "workflows")
# Without partitions: another test may have made or dropped a month's.
TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
COLUMNS = f"""
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE table_schema = 'public' AND table_name IN ({TABLES}) ORDER BY 1, 2
"""
INDEXES = f"""
SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ({TABLES}) ORDER BY 1
"""
TRIGGERS = "SELECT tgname, tgrelid::regclass::text AS t FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"


def schema() -> list[Any]:
    return [fetch(COLUMNS), fetch(INDEXES), fetch(TRIGGERS)]


def test_every_migration_can_be_undone(go: Go) -> None:
    made = schema()
    for app in reversed(HOUSE):
        if apps.get_app_config(app).models_module:
            call_command("migrate", app, "0001", verbosity=0)
    assert schema() != made
    call_command("migrate", verbosity=0)
    assert schema() == made
