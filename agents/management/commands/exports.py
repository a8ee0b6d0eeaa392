"""`manage.py exports reconcile|download <organization>`: what became of exported leads, or their file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.audit import SYSTEM
from agents.reconcile import ReconcileError, reconcile
from crm.models import Connection
from crm.sheet import FORMATS, sheet_of


class Command(BaseCommand):
    """Of all connections of an organization that say something; the file goes to --out, or to the standard output."""

    help = "Leads exportés : les rapprocher du CRM, ou les télécharger (CSV, XLSX)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is to be done, and whose."""
        parser.add_argument("action", choices=["reconcile", "download"])
        parser.add_argument("organization", help="l'identifiant de l'organisation")
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--out", type=Path, help="download : le fichier ; sinon la sortie standard")

    def handle(self, *args: object, **options: Any) -> None:
        """Find the connections, and do it."""
        connections = list(Connection.objects.filter(organization__slug=options["organization"]).order_by("pk"))
        if not connections:
            raise CommandError("Aucune organisation de cet identifiant n'a de connexion CRM.")
        if options["action"] == "reconcile":
            self._reconcile(connections)
        else:
            self._download(connections, options["format"], options["out"])

    def _reconcile(self, connections: list[Connection]) -> None:
        failed = ""
        for connection in connections:
            try:
                done = reconcile([connection.pk], SYSTEM, timezone.now())
            except ReconcileError as error:
                failed = f"{connection} : {error}"
                self.stderr.write(failed)
                continue
            text = f"{done.checked} vérifiés, {done.absent} absents, {done.unknown} sans réponse"
            self.stdout.write(f"{connection} : {text}")
        if failed and len(connections) == 1:
            raise CommandError(failed)

    def _download(self, connections: list[Connection], kind: str, out: Path | None) -> None:
        content = sheet_of(connections, kind, SYSTEM, timezone.now())
        if out is None:
            sys.stdout.buffer.write(content)
            return
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{out} ne peut pas être écrit : {error.strerror}.") from None
        self.stdout.write(f"{out} : {len(content)} octets")
