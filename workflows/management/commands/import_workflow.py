"""`manage.py import_workflow <site> <file> [--publish] [--replace]`: a workflow in YAML, `-` for stdin."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import Site
from workflows.draft import DraftError, Imported, take_in
from workflows.exchange import ExchangeError


class Command(BaseCommand):
    """Make it the draft of that workflow of the site, or publish it at once."""

    help = "Prend un workflow en YAML comme brouillon, ou le publie."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the site, the file, and what to do with it."""
        parser.add_argument("site", help="le slug du site")
        parser.add_argument("file", help="le fichier, ou - pour l'entrée standard")
        parser.add_argument("--publish", action="store_true", help="publier aussitôt")
        parser.add_argument("--replace", action="store_true", help="remplacer le brouillon qui serait déjà là")

    def handle(self, *args: object, **options: Any) -> None:
        """Take it in, and say what is wrong with it."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"Il n'y a pas de site « {options['site']} ».")
        try:
            done = take_in(
                site, _read(options["file"]), by=SYSTEM, now=timezone.now(), may_replace=options["replace"],
                is_published=options["publish"],
            )  # fmt: skip
        except (DraftError, ExchangeError) as error:
            raise CommandError(str(error)) from None
        self._say(done)

    def _say(self, done: Imported) -> None:
        for remark in done.verdict.errors:
            self.stderr.write(f"erreur : {remark}")
        for remark in done.verdict.warnings:
            self.stderr.write(f"avertissement : {remark}")
        what = f"publié, {done.version}" if done.version else "enregistré comme brouillon"
        self.stdout.write(f"{done.workflow.slug} : {what}{' (nouveau)' if done.is_new else ''}")


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"« {name} » ne se lit pas : {error}") from None
