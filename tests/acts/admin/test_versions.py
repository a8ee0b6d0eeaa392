"""The draft of a workflow, its versions and the move of its executions, in the admin."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import AuditEntry, Role
from tests.acts.admin.conftest import signed_in
from tests.make import make_execution, make_workflow
from workflows.deploy import publish
from workflows.models import DefinitionVersion, Execution, Workflow

pytestmark = pytest.mark.django_db
GOOD = "trigger: {event: demande}\nsteps:\n  - {id: pause, wait: 20m}\n"
PLAIN: dict[str, Any] = {
    "trigger": {"event": "demande"}, "steps": [{"id": "pause", "wait": "15m"}, {"id": "note", "task": "Rappeler"}],
}  # fmt: skip
PAGES = ("draft", "compare", "migrate")


def url(page: str, workflow: Workflow) -> str:
    return reverse(f"admin:workflows_workflow_{page}", args=[workflow.pk])


def press(client: Any, workflow: Workflow, act: str, text: str = GOOD, **changes: str) -> Any:
    seen = client.get(url("draft", workflow)).context["revision"]
    return client.post(url("draft", workflow), {"text": text, "revision": seen, "act": act} | changes)


def test_from_the_published_text_to_a_new_version(boss: Any) -> None:
    workflow = make_workflow(PLAIN)
    make_execution(workflow=workflow, at="note")
    page = boss.get(url("draft", workflow)).content.decode()
    assert "id: pause, wait: 15m" in page
    assert 'value="publier"' not in page
    assert press(boss, workflow, "enregistrer", GOOD.replace("\n", "\r\n")).status_code == 302
    workflow.refresh_from_db()
    assert workflow.draft == GOOD
    page = boss.get(url("draft", workflow)).content.decode()
    for said in (
        "modifiée : wait : 15m → 20m", "« note » supprimée", "1 exécution en cours est à l&#x27;étape « note »",
        "1 exécution en cours reste sur sa version", "Publier malgré les avertissements",
    ):  # fmt: skip
        assert said in page
    assert press(boss, workflow, "publier")["Location"] == url("migrate", workflow)
    workflow.refresh_from_db()
    assert (workflow.version.number, workflow.draft) == (2, "")
    assert workflow.version.published_by == AuditEntry.objects.latest("pk").actor == "personne-0"
    assert LogEntry.objects.count() == 2


def test_errors_are_shown_with_their_line_and_nothing_is_published(boss: Any) -> None:
    workflow = make_workflow(PLAIN)
    bad = GOOD + "  - {id: x, send: fax, template: a}\n"
    page = press(boss, workflow, "valider", bad).content.decode()
    for said in ("ligne 4", "steps[1].send", "doit être", "send: fax"):
        assert said in page
    assert Workflow.objects.get().draft == ""
    page = press(boss, workflow, "publier", bad).content.decode()
    assert "il n&#x27;est pas publié" in page
    assert DefinitionVersion.objects.count() == 1


def test_what_somebody_else_wrote_is_not_overwritten_unseen(boss: Any) -> None:
    workflow = make_workflow(PLAIN)
    press(boss, workflow, "enregistrer", GOOD + "# à eux\n")
    for act in ("enregistrer", "publier", "abandonner"):
        page = press(boss, workflow, act, GOOD + "# à moi\n", revision="vieille").content.decode()
        assert "a changé entre-temps" in page
        assert "# à moi" in page
    assert Workflow.objects.get().draft.endswith("# à eux\n")


def test_a_draft_is_thrown_away(boss: Any) -> None:
    workflow = make_workflow(PLAIN)
    press(boss, workflow, "enregistrer")
    press(boss, workflow, "abandonner")
    assert Workflow.objects.get().draft == ""


def test_versions_are_listed_and_compared(boss: Any) -> None:
    workflow = make_workflow(PLAIN)
    publish(workflow, {**PLAIN, "exits": ["annule"]}, "claire")
    page = boss.get(reverse("admin:workflows_workflow_change", args=[workflow.pk])).content.decode()
    for said in ("claire", "ce qui a changé", *(url(name, workflow) for name in PAGES)):
        assert said in page
    page = boss.get(url("compare", workflow), {"de": "1", "a": "2"}).content.decode()
    assert "Sorties : — → annule" in page
    assert boss.get(url("compare", workflow), {"de": "7"}).status_code == 404
    assert boss.get(url("compare", workflow), {"de": "²"}).status_code == 404


def test_executions_are_counted_then_moved(boss: Any) -> None:
    workflow = make_workflow(PLAIN)
    for step in ("pause", "pause", "note"):
        make_execution(workflow=workflow, at=step)
    publish(workflow, {**PLAIN, "steps": PLAIN["steps"][:1]})
    page = boss.get(url("migrate", workflow)).content.decode()
    assert "2 exécutions en cours" in page
    assert "l&#x27;étape n&#x27;existe plus" in page
    page = boss.post(url("migrate", workflow), {"vers": "2"}, follow=True).content.decode()
    assert "2 exécutions migrées vers v2" in page
    assert sorted(Execution.objects.values_list("version__number", flat=True)) == [1, 2, 2]


def test_a_workflow_without_version_has_only_its_draft(boss: Any) -> None:
    site = make_workflow(PLAIN).site
    workflow = Workflow.objects.create(site=site, organization=site.organization, slug="neuf", name="Neuf")
    assert boss.get(url("draft", workflow)).status_code == 200
    assert boss.get(url("compare", workflow)).status_code == boss.get(url("migrate", workflow)).status_code == 404
    page = boss.get(reverse("admin:workflows_workflow_change", args=[workflow.pk])).content.decode()
    assert url("draft", workflow) in page
    assert url("migrate", workflow) not in page


@pytest.mark.parametrize("page", PAGES)
def test_others_see_nothing_and_readers_change_nothing(page: str) -> None:
    workflow = make_workflow(PLAIN)
    make_execution(workflow=workflow)
    publish(workflow, {**PLAIN, "exits": ["annule"]})
    stranger = signed_in(make_workflow(PLAIN).organization, Role.OWNER)
    assert stranger.get(url(page, workflow)).status_code == 404
    assert stranger.post(url(page, workflow), {"act": "enregistrer", "text": GOOD}).status_code == 404
    reader = signed_in(workflow.organization, Role.READER)
    assert reader.get(url(page, workflow)).status_code == 200
    if page != "compare":
        assert reader.post(url(page, workflow), {"act": "enregistrer", "text": GOOD}).status_code == 403
    workflow.refresh_from_db()
    assert workflow.draft == ""
    assert Execution.objects.get(workflow=workflow).version.number == 1
