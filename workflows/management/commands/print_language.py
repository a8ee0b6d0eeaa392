"""`manage.py print_language`: write the parts of docs/language.md that the code knows."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.reference import PageError, filled

PAGE = "docs/language.md"


class Command(BaseCommand):
    """Fills in what stands between the page's markers; with --check, says whether it is as the code says."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, **options: object) -> None:
        """Write or compare. Raises CommandError."""
        path = Path(settings.BASE_DIR, PAGE)
        page = path.read_text()
        try:
            text = filled(page)
        except PageError as error:
            raise CommandError(f"{PAGE}: {error}") from None
        if not options["check"]:
            path.write_text(text)
        elif page != text:
            raise CommandError(f"{PAGE} is not what the code says: run manage.py print_language")
