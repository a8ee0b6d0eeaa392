"""`manage.py generate`: fill the database with made-up contacts, events, executions, step runs and messages.

With `--full`, also with what stands around them: leads, tasks, alerts, runs of agents, exports, webhooks …
"""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from accounts.models import Organization, Site
from communications.days import count_days
from workflows.generate import SLUG, Made, charge_sites, generate
from workflows.surroundings import surround

SITES = 8
PRETEND = frozenset({SLUG, *(f"{SLUG}-{n}" for n in range(1, 20)), "demo", "banc"})  # that nobody works with


class Command(BaseCommand):
    """For tests of load: nobody whom it makes up can be reached."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how many of what, and where."""
        parser.add_argument("--executions", type=int, default=100_000, help="How many executions (100000).")
        parser.add_argument("--contacts", type=int, help="How many contacts (half as many as executions).")
        parser.add_argument(
            "--site", help=f"The siteId of one site. Else {SITES} sites of the organization « {SLUG} »."
        )
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes the same rows (1).")
        parser.add_argument("--organizations", type=int, default=1, help="How many organizations share the sites (1).")
        parser.add_argument("--full", action="store_true", help="Also leads, tasks, alerts, agents' runs, exports …")
        parser.add_argument("--yes", action="store_true", help="Also in a database that is in use.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the rows, a chunk at a time, and say how fast."""
        executions: int = options["executions"]
        contacts = max(1, executions // 2) if options["contacts"] is None else options["contacts"]
        if executions < 1 or contacts < 1:
            raise CommandError("--executions et --contacts demandent un nombre positif.")
        if not (options["yes"] or _is_pretend()):
            raise CommandError(
                "Cette base de données est en service (DATABASE_URL est réglée, ou d'autres organisations que la démo "
                "y sont). Ajoutez --yes si c'est bien ici que des lignes inventées doivent aller."
            )
        now = timezone.now()
        sites = (
            [_site(options["site"])]
            if options["site"]
            else charge_sites(SITES, now, organizations=max(1, options["organizations"]))
        )
        began, made = time.perf_counter(), Made()
        try:
            for made in generate(sites, executions=executions, contacts=contacts, seed=options["seed"], now=now):
                self._progress(made, executions)
        except ValueError as error:
            raise CommandError(f"{error} Déployez-y un secteur d'abord.") from None
        seconds = time.perf_counter() - began
        if options["full"]:
            around = surround(sites, now)
            self.stdout.write(", ".join(f"{table} {number}" for table, number in around.items()))
        count_days(now)  # as Beat does every hour, so that pages read days at once and not their hours
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(
            f"{made.executions} exécutions, {made.contacts} contacts, {made.executions} événements, "
            f"{made.step_runs} étapes, {made.messages} messages en {seconds:.1f} s "
            f"({made.executions / seconds:.0f} exécutions/s)"
        )

    def _progress(self, made: Made, executions: int) -> None:
        if made.executions % 100_000 == 0 and made.executions < executions:
            self.stdout.write(f"… {made.executions} / {executions}")


def _is_pretend() -> bool:
    """Tell whether the database is the embedded one and nobody but the demo is in it."""
    return settings.IS_EMBEDDED and not Organization.objects.exclude(slug__in=PRETEND).exists()


def _site(slug: str) -> Site:
    site = Site.objects.filter(slug=slug).first()
    if site is None:
        raise CommandError(f"Aucun site ne porte l'identifiant « {slug} ».")
    return site
