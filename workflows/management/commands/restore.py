"""`manage.py restore FILE`: the database from a file of `backup`; nothing goes out before a person says so."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from berinia.backup import BackupError, bring_back, check, target_here
from berinia.embedded import running
from berinia.rows import fetch, run
from workflows.restored import AT_ONCE, HeldBack, hold_back

OTHERS = """
SELECT count(*) AS n FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
USED = ("organisations", "utilisateurs")
NEXT = """
L'arrêt d'urgence est donné : rien n'avance et rien ne part. Ensuite :
  1. Comparez chez Resend et Twilio ce qui est parti depuis la sauvegarde ({made}).
  2. Messages « issue inconnue » (raison : restauration) : rejouez ceux qui ne sont pas partis, laissez les autres.
  3. manage.py emergency_stop --lift : le reste reprend.
  4. Exécutions « en pause » : reprenez-les, avec « sauter » si leurs messages étaient partis, « envoyer » sinon.
  5. Les événements reçus après la sauvegarde manquent : que les sites les renvoient (leurs clés évitent les doublons).
"""


class Command(BaseCommand):
    """Replaces all that is there, in one transaction."""

    help = "Remplace toute la base par un fichier de `backup` ; l'arrêt d'urgence est donné jusqu'à ce qu'on le lève."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, nargs="?", help="Le fichier que `backup` a écrit.")
        parser.add_argument(
            "--only-hold", action="store_true",
            help="Rien n'est lu : la base a été ramenée autrement (à un instant donné) ; ce qui était dû est retenu.",
        )  # fmt: skip
        parser.add_argument("--force", action="store_true", help="Aussi sur une base qui contient quelque chose.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, migrate, hold back what was due, and say what comes next."""
        path: Path | None = options["file"]
        if (path is None) != options["only_hold"]:
            raise CommandError("Donnez un fichier, ou --only-hold.")
        with running(settings.DATA_DIR, is_wanted=settings.IS_EMBEDDED):
            try:
                made = self._restore(path, is_forced=options["force"]) if path else self._hold()
            except BackupError as error:
                raise CommandError(str(error)) from None
            held = self._catch_up()
        self.stdout.write(_report(path, made, held))

    def _restore(self, path: Path, *, is_forced: bool) -> str:
        target = target_here()
        made = check(path, target.major)
        if _is_used() and not is_forced:
            raise CommandError(
                "Cette base n'est pas vide : --force remplace tout ce qui s'y trouve (sauvegardez-la d'abord)."
            )
        _check_alone()
        connection.close()
        bring_back(target, path, AT_ONCE)
        return made

    def _hold(self) -> str:
        _check_alone()
        with transaction.atomic():
            run(AT_ONCE)
        return "l'instant auquel la base a été ramenée"

    def _catch_up(self) -> HeldBack:
        """Bring an older backup up to this code. Raises CommandError when the backup is of a newer one."""
        loader = MigrationLoader(connection)
        if unknown := sorted(key for key in loader.applied_migrations if key not in loader.disk_migrations):
            raise CommandError(
                f"La sauvegarde vient d'une version plus récente ({unknown[0][0]}.{unknown[0][1]} …) : mettez le code "
                "à jour, puis `manage.py migrate` et `manage.py restore` à nouveau. L'arrêt d'urgence est donné."
            )
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("ANALYZE")  # without it the first queries would read whole tables
        return hold_back(timezone.now())


def _check_alone() -> None:
    if others := fetch(OTHERS)[0].n:
        raise CommandError(f"{others} connexions à cette base : arrêtez web, workers et beat d'abord.")


def _is_used() -> bool:
    """Tell whether somebody's data is there; the tables of a fresh `migrate` do not count."""
    there = set(connection.introspection.table_names())
    return any(table in there and fetch(f"SELECT id FROM {table} LIMIT 1") for table in USED)  # noqa: S608


def _report(path: Path | None, made: str, held: HeldBack) -> str:
    keys = [name for name in ("SECRET_KEY", "ADDRESS_HASH_KEY", "CREDENTIALS_KEY") if not os.environ.get(name)]
    said = (
        f"{path or 'La base'} : c'est restauré. En attente d'une personne : {held.messages} messages, "
        f"{held.executions} exécutions, {held.enrolments} inscriptions ; {held.schedules} horaires reprennent à leur "
        "prochaine date."
    )
    if keys:
        said += f"\n{', '.join(keys)} : il faut les mêmes valeurs qu'avant (voir docs/operations.md)."
    return said + NEXT.format(made=made)
