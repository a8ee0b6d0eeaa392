"""`manage.py find_duplicates <site>`: compare all contacts of a site; pairs wait in the admin for a person."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Site
from crm.find_duplicates import find_in_site


class Command(BaseCommand):
    """See the module."""

    help = "Cherche les doublons parmi les contacts d'un site."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the site."""
        parser.add_argument("site", help="identifiant du site")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say how many were found."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            raise CommandError(f"Aucun site « {options['site']} ».")
        self.stdout.write(f"{find_in_site(site.pk, timezone.now())} nouvelle(s) paire(s) à vérifier.")
