"""Acts ask first, do what they said, and are written down."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from communications.models import Message, Notification, Suppression
from communications.suppress import suppress
from tests.make import NOW, make_execution, make_message, make_organization, make_workflow
from workflows.models import Execution, Workflow

pytestmark = pytest.mark.django_db


def act(kind, name):
    return reverse(f"admin:{kind}_act", args=[name])


def status(row):
    return type(row).objects.get(pk=row.pk).status


def test_a_button_asks_and_changes_nothing(boss):
    execution = make_execution()
    page = boss.get(act("workflows_execution", "arret"), {"ids": execution.pk, "page": "1"})
    assert page.status_code == 200
    assert "1 exécution" in page.content.decode()
    assert status(execution) == "en_cours"


def test_a_selection_asks_for_those_it_concerns_and_the_form_names_them(boss):
    running, ended = make_execution(), make_execution(status="terminee", ended_at=NOW, due_at=None)
    form = {"action": "arret", "index": "0", "_selected_action": [running.pk, ended.pk]}
    page = boss.post(reverse("admin:workflows_execution_changelist"), form)
    assert page.context["ids"] == str(running.pk)
    assert status(running) == "en_cours"
    answer = boss.post(page.context["action"], {"ids": page.context["ids"], "raison": "essai"})
    assert answer.status_code == 302
    assert (status(running), status(ended)) == ("arretee", "terminee")


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("pause", "en_cours", "en_pause"), ("pause", "en_attente", "en_pause"), ("reprise", "en_pause", "en_attente"),
        ("arret", "en_pause", "arretee"), ("reessai", "echouee", "en_cours"), ("reessai", "terminee", "terminee"),
        ("reprise", "en_cours", "en_cours"), ("arret", "convertie", "convertie"),
    ],
)  # fmt: skip
def test_each_act_does_its_own_and_leaves_alone_what_it_does_not_concern(boss, name, before, after):
    execution = make_execution(status=before)
    boss.post(act("workflows_execution", name), {"ids": execution.pk, "reprise": "envoyer", "raison": "essai"})
    assert status(execution) == after


def test_who_did_what_is_written_down(boss):
    execution = make_execution()
    boss.post(act("workflows_execution", "arret"), {"ids": execution.pk, "raison": "doublon"})
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (User.objects.get(), str(execution.pk), "Arrêter")
    assert Execution.objects.get().reason == "doublon"


def test_an_act_without_the_form_of_this_site_is_refused(boss):
    execution = make_execution()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    assert strict.post(act("workflows_execution", "arret"), {"ids": execution.pk}).status_code == 403
    assert status(execution) == "en_cours"


def test_a_workflow_says_how_many_executions_stop_with_it_and_stops_them(boss):
    workflow = make_workflow()
    executions = [make_execution(workflow=workflow) for _n in range(3)]
    make_execution(workflow=workflow, status="terminee", ended_at=NOW, due_at=None)
    page = boss.get(act("workflows_workflow", "arret"), {"ids": workflow.pk})
    assert "3 exécutions sont concernées." in page.content.decode()
    boss.post(act("workflows_workflow", "arret"), {"ids": workflow.pk, "raison": "fin du contrat"})
    assert status(workflow) == "arrete"
    assert {status(execution) for execution in executions} == {"arretee"}


def test_a_workflow_is_paused_and_resumed(boss):
    workflow = make_workflow()
    boss.post(act("workflows_workflow", "pause"), {"ids": workflow.pk})
    assert status(workflow) == "en_pause"
    boss.post(act("workflows_workflow", "reprise"), {"ids": workflow.pk, "reprise": "envoyer"})
    assert Workflow.objects.get().status == "actif"


def test_replaying_warns_of_what_may_arrive_twice_and_queues_again(boss):
    failed, unknown = make_message(status="failed", reason="message"), make_message(status="unknown", calls=1)
    sent = make_message(status="sent")
    ids = f"{failed.pk},{unknown.pk},{sent.pk}"
    page = boss.get(act("communications_message", "rejouer"), {"ids": ids})
    assert page.context["count"] == 2
    assert "l'envoyer deux fois" in page.content.decode().replace("&#x27;", "'")
    boss.post(act("communications_message", "rejouer"), {"ids": ids})
    assert [status(m) for m in (failed, unknown, sent)] == ["queued", "queued", "sent"]


def test_an_alert_is_marked_read(boss):
    alert = Notification.objects.create(
        organization=make_organization(), key="k", title="t", created_at=NOW, last_at=NOW
    )
    boss.post(act("communications_notification", "lire"), {"ids": alert.pk})
    assert Notification.objects.get().read_at is not None


def test_a_block_is_lifted_but_an_opt_out_is_not(boss):
    organization = make_organization()
    for reason in ("opt_out", "unreachable"):
        suppress(organization.pk, "email", f"{reason}@example.com", reason, NOW)
    ids = ",".join(str(row.pk) for row in Suppression.objects.all())
    boss.post(act("communications_suppression", "lever"), {"ids": ids})
    assert Suppression.objects.get().reason == "opt_out"


@pytest.mark.parametrize("ids", ["", "x", "99999999999999999999999", "-1", "1;drop"])
def test_nonsense_concerns_nothing(boss, ids):
    message = make_message(status="failed")
    page = boss.get(act("communications_message", "rejouer"), {"ids": ids})
    assert page.context["count"] == 0
    assert boss.post(act("communications_message", "rejouer"), {"ids": ids}).status_code == 302
    assert Message.objects.get(pk=message.pk).status == "failed"


def test_an_act_that_does_not_exist_is_not_found(boss):
    assert boss.get(act("communications_message", "effacer")).status_code == 404


def test_nothing_is_deleted_in_bulk(boss):
    page = boss.get(reverse("admin:crm_contact_changelist"))
    assert "delete_selected" not in page.content.decode()
