"""`manage.py messages render-all [--out DIR]`: every message of the library as it is read, to look at. No database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from communications.gallery import render_all
from communications.rendering import TemplateError


class Command(BaseCommand):
    """What can be done with the library's messages from the command line."""

    help = (
        "Les messages de la bibliothèque : render-all les écrit tous, tels qu'ils seront lus, avec une page d'accueil."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and the folder."""
        parser.add_argument("action", choices=["render-all"])
        parser.add_argument("--out", type=Path, help="le dossier où écrire (par défaut DATA_DIR/messages)")

    def handle(self, *args: Any, action: str, out: Path | None, **options: Any) -> None:
        """Write the files; a template that is not valid is an error that names it."""
        folder = out or settings.DATA_DIR / "messages"
        try:
            shown = render_all(folder, timezone.now())
        except TemplateError as error:
            raise CommandError(str(error)) from None
        emails = sum(one.files is not None for one in shown)
        self.stdout.write(f"{emails} emails et {len(shown) - emails} SMS : {folder / 'index.html'}")
