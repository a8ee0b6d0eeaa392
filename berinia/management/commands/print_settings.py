"""`manage.py print_settings`: write .env.example and docs/settings.md from berinia/env.py."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic.fields import FieldInfo

from berinia.env import Env


def env_example() -> str:
    """Return the text of .env.example: each setting with its meaning, commented out at its default."""
    parts = ["# Copy to .env and fill in what you need. An empty value is the default.\n"]
    for name, field in Env.model_fields.items():
        parts.append(f"# {field.description}\n# {name.upper()}={_default(field)}\n")
    return "\n".join(parts)


def settings_page() -> str:
    """Return the text of docs/settings.md."""
    rows = [
        f"| `{name.upper()}` | {_default(field, '`')} | {field.description} |"
        for name, field in Env.model_fields.items()
    ]
    head = "# Settings\n\nRead from the environment, or from a file `.env` at the top level.\n\n"
    head += "| name | default | meaning |\n|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _default(field: FieldInfo, quote: str = "") -> str:
    """Return the default as one would write it, nothing if there is none."""
    return "" if field.default in ("", None) else f"{quote}{field.default}{quote}"


class Command(BaseCommand):
    """Writes both files; with --check, says whether they are as the code would write them."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        """Write or compare."""
        for name, text in {".env.example": env_example(), "docs/settings.md": settings_page()}.items():
            path = Path(settings.BASE_DIR, name)
            if not options["check"]:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"{name} is not what berinia/env.py says: run manage.py print_settings")
