"""`manage.py recount_messages`: are the figures what the messages and the executions themselves say?"""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from workflows import recount_steps
from workflows.recount import Difference, differences, explained
from workflows.recount_steps import StepDifference

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
        since, now = _since(options["since"]), timezone.now()
        messages = differences(since)
        steps = [*recount_steps.standing_differences(), *recount_steps.step_differences(since)]
        erased = {*explained(messages, now), *recount_steps.explained(steps, now)}
        every: list[Difference | StepDifference] = [*messages, *steps]
        found = [difference for difference in every if difference not in erased]
        if erased:
            self.stdout.write(f"{len(erased)} compteurs comptent aussi des messages ou des exécutions effacés depuis.")
        for difference in found[:SHOWN]:
            self.stdout.write(said(difference))
        if len(found) > SHOWN:
            self.stdout.write(f"… et {len(found) - SHOWN} autres.")
        if found and options["check"]:
            raise CommandError(f"{len(found)} compteurs ne disent pas ce que disent les messages et les exécutions.")
        if not found:
            self.stdout.write("Les compteurs disent ce que disent les messages et les exécutions.")


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


def said(difference: Difference | StepDifference) -> str:
    """Return the line of a difference."""
    names = ("channel", "template", "step")
    which = " ".join(part for name in names if (part := getattr(difference, name, "")))
    when = f"{difference.hour:%Y-%m-%d %H} h" if difference.hour else "maintenant"
    return (
        f"{when}  site {difference.site_id}  workflow {difference.workflow_id}  "
        f"{which or 'toutes'}  {difference.name} : {difference.there} en réalité, {difference.counted} comptés"
    )
