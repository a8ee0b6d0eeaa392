"""The house is in order: what is written down is what the code says."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from berinia.management.commands.print_settings import env_example, settings_page

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ("accounts", "crm", "communications", "agents", "workflows")


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_migration_can_be_undone(transactional_db: None) -> None:
    for app in HOUSE:
        if apps.get_app_config(app).models_module is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations WHERE app = %s AND name !~ '^0001'", [app])
            if cursor.fetchall():
                call_command("migrate", app, "0001", verbosity=0)
                call_command("migrate", verbosity=0)  # those of other apps that hang on it, too


@pytest.mark.parametrize(("name", "text"), [(".env.example", env_example()), ("docs/settings.md", settings_page())])
def test_settings_are_documented_as_they_are(name: str, text: str) -> None:
    assert (ROOT / name).read_text() == text


def test_the_schema_of_the_api_is_complete(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", fail_on_warn=True, validate=True)
    assert "/api/events" in capsys.readouterr().out
