"""`manage.py retention`: remove what is older than the settings RETENTION_… say; with --dry-run, only count it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from berinia.alone import alone
from berinia.partitions import STEP_RUNS
from berinia.turns import turns
from workflows.retention import PEOPLE, RULES, Removed, retain


class Command(BaseCommand):
    """Does at once what Beat does every night. May be stopped at any time, and run again."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="Count what would go, and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove, or count; print how many rows of each table."""
        is_dry: bool = options["dry_run"]
        pieces = retain(now=timezone.now(), is_dry=is_dry)
        sums: Counter[str] = Counter()
        for removed in pieces if is_dry else _one_at_a_time(pieces):
            sums[removed.table] += removed.rows
        verb = "seraient supprimées" if is_dry else "supprimées"
        for table in (PEOPLE, STEP_RUNS.table, *(rule.name for rule in RULES)):
            self.stdout.write(f"{table} : {sums[table]} lignes {verb}")


def _one_at_a_time(pieces: Iterator[Removed]) -> Iterator[Removed]:
    """Go through the pieces, with the lock that keeps a second one out taken anew before it ends."""
    while True:
        with alone("retention") as is_alone:
            if not is_alone:
                raise CommandError("Une autre suppression est en cours (ou Redis ne répond pas) : réessayez plus tard.")
            for _ in turns("retention"):
                if (piece := next(pieces, None)) is None:
                    return
                yield piece
