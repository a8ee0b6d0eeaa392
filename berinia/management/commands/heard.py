"""`manage.py heard beat`: exit 0 when a part of the system was heard of lately. For container health checks."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from berinia.health import CHECKS, state


class Command(BaseCommand):
    """Fails, with the reason, unless the part answers."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the part's name."""
        parser.add_argument("part", choices=CHECKS)

    def handle(self, *args: object, **options: str) -> None:
        """Look at one part."""
        answer = state(CHECKS[options["part"]])
        if answer != "ok":
            raise CommandError(f"{options['part']}: {answer}")
