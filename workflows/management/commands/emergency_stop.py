"""`manage.py emergency_stop`: nothing moves and nothing leaves, for everybody; `--lift` ends that."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.audit import SYSTEM
from berinia.clock import parse_duration
from communications.control import Restart
from workflows import control
from workflows.scope import Scope, preview


class Command(BaseCommand):
    """Give or lift the emergency stop. Says first how much it holds."""

    help = "Arrêt d'urgence : rien n'avance et rien ne part, pour personne ; --lift le lève."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is to be done."""
        parser.add_argument("--lift", action="store_true", help="Lever l'arrêt d'urgence.")
        parser.add_argument("--preview", action="store_true", help="Compter seulement ; ne rien changer.")
        parser.add_argument("--reason", default="", help="Pourquoi (gardé au journal d'audit).")
        parser.add_argument("--restart", choices=[str(r) for r in Restart], default="envoyer",
                            help="Avec --lift : ce que devient ce qui est en retard.")  # fmt: skip
        parser.add_argument("--over", default="", help="Avec --restart etaler : sur combien de temps (2h).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError when there is nothing to do."""
        now, scope = timezone.now(), Scope.everything()
        found = preview(scope, now=now)
        self.stdout.write(
            f"{found.held} exécutions en route, dont {found.overdue} en retard ; {found.messages} messages en file, "
            f"dont {found.messages_overdue} en retard."
        )
        if options["preview"]:
            return
        order = control.Order(SYSTEM, now, options["reason"])
        try:
            if options["lift"]:
                restart = Restart(options["restart"])
                control.resume(scope, order, restart, self._over(restart, options["over"]))
                self.stdout.write("L'arrêt d'urgence est levé : tout reprend.")
            else:
                control.pause(scope, order)
                self.stdout.write("Arrêt d'urgence : rien n'avance et rien ne part. --lift le lève.")
        except control.ConflictError as error:
            raise CommandError(str(error)) from None

    def _over(self, restart: Restart, text: str) -> timedelta:
        if (restart is Restart.SPREAD) != bool(text):
            raise CommandError("--over va avec --restart etaler, et seulement avec lui.")
        try:
            return parse_duration(text) if text else timedelta(0)
        except ValueError:
            raise CommandError("--over : une durée s'écrit 15m, 2h ou 1d.") from None
