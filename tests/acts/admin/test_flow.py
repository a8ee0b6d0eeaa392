"""The page of a workflow: drawn as a flow, with who is where, what is held, and the way to those people."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from communications.models import Message
from communications.models.reach import Moment, count_reached, reached
from tests.acts.admin.conftest import signed_in
from tests.acts.admin.test_versions import press, url
from tests.make import make_contact, make_execution, make_message, make_site, make_workflow
from workflows.deploy import publish
from workflows.execute import execute_batch
from workflows.models import DefinitionVersion, Execution, Workflow

pytestmark = pytest.mark.django_db
BRANCHED: dict[str, Any] = {
    "trigger": {"event": "demande"},
    "goal": {"event": "vendu", "within": "10d"},
    "steps": [
        {"id": "accuse", "send": "sms", "template": "urgence_accuse"},
        {
            "id": "choix", "if": "event.grand == true", "then": [{"id": "grand", "wait": "1d"}],
            "else": [{"id": "petit", "wait": "2h"}],
        },
        {"id": "note", "update": {"tags": ["vu"]}},
    ],
}  # fmt: skip


def page(client: Any, workflow: Workflow, **query: str) -> str:
    answer = client.get(reverse("admin:workflows_workflow_change", args=[workflow.pk]), query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def workflow() -> Workflow:
    """Three small requests wait, and one has failed there."""
    now, found = timezone.now(), make_workflow(BRANCHED)
    for _n in range(4):
        make_execution(workflow=found, at="accuse", status="en_attente", started_at=now, entered_at=now, due_at=now)
    execute_batch(now=now, limit=10)
    lost = Execution.objects.first()
    Execution.objects.filter(pk=lost.pk).update(at="perdue", due_at=now, failures=2)
    execute_batch(now=now, limit=10)
    return found


def test_each_step_says_who_is_there_and_leads_to_them(boss: Any, workflow: Workflow) -> None:
    said = page(boss, workflow)
    for text in ("Commence avec", "<b>3</b> personnes ici", "si oui", "sinon", "4 arrivées", "100 % de l'étape"):
        assert text in said
    href = re.search(r'id="flow-here-petit" href="([^"]+)"', said)
    assert href is not None
    found = boss.get(href.group(1).replace("&amp;", "&"))
    assert found.status_code == 200
    assert len(found.context["cl"].result_list) == 3


def test_the_figures_lead_to_executions_of_their_status(boss: Any, workflow: Workflow) -> None:
    said = page(boss, workflow)
    href = re.search(r'id="flow-echouee" href="([^"]+)"><b>1</b>', said)
    assert href is not None
    assert len(boss.get(href.group(1).replace("&amp;", "&")).context["cl"].result_list) == 1


def test_a_step_of_its_second_half_is_the_same_step(boss: Any, workflow: Workflow) -> None:
    Execution.objects.filter(at="petit").update(at="petit.issue")
    found = boss.get(reverse("admin:workflows_execution_changelist"), {"workflow": workflow.pk, "etape": "petit"})
    assert len(found.context["cl"].result_list) == 3
    for bad in ("nulle_part", "x" * 300, "a\x00b", "'; --"):
        answer = boss.get(reverse("admin:workflows_execution_changelist"), {"workflow": "9" * 30, "etape": bad})
        assert answer.status_code in (200, 302)


def test_a_period_is_chosen_and_nonsense_is_the_default(boss: Any, workflow: Workflow) -> None:
    for asked, shown in (("24h", "24h"), ("30d", "30d"), ("7j", "7d"), ("", "7d")):
        assert f'href="?periode={shown}" aria-current="true"' in page(boss, workflow, periode=asked)


def test_messages_stand_at_the_step_that_sends_them(boss: Any, workflow: Workflow) -> None:
    message = Message.objects.filter(step="accuse").first()
    now = timezone.now()
    count_reached({reached(message, Moment.SENT, now): 4, reached(message, Moment.OPENED, now): 1})
    assert "4 messages envoyés · 25 % ouverts" in page(boss, workflow)


def test_a_pause_shows_what_it_holds_and_what_resuming_would_do(boss: Any, workflow: Workflow) -> None:
    now = timezone.now()
    assert "Ce qui est retenu" not in page(boss, workflow)
    Execution.objects.filter(status="en_cours").update(due_at=now - timedelta(minutes=1))
    make_message(execution=Execution.objects.first(), step="autre", due_at=now - timedelta(hours=1))
    before = page(boss, workflow)
    Workflow.objects.filter(pk=workflow.pk).update(status="en_pause")
    said = page(boss, workflow)
    assert "flow-resume" not in before
    for text in (
        "workflow en pause", "messages retenus", "3 exécutions qui n'avancent pas",
        "3 exécutions en retard avancent aussitôt",
    ):  # fmt: skip
        assert text in said
    resume = re.search(r'id="flow-resume" href="([^"]+)"', said)
    assert resume is not None
    assert "Reprendre" in boss.get(resume.group(1).replace("&amp;", "&")).content.decode()
    workflow.site.is_paused = True
    workflow.site.save()
    said = page(boss, workflow)
    assert "site en pause" in said
    assert "flow-resume" not in said


def test_people_on_an_older_version_are_not_forgotten(boss: Any, workflow: Workflow) -> None:
    publish(workflow, {**BRANCHED, "steps": BRANCHED["steps"][:1]})
    said = page(boss, workflow)
    assert "une version plus ancienne" in said
    assert 'id="flow-old-petit"' in said


def test_a_workflow_without_version_says_what_to_do(boss: Any) -> None:
    site = make_site()
    workflow = Workflow.objects.create(site=site, organization=site.organization, slug="neuf", name="Neuf")
    assert "Écrire un brouillon" in page(boss, workflow)


def test_others_see_nothing(workflow: Workflow) -> None:
    stranger = signed_in(make_site().organization, Role.OWNER)
    address = reverse("admin:workflows_workflow_change", args=[workflow.pk])
    assert stranger.get(address).status_code in (302, 403, 404)
    listed = stranger.get(reverse("admin:workflows_execution_changelist"), {"workflow": workflow.pk, "etape": "petit"})
    assert list(listed.context["cl"].result_list) == []
    assert "(3)" not in listed.content.decode()
    reader = signed_in(workflow.organization, Role.READER)
    assert "<b>3</b> personnes ici" in page(reader, workflow)


# --- publishing ------------------------------------------------------------------------------------------

WAITS = """trigger: {event: demande}
steps:
  - {id: un, wait: 1h}
  - {id: deux, wait: 2h}
  - {id: trois, wait: 3h}
