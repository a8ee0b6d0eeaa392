"""A person's page: who they are, whether we may write, what is going on, and everything that happened."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from communications.models import Suppression
from communications.suppress import suppress
from crm.models import Note, Task
from tests.acts.admin.conftest import signed_in
from tests.make import (
    NOW,
    make_consent,
    make_contact,
    make_event,
    make_execution,
    make_export,
    make_lead,
    make_message,
    make_ready_lead,
    make_site,
)

pytestmark = pytest.mark.django_db


def page(row):
    return reverse(f"admin:crm_{row._meta.model_name}_change", args=[row.pk])


def read(client, row, **query):
    answer = client.get(page(row), query)
    assert answer.status_code == 200
    return answer


def titles(answer):
    return [str(entry.title) for entry in answer.context["story"]]


def whose(contact):
    return {"organization": contact.organization, "site": contact.site, "contact": contact}


def note(contact, text, at=NOW):
    return Note.objects.create(text=text, author="Anne", created_at=at, **whose(contact))


def test_the_card_says_who_it_is_and_how_to_reach_them(boss):
    contact = make_contact(name="Zoé Petit", email="zoe@example.com", timezone="Indian/Reunion", tags=["fidele"])
    text = read(boss, contact).content.decode()
    for word in ('href="tel:+33612345678"', "06 12 34 56 78".replace(" ", "\u00a0"), 'href="mailto:zoe@example.com"',
                 "Indian/Reunion", "fidele", "il n&#x27;est pas un lead"):  # fmt: skip
        assert word in text or word.replace("&#x27;", "'") in text, word


def test_the_lead_says_why_it_is_so_good(boss):
    lead = make_ready_lead(reasoning="Demande un devis aujourd'hui", amount_cents=250_000, company="Lim")
    text = read(boss, lead.contact).content.decode()
    for word in ("chaud", "80", "Demande un devis aujourd", "Lim", page(lead)):
        assert word in text, word
    text = read(boss, lead).content.decode()
    for word in ("qualifié", "Il n'a pas encore changé d'étape", "Aucun CRM n&#x27;est connecté"):
        assert word in text, word


def test_why_a_lead_is_not_exported(boss):
    export = make_export(lead=make_ready_lead(score=20), status="refuse")
    text = read(boss, export.lead).content.decode()
    assert "sous le minimum de 30" in text
    assert reverse("admin:crm_export_change", args=[export.pk]) in text


def reach(client, contact):
    [panel] = [p for p in read(client, contact).context["side_panels"] if "reach" in p["template"]]
    return {str(row["label"]): row for row in panel["data"]}


def test_may_we_write_is_what_policy_answers_with_the_remedy(boss):
    contact = make_contact()
    make_consent(contact, "email")
    found = reach(boss, contact)
    assert (str(found["email"]["own"]["text"]), str(found["email"]["commercial"]["text"])) != ("non", "non")
    assert str(found["email"]["own"]["text"]) == "oui"
    assert (str(found["SMS"]["own"]["text"]), str(found["SMS"]["commercial"]["text"])) == ("oui", "non")
    assert "n'y a pas consenti" in found["SMS"]["reasons"][0].why
    assert "approuvé" in found["WhatsApp"]["reasons"][0].why
    suppress(contact.organization_id, "sms", contact.phone, "unreachable", NOW)
    assert str(reach(boss, contact)["SMS"]["own"]["text"]) == "non"
    assert "levez le blocage" in read(boss, contact).content.decode()
    Suppression.objects.all().delete()
    contact.opted_out_at = NOW
    contact.email = None
    contact.save()
    found = reach(boss, contact)
    assert str(found["SMS"]["own"]["text"]) == "non"
    assert "seul le contact peut" in found["SMS"]["reasons"][0].remedy
    assert found["email"]["address"] == ""


def test_what_is_going_on_says_why_and_what_is_to_do(boss):
    now = timezone.now()
    execution = make_execution(entered_at=now, started_at=now, due_at=now + timedelta(minutes=15))
    make_message(execution=execution, status="held", template="plombier/retenu")
    Task.objects.create(title="Rappeler", due_at=NOW, created_at=NOW, **whose(execution.contact))
    text = read(boss, execution.contact).content.decode()
    for word in ("Elle attend jusqu", "prochain réveil", "plombier/retenu", "Rappeler", "en retard"):
        assert word in text, word


def test_when_nothing_runs_the_page_says_how_it_ended_and_what_was_refused(boss):
    execution = make_execution(status="arretee", reason="desinscription", ended_at=NOW, due_at=None)
    make_event(contact=execution.contact, refused={str(execution.workflow_id): "deja_en_cours"})
    text = read(boss, execution.contact).content.decode()
    for word in ("Elle a été arrêtée : le contact s&#x27;est désinscrit", "déjà en cours pour ce contact"):
        assert word in text, word


def test_the_story_is_everything_in_the_order_of_time(boss):
    lead = make_lead()
    contact = lead.contact
    hours = iter(timedelta(hours=n) for n in range(1, 20))
    make_event(contact=contact, name="devis", occurred_at=NOW + next(hours))
    note(contact, "Chien méchant", NOW + next(hours))
    make_event(contact=contact, name="sms_recu", data={"texte": "Oui merci"}, occurred_at=NOW + next(hours))
    make_message(contact=contact, template="plombier/merci", sent_at=NOW + next(hours), status="delivered",
                 payload={"body": "Merci à vous"})  # fmt: skip
    AuditEntry.objects.create(at=NOW + next(hours), actor="anne", action="lead.attribuer", target_kind="lead",
                              target_id=lead.pk, organization=lead.organization)  # fmt: skip
    answer = read(boss, contact)
    assert titles(answer) == ["Lead attribué", "SMS « plombier/merci »", "SMS reçu", "Note", "devis"]
    assert [entry.side for entry in answer.context["story"]] == ["", "out", "in", "", ""]
    text = answer.content.decode()
    for word in ("Merci à vous", "Oui merci", "Chien méchant", "remis"):
        assert word in text, word
    assert titles(read(boss, lead)) == titles(answer)
    for kind, found in (
        ("messages", ["SMS « plombier/merci »", "SMS reçu"]), ("evenements", ["devis"]), ("notes", ["Note"]),
        ("journal", ["Lead attribué"]), ("parcours", []), ("zzz", titles(answer)),
    ):  # fmt: skip
        assert titles(read(boss, contact, voir=kind)) == found, kind


def test_a_long_story_is_read_page_by_page(boss):
    contact = make_contact()
    for n in range(60):
        note(contact, f"note {n}", NOW + timedelta(minutes=n))
        make_event(contact=contact, name=f"e{n}", occurred_at=NOW + timedelta(minutes=n, seconds=30))
    found, query = [], {}
    for _n in range(4):
        answer = read(boss, contact, **query)
        found += [str(entry.text if entry.kind == "notes" else entry.title) for entry in answer.context["story"]]
        assert len(answer.context["story"]) <= 50
        if not answer.context["older"]:
            break
        query = dict(pair.split("=") for pair in answer.context["older"][1:].split("&"))
    assert found == [text for n in range(59, -1, -1) for text in (f"e{n}", f"note {n}")]
    assert read(boss, contact, avant="nimporte.quoi9;--").status_code == 200


def test_a_long_history_takes_as_many_queries_as_a_short_one(boss):
    contact = make_contact()

    def fill():
        make_event(contact=contact)
        make_message(contact=contact)
        note(contact, "x")
        Task.objects.create(title="Rappeler", created_at=NOW, **whose(contact))
        make_execution(contact=contact, status="terminee", ended_at=NOW, due_at=None)

    def queries():
        with CaptureQueriesContext(connection) as found:
            read(boss, contact)
        return len(found)

    fill()
    queries()  # what is read once by a process is read now
    few = queries()
    for _n in range(5):
        fill()
    assert queries() == few


def test_the_page_of_somebody_else_s_contact_is_not_shown():
    contact = make_lead().contact
    stranger = signed_in(make_site().organization, Role.OWNER)
    assert stranger.get(page(contact)).status_code == 302
    assert stranger.get(page(contact.lead)).status_code == 302
    reader = signed_in(contact.organization, Role.READER)
    text = read(reader, contact).content.decode()
    assert "Maintenant" in text
    assert "Créer une tâche</" not in text


def test_the_form_is_behind_a_tab_and_shows_its_errors(boss):
    contact = make_contact()
    assert 'name="phone"' not in read(boss, contact).content.decode()
    assert 'name="phone"' in read(boss, contact, onglet="fiche").content.decode()
    wrong = {"name": "Zoé", "email": "", "phone": "12", "tags": "", "fields": "{}", "timezone": ""}
    answer = boss.post(page(contact), wrong)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert 'name="phone"' in answer.content.decode()


def test_the_list_shows_phones_as_they_are_dialled_and_the_latest_activity(boss):
    lead = make_lead(quality="CHAUD")
    make_event(contact=lead.contact, occurred_at=NOW)
    make_contact(site=lead.site)
    text = boss.get(reverse("admin:crm_contact_changelist")).content.decode()
    for word in ("06\u00a012\u00a034\u00a056\u00a078", "chaud", "10 mars 2026"):
        assert word in text, word
