"""What the team writes down about a contact."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from crm.leads import hear
from crm.models import Event, Lead, Note, Task
from crm.write_down import WriteError, add_note, create_task, record_interaction
from tests.make import NOW, make_contact, make_workflow
from workflows import todo
from workflows.models import Execution
from workflows.route import route_batch

pytestmark = pytest.mark.django_db
EARLIER = NOW - timedelta(hours=2)


def test_a_note_is_kept_with_its_author_and_the_journal_does_not_quote_it():
    contact = make_contact()
    note = add_note(contact, "  Chaudière de 1998 ", "camille", NOW)
    assert Note.objects.get() == note
    assert (note.text, note.author, note.site, note.created_at) == ("Chaudière de 1998", "camille", contact.site, NOW)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_kind, entry.target_id) == ("note.ajouter", "contact", contact.pk)
    assert entry.details == {"note": note.pk}
    assert not Event.objects.exists()


@pytest.mark.parametrize("text", ["", "  ", "x" * 5_001])
def test_a_note_says_something_and_not_too_much(text):
    with pytest.raises(WriteError, match="5000 caractères") as caught:
        add_note(make_contact(), text, "camille", NOW)
    assert caught.value.field == "texte"


def test_an_interaction_is_an_event_that_workflows_and_the_classifier_hear():
    contact = make_contact()
    make_workflow(
        {"trigger": {"event": "interaction", "where": "event.type == 'rdv'"}, "steps": [{"id": "a", "wait": "1h"}]},
        site=contact.site,
    )  # fmt: skip
    event = record_interaction(contact, "rdv", "Visite du chantier", "devis demandé", EARLIER, "camille", NOW)
    assert event.data == {
        "type": "rdv", "texte": "Visite du chantier", "issue": "devis demandé", "par": "camille",
    }  # fmt: skip
    assert (event.name, event.occurred_at, event.received_at) == ("interaction", EARLIER, NOW)
    assert AuditEntry.objects.get().details == {"type": "rdv", "evenement": event.pk}
    route_batch(now=NOW, limit=10)
    assert Execution.objects.get().contact == contact
    hear([event.pk], NOW)
    assert Lead.objects.get().classify_at == NOW


@pytest.mark.parametrize(("kind", "at", "field"), [("sms", NOW, "type"), ("rdv", NOW + timedelta(minutes=1), "le")])
def test_an_interaction_has_a_kind_and_has_taken_place(kind, at, field):
    with pytest.raises(WriteError) as caught:
        record_interaction(make_contact(), kind, "", "", at, "camille", NOW)
    assert caught.value.field == field
    assert not Event.objects.exists()


def test_a_task_is_put_on_the_list_and_done_like_any_other():
    contact = make_contact()
    task = create_task(contact, "Rappeler", NOW + timedelta(days=1), "camille", NOW)
    assert Task.objects.get() == task
    assert (task.execution_id, task.due_at) == (None, NOW + timedelta(days=1))
    assert todo.complete([task.pk], actor="anne", now=NOW) == 1
    assert Event.objects.get().name == "tache_terminee"
    with pytest.raises(WriteError, match="300"):
        create_task(contact, " ", None, "camille", NOW)
