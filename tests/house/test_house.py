"""The house is in order: what is written down is what the code says."""

from pathlib import Path

import pytest
from django.core.management import call_command

from berinia.management.commands.print_settings import env_example, settings_page

ROOT = Path(__file__).resolve().parents[2]


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(("name", "text"), [(".env.example", env_example()), ("docs/settings.md", settings_page())])
def test_settings_are_documented_as_they_are(name: str, text: str) -> None:
    assert (ROOT / name).read_text() == text


def test_the_schema_of_the_api_is_complete(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", fail_on_warn=True, validate=True)
    assert "/api/events" in capsys.readouterr().out
