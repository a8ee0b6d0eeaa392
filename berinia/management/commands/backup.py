"""`manage.py backup FILE`: the whole database into one file, while everything runs."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from berinia.backup import BackupError, back_up, target_here
from berinia.embedded import running


class Command(BaseCommand):
    """Writes what `restore` reads."""

    help = "Sauvegarde toute la base dans un fichier, pendant que tout tourne ; `restore` le relit."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, help="Le fichier à écrire, par exemple berinia-2026-03-10.dump.")
        parser.add_argument("--force", action="store_true", help="Remplacer un fichier qui existe.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, and say what is not in it."""
        path: Path = options["file"]
        if path.exists() and not options["force"]:
            raise CommandError(f"{path} existe déjà : choisissez un autre nom, ou ajoutez --force.")
        began = time.perf_counter()
        with running(settings.DATA_DIR, is_wanted=settings.IS_EMBEDDED):
            target = target_here()
            connection.close()
            try:
                size = back_up(target, path)
            except BackupError as error:
                raise CommandError(str(error)) from None
        self.stdout.write(
            f"{path} : {size / 1_000_000:.1f} Mo en {time.perf_counter() - began:.1f} s. Il contient les données des "
            "contacts : chiffrez-le.\nN'y sont pas : SECRET_KEY, ADDRESS_HASH_KEY et CREDENTIALS_KEY (gardez-les à "
            "part : sans elles, les clés des CRM et les adresses bloquées ne se relisent plus), ni Redis, qui ne "
            "contient que des réveils."
        )
