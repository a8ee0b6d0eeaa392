"""A workflow goes from one site to another by two commands."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from tests.make import make_site, make_workflow
from workflows.deploy import publish
from workflows.models import Workflow

pytestmark = pytest.mark.django_db
PLAIN: dict[str, Any] = {"trigger": {"event": "demande"}, "steps": [{"id": "pause", "wait": "15m"}]}


def run(*args: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_there_and_elsewhere(tmp_path: Path) -> None:
    workflow, site = make_workflow(PLAIN, slug="accueil"), make_site()
    text, _ = run("export_workflow", workflow.site.slug, "accueil")
    file = tmp_path / "accueil.yaml"
    file.write_text(text)
    assert run("import_workflow", site.slug, str(file)) == ("accueil : enregistré comme brouillon (nouveau)\n", "")
    assert run("import_workflow", site.slug, str(file), "--publish")[0] == "accueil : publié, v1\n"
    copy = Workflow.objects.get(site=site)
    assert copy.version.document == workflow.version.document
    assert run("export_workflow", site.slug, "accueil")[0] == text
    assert AuditEntry.objects.first()


def test_an_older_version_is_exported() -> None:
    workflow = make_workflow(PLAIN, slug="accueil")
    publish(workflow, {**PLAIN, "steps": [{"id": "pause", "wait": "20m"}]})
    assert "20m" in run("export_workflow", workflow.site.slug, "accueil")[0]
    assert "15m" in run("export_workflow", workflow.site.slug, "accueil", "--version", "1")[0]
    with pytest.raises(CommandError, match="pas cette version"):
        run("export_workflow", workflow.site.slug, "accueil", "--version", "9")


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    site, file = make_site(), tmp_path / "a.yaml"
    for args, said in (
        (("export_workflow", site.slug, "rien"), "pas de workflow"),
        (("import_workflow", "rien", str(file)), "pas de site"),
        (("import_workflow", site.slug, str(file)), "ne se lit pas"),
    ):
        with pytest.raises(CommandError, match=said):
            run(*args)
    file.write_text("slug: a\ndefinition:\n  trigger: {event: x}\n  steps:\n    - {id: un, start: rien}\n")
    _, err = run("import_workflow", site.slug, str(file))
    assert "erreur : ligne 5, steps[0].start : ce site n'a pas de workflow « rien »" in err
    with pytest.raises(CommandError, match="ligne 5"):
        run("import_workflow", site.slug, str(file), "--publish")