"""


@pytest.fixture
def standing() -> Workflow:
    """Two people at the second step, one at the third."""
    waits = [{"id": name, "wait": f"{n}h"} for n, name in enumerate(("un", "deux", "trois"), start=1)]
    found = make_workflow({"trigger": {"event": "demande"}, "steps": waits})
    for at in ("deux", "deux", "trois"):
        make_execution(workflow=found, at=at, contact=make_contact(site=found.site))
    return found


def drafted(client: Any, workflow: Workflow, text: str) -> str:
    press(client, workflow, "enregistrer", text)
    return re.sub(r"\s+", " ", client.get(url("draft", workflow)).content.decode())


def test_before_publishing_it_says_whom_a_change_touches(boss: Any, standing: Workflow) -> None:
    said = drafted(boss, standing, WAITS.replace("2h", "5h"))
    for text in (
        "Cette version change l'étape 2, « deux » : 2 personnes y sont.",
        "3 exécutions en cours restent sur leur version", "La nouvelle : 3 y passent",
    ):  # fmt: skip
        assert text in said
    assert "l'étape 3" not in said


def test_who_cannot_go_over_is_told_why(boss: Any, standing: Workflow) -> None:
    said = drafted(boss, standing, WAITS.replace("  - {id: trois, wait: 3h}\n", ""))
    for text in ("Cette version supprime l'étape 3, « trois » : 1 personne y est.", "La nouvelle : 2 y passent",
                 "1 ne peut pas et reste : l&#x27;étape n&#x27;existe plus (1)."):  # fmt: skip
        assert text in said


@pytest.mark.parametrize(("chosen", "versions"), [("rester", [1, 1, 1]), ("migrer", [2, 2, 2]), ("autre", [1, 1, 1])])
def test_who_publishes_chooses_the_version_of_those_under_way(
    boss: Any, standing: Workflow, chosen: str, versions: list[int]
) -> None:
    text = WAITS.replace("2h", "5h")
    drafted(boss, standing, text)
    press(boss, standing, "publier", text, en_cours=chosen)
    assert DefinitionVersion.objects.filter(workflow=standing).count() == 2
    assert list(Execution.objects.values_list("version__number", flat=True)) == versions
