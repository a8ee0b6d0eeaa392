"""`manage.py recount_messages`: are the figures of messages what the messages themselves say?"""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from workflows.recount import Difference, differences, explained

SHOWN = 50
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    """Prints each counter that differs. Nothing is changed."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take from which day on, and whether a difference is an error."""
        parser.add_argument(
            "--since", help="2026-03-10 : à partir de ce jour (UTC) ; sans indication : depuis toujours"
        )
        parser.add_argument("--check", action="store_true", help="finit avec le code 1 s'il y a une différence")

    def handle(self, *args: object, **options: Any) -> None:
        """Compare and print. Raises CommandError."""
        found = differences(_since(options["since"]))
        if erased := explained(found, timezone.now()):
            found = [difference for difference in found if difference not in erased]
            self.stdout.write(f"{len(erased)} compteurs comptent aussi des messages effacés depuis.")
        for difference in found[:SHOWN]:
            self.stdout.write(said(difference))
        if len(found) > SHOWN:
            self.stdout.write(f"… et {len(found) - SHOWN} autres.")
        if found and options["check"]:
            raise CommandError(f"{len(found)} compteurs ne disent pas ce que disent les messages.")
        if not found:
            self.stdout.write("Les compteurs disent ce que disent les messages.")


def _since(text: str | None) -> datetime:
    if not text:
        return BEGINNING
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"--since : « {text} » n'est pas une date comme 2026-03-10.", returncode=2)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def said(difference: Difference) -> str:
    """Return the line of a difference."""
    which = " ".join(part for part in (difference.channel, difference.template, difference.step) if part)
    return (
        f"{difference.hour:%Y-%m-%d %H} h  site {difference.site_id}  workflow {difference.workflow_id}  "
        f"{which or 'toutes'}  {difference.name} : {difference.there} en réalité, {difference.counted} comptés"
    )
