"""Leads move through the pipeline, and workflows hear of it."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from crm.models import Contact, Event, Lead
from crm.move_stage import DEEPEST, Asked, StageError, cents, euros, move_by_workflow, move_stage
from tests.make import NOW, make_contact, make_lead, make_workflow
from workflows.models import Execution
from workflows.route import route_batch

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)


def moved(*leads, to, reason="", amount=None):
    return move_stage([lead.pk for lead in leads], to, "camille", reason, amount, LATER)


def heard():
    return [event.data for event in Event.objects.filter(name="lead_etape").order_by("id")]


def test_a_move_is_stored_told_and_written_down():
    lead = make_lead()
    Contact.objects.update(updated_at=NOW)
    assert moved(lead, to="proposal", reason="devis envoyé", amount=125_050) == 1
    lead.refresh_from_db()
    assert (lead.stage, lead.stage_at, lead.amount_cents) == ("proposal", LATER, 125_050)
    event = Event.objects.get()
    assert event.data == {"de": "lead", "a": "proposal", "montant": 1250.5, "raison": "devis envoyé"}
    assert (event.name, event.site, event.contact, event.occurred_at) == ("lead_etape", lead.site, lead.contact, LATER)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target_id, entry.reason) == (
        "camille", "lead.etape", lead.pk, "devis envoyé",
    )  # fmt: skip
    assert Contact.objects.get().updated_at == LATER


def test_a_won_lead_starts_what_waits_for_it():
    lead = make_lead()
    workflow = make_workflow(
        {"trigger": {"event": "lead_etape", "where": "event.a == 'won' && event.montant > 100"},
         "steps": [{"id": "a", "wait": "1h"}]}, site=lead.site,
    )  # fmt: skip
    moved(lead, to="demo", amount=50_000)
    moved(lead, to="won")
    route_batch(now=LATER, limit=10)
    assert Execution.objects.get().workflow == workflow
    assert [data["montant"] for data in heard()] == [500, 500]


def test_an_amount_alone_is_stored_without_a_word_and_a_repeat_changes_nothing():
    lead = make_lead(stage="demo", amount_cents=100)
    assert moved(lead, to="demo", amount=200) == 1
    assert moved(lead, to="demo", amount=200) == moved(lead, to="demo") == 0
    lead.refresh_from_db()
    assert (lead.amount_cents, lead.stage_at) == (200, None)
    assert heard() == []
    assert AuditEntry.objects.count() == 1


def test_all_move_or_none():
    good, bad = make_lead(), make_lead(stage="demo", company="Martin")
    with pytest.raises(StageError, match=r"Martin.*demande une personne, et sa raison"):
        moved(good, bad, to="lead")
    with pytest.raises(StageError, match="positif") as caught:
        moved(good, to="demo", amount=-1)
    assert caught.value.field == "montant"
    assert set(Lead.objects.values_list("stage", flat=True)) == {"lead", "demo"}
    assert moved(bad, to="lead", reason="erreur") == 1


def test_a_person_opens_a_lost_lead_again():
    lead = make_lead(stage="lost")
    assert moved(lead, to="qualified") == 1


# --- workflows ---


def test_workflows_move_leads_and_make_those_that_are_not_there():
    known, closed = make_lead(stage="qualified"), make_lead(stage="lost")
    new = make_contact()
    ids = (known.contact_id, closed.contact_id, new.pk)
    assert move_by_workflow([Asked(pk, "demo") for pk in ids], LATER) == 2
    assert dict(Lead.objects.values_list("contact_id", "stage")) == dict(
        zip(ids, ("demo", "lost", "demo"), strict=True)
    )
    assert [(data["de"], data["a"], data["enchainement"]) for data in heard()] == [
        ("qualified", "demo", 1), ("lead", "demo", 1),
    ]  # fmt: skip
    made = Lead.objects.get(contact=new)
    assert (made.organization, made.site, made.classify_at) == (new.organization, new.site, LATER)
    assert move_by_workflow([Asked(new.pk, "demo")], LATER) == 0
    assert Contact.objects.get(pk=new.pk).updated_at == LATER


def test_several_moves_of_one_contact_are_made_in_their_order():
    lead = make_lead()
    move_by_workflow([Asked(lead.contact_id, "demo"), Asked(lead.contact_id, "qualified")], NOW)
    lead.refresh_from_db()
    assert lead.stage == "qualified"
    assert [data["a"] for data in heard()] == ["demo", "qualified"]


def test_workflows_that_answer_one_another_end():
    lead = make_lead()
    move_by_workflow([Asked(lead.contact_id, "demo", DEEPEST - 1)], NOW)
    move_by_workflow([Asked(lead.contact_id, "qualified", DEEPEST)], NOW)
    lead.refresh_from_db()
    assert lead.stage == "qualified"
    assert [data["enchainement"] for data in heard()] == [DEEPEST]


def test_a_contact_that_was_erased_meanwhile_is_passed_over():
    assert move_by_workflow([Asked(2**40, "demo")], NOW) == 0
    assert move_by_workflow([], NOW) == 0


@pytest.mark.parametrize(("amount", "said"), [(0, 0), (100, 1), (150, 1.5), (199, 1.99), (None, None)])
def test_an_amount_is_told_in_euros(amount, said):
    assert euros(amount) == said
    assert cents(said) == amount
