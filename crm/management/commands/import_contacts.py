"""`manage.py import_contacts <site> <file> [--mapping json] [--update] [--dry-run]`: contacts from a file."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Site
from crm.import_files import ImportFileError, read
from crm.import_mapping import MappingError, check, guess, label
from crm.imports import Options, Preview, apply, foretell, preview, set_mapping, upload
from crm.ingest import BusyError

ENDS = {"cree": "créés", "mis_a_jour": "mis à jour", "laisse": "laissés", "erreur": "en erreur"}


class Command(BaseCommand):
    """Say what becomes of each line, and do it."""

    help = "Importe des contacts d'un fichier CSV ou XLSX dans un site."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the site, the file, and what to do with it."""
        parser.add_argument("site", help="le slug du site")
        parser.add_argument("file", help="le fichier, ou - pour l'entrée standard")
        parser.add_argument(
            "--mapping", type=_mapping, help="""champ par titre de colonne, en JSON : {"Mél": "email"}"""
        )
        parser.add_argument("--update", action="store_true", help="remplir les champs vides des contacts connus")
        parser.add_argument("--dry-run", action="store_true", help="dire ce qui arriverait, sans rien écrire")

    def handle(self, *args: object, **options: Any) -> None:
        """Look at the file, print the report, and import it."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"Il n'y a pas de site « {options['site']} ».")
        name, data = options["file"], _read(options["file"])
        try:
            sheet = read(name, data)
            mapping = check(options["mapping"] or guess(sheet.columns), sheet.columns)
            self._say_mapping(mapping)
            if options["dry_run"]:
                self._say(foretell(site, sheet, mapping, Options(options["update"]), now=timezone.now()))
                return
            imported = upload(site, name, data, actor=SYSTEM, now=timezone.now()).imported
            set_mapping(imported.pk, mapping, options=Options(options["update"]))
            self._say(preview(imported.pk, now=timezone.now()))
            apply(imported.pk, actor=SYSTEM, now=timezone.now())
        except (ImportFileError, MappingError) as error:
            raise CommandError(str(error)) from None
        except BusyError:
            raise CommandError("D'autres changent ces contacts en ce moment : rien n'est importé.") from None
        self.stdout.write(f"Import {imported.pk} fait.")

    def _say_mapping(self, mapping: dict[str, str]) -> None:
        for title, name in mapping.items():
            self.stdout.write(f"{title} → {label(name) if name else 'non importé'}")

    def _say(self, found: Preview) -> None:
        for outcome in found.wrong:
            for text in outcome.said:
                self.stderr.write(f"ligne {outcome.line} : {text}")
        self.stdout.write(", ".join(f"{count} {ENDS[result]}" for result, count in found.counts.items()))


def _mapping(text: str) -> dict[str, str]:
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise ValueError(text)
    return found


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"« {name} » ne se lit pas : {error}") from None
