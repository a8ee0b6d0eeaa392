"""`manage.py replay`: what a workflow would have done with the events of the last 7 or 30 days. A dry run."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError
from django.utils import timezone

from berinia.readonly import read_only
from workflows.advance import EndlessProgramError
from workflows.management.commands.simulate import subject_for
from workflows.rehearsal import SubjectError
from workflows.replay import replay
from workflows.replayed import as_json, told

DAYS = (7, 30)


class Command(BaseCommand):
    """Prints totals by day and channel, conversions, refusals, and the first messages one by one."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which workflow, which of its versions, and how far back."""
        parser.add_argument("target", help="<site>/<workflow>")
        parser.add_argument("--days", type=int, choices=DAYS, default=DAYS[0], help="combien de jours (7 sinon)")
        parser.add_argument("--draft", action="store_true", help="le brouillon du workflow, pas sa version publiée")
        parser.add_argument("--json", action="store_true", help="en JSON")

    def handle(self, *args: object, **options: Any) -> None:
        """Replay and print. Raises CommandError."""
        try:
            with read_only():
                subject = subject_for(options)
                if subject.workflow is None:
                    raise CommandError("Un rejeu a besoin d'événements : donnez <site>/<workflow>.", returncode=2)
                tally = replay(subject.workflow, subject.definition, options["days"], timezone.now())
                found = as_json(subject, tally)
        except SubjectError as error:
            raise CommandError(error.detail) from None
        except OperationalError:
            raise CommandError("La base de données ne répond pas.") from None
        except EndlessProgramError as error:
            raise CommandError(f"Ce workflow tourne en rond à l'étape « {error} ».") from None
        if options["json"]:
            self.stdout.write(json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(told(found, subject.zone)))
