"""What is printed from code is what stands in the repository."""

import pytest
from django.core.management import call_command


def test_env_example_and_the_settings_page_say_what_the_code_says() -> None:
    call_command("print_settings", "--check")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
