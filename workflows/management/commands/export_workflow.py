"""`manage.py export_workflow <site> <workflow> [--version N]`: a published definition as YAML, to stdout."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.exchange import to_yaml
from workflows.models import Workflow


class Command(BaseCommand):
    """Write the published version, or another, as `import_workflow` takes it."""

    help = "Écrit un workflow publié en YAML sur la sortie standard."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let `--version` be ours: Django's own prints its version."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the site, the workflow, and which version."""
        parser.add_argument("site", help="le slug du site")
        parser.add_argument("workflow", help="le slug du workflow")
        parser.add_argument("--version", type=int, dest="number", help="une autre version que celle publiée")

    def handle(self, *args: object, **options: Any) -> None:
        """Write it."""
        found = Workflow.objects.filter(site__slug=options["site"], slug=options["workflow"])
        workflow = found.select_related("version").first()
        if workflow is None:
            raise CommandError(f"Le site « {options['site']} » n'a pas de workflow « {options['workflow']} ».")
        number = options["number"]
        version = workflow.version if number is None else workflow.versions.filter(number=number).first()
        if version is None:
            raise CommandError("Ce workflow n'a pas cette version." if number else "Rien n'est publié.")
        self.stdout.write(to_yaml(
            version.document, slug=workflow.slug, name=workflow.name, description=workflow.description,
            sector=workflow.sector,
        ), ending="")  # fmt: skip
