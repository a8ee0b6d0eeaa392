"""What became of messages, on the pages of workflows, texts and messages."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from communications.admin import outbox_filters
from communications.models import Template
from communications.models.reach import Reached, count_reached
from crm.models.metric import hour_of
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow

pytestmark = pytest.mark.django_db
LIST = "admin:communications_message_changelist"


def reached(workflow, step="accuse", channel="sms", ago=timedelta(0), **values):
    """Count what became of a workflow's messages; their text bears the step's name."""
    owner = (workflow.organization_id, workflow.site_id, workflow.pk, step, f"plombier/{step}" if step else "", channel)
    count_reached({Reached(*owner, hour_of(timezone.now() - ago), name): n for name, n in values.items()})


def make_text(organization, name):
    return Template.objects.create(organization=organization, name=name, channel="sms", body="Bonjour")


def rows_of(tables, title):
    """The rows of the table that bears this title."""
    (table,) = [table for table in tables if str(table.title).startswith(title)]
    return [[str(cell.text) for cell in row] for row in table.rows]


def test_a_workflows_page_tells_of_each_step_in_its_order(boss):
    workflow, other = make_workflow(), make_workflow()
    reached(workflow, "en_route", sent=2, delivered=2)
    reached(workflow, sent=8, delivered=6, opened=4, clicked=2, replied=1, bounced=2, unsubscribed=1, converted=2)
    reached(workflow, ago=timedelta(days=29), sent=2)
    reached(workflow, ago=timedelta(days=31), sent=1000)
    reached(workflow, "", "", converted=3)
    reached(workflow, "disparue", sent=1)
    reached(other, sent=500)
    page = boss.get(reverse("admin:workflows_workflow_change", args=[workflow.pk]))
    assert rows_of(page.context["tables"], "Ce que les messages") == [
        ["accuse", "10", "6 (60 %)", "4 (40 %)", "2 (20 %)", "1 (10 %)", "2 (20 %)", "0", "1 (10 %)", "2 (20 %)"],
        ["en_route", "2", "2 (100 %)", *["0"] * 7],
        ["disparue", "1", *["0"] * 8],
        ["aucun message avant", *["0"] * 8, "3"],
    ]
    assert "désinscriptions" in page.content.decode()


def test_a_texts_page_tells_of_it_on_all_sites_of_its_organization(boss):
    first = make_workflow()
    organization = first.organization
    second, stranger = make_workflow(site=make_site(organization=organization)), make_workflow()
    text = make_text(organization, "plombier/accuse")
    page = reverse("admin:communications_template_change", args=[text.pk])
    assert "Rien n&#x27;est parti sur cette période." in boss.get(page).content.decode()
    reached(first, sent=3, delivered=2)
    reached(second, sent=37)
    reached(first, channel="whatsapp", sent=100)
    reached(first, "autre", sent=100)
    reached(stranger, sent=100)
    content = boss.get(page).content.decode()
    assert re.findall(r"<td>(.*?)\s*</td>", content, re.DOTALL)[:3] == ["40", "2 (5 %)", "0"]
    assert boss.get(reverse("admin:communications_template_add")).status_code == 200


def stations(page):
    return [(str(line["station"].text), line["is_next"]) for line in page.context["lines"]]


def test_a_messages_page_tells_the_way_it_went(boss):
    minute = timedelta(minutes=1)
    message = make_message(
        status="clicked", channel="email", attempted_at=NOW + minute, sent_at=NOW + 2 * minute,
        opened_at=NOW + 3 * minute, delivered_at=NOW + 4 * minute, clicked_at=NOW + 5 * minute,
        replied_at=NOW + 6 * minute, unsubscribed_at=NOW + 7 * minute, due_at=None, batch_id=77, provider="resend",
        provider_id="re_123", template_version=4, segments=None,
    )  # fmt: skip
    page = boss.get(reverse("admin:communications_message_change", args=[message.pk]))
    assert stations(page) == [
        ("créé", False), ("confié au fournisseur", False), ("envoyé", False), ("ouvert", False), ("remis", False),
        ("cliqué", False), ("le contact a répondu", False), ("le contact s'est désinscrit", False),
    ]  # fmt: skip
    content = page.content.decode()
    assert all(text in content for text in ("re_123", "n° 77", "plombier/urgence_accuse (v4)"))


def test_a_messages_page_tells_each_attempt_with_its_code(boss):
    refusals = [
        {"at": (NOW + timedelta(minutes=1)).isoformat(), "said": "503 unavailable try later"},
        {"at": (NOW + timedelta(minutes=3)).isoformat(), "said": "ReadTimeout"},
    ]
    message = make_message(
        status="sent", attempted_at=NOW + timedelta(minutes=5), sent_at=NOW + timedelta(minutes=6), due_at=None,
        refusals=refusals,
    )  # fmt: skip
    page = boss.get(reverse("admin:communications_message_change", args=[message.pk]))
    assert [text for text, _is_next in stations(page)] == [
        "créé", "essai sans succès : HTTP 503 unavailable try later", "essai sans succès : ReadTimeout",
        "confié au fournisseur", "envoyé",
    ]  # fmt: skip


def test_the_text_of_a_message_is_a_click_away(boss):
    message = make_message(template_version=2)
    text = make_text(message.organization, message.template)
    page = boss.get(reverse("admin:communications_message_change", args=[message.pk])).content.decode()
    assert reverse("admin:communications_template_change", args=[text.pk]) in page


@pytest.mark.parametrize(
    ("changes", "status", "coming"),
    [
        ({"reason": "pace"}, "différé", "prochain essai"),
        ({}, "en file", "prochain essai"),
        ({"status": "unknown", "reason": "unknown"}, "issue inconnue", "prochaine vérification chez le fournisseur"),
        ({"status": "failed", "reason": "message"}, "échoué", None),
    ],
)
def test_what_comes_next_and_what_is_put_off(boss, changes, status, coming):
    due = timezone.now() + timedelta(hours=2)
    message = make_message(due_at=due, **changes)
    page = boss.get(reverse("admin:communications_message_change", args=[message.pk]))
    assert [text for text, is_next in stations(page) if is_next] == ([coming] if coming else [])
    assert f">{status}</span>" in page.content.decode()
    assert f">{status}</span>" in boss.get(reverse(LIST)).content.decode()


def test_what_is_on_whatsapp_is_called_so(boss):
    def page(payload):
        message = make_message(channel="whatsapp", provider="twilio_whatsapp", payload=payload)
        return boss.get(reverse("admin:communications_message_change", args=[message.pk])).content.decode()

    assert "Le message WhatsApp" in page({"body": "Bonjour Zoé", "to": "whatsapp:+33612345678"})
    approved = page({"content_sid": "HX123", "content_variables": '{"1": "Zoé"}'})
    assert "HX123" in approved
    assert "écrit au moment de partir" not in approved


def found(client, query):
    return {row.pk for row in client.get(f"{reverse(LIST)}?{query}").context["cl"].result_list}


def test_lists_of_one_text_of_one_workflow_and_of_what_is_put_off(boss):
    execution, soon = make_execution(), timezone.now() + timedelta(hours=1)
    own = make_message(execution=execution, due_at=soon, reason="pace").pk
    other = make_message(template="plombier/autre", due_at=soon).pk
    late = make_message(template="plombier/autre", reason="pace").pk
    make_text(execution.organization, "plombier/autre")
    assert found(boss, "") == {own, other, late}
    assert found(boss, "envoi=differes") == {own}
    assert found(boss, "modele=plombier/autre") == {other, late}
    assert found(boss, f"workflow={execution.workflow_id}") == {own}
    assert found(boss, "modele=plombier/autre&envoi=differes") == found(boss, "workflow=9") == set()


def test_they_look_among_the_latest_only(boss, monkeypatch):
    monkeypatch.setattr(outbox_filters, "LATEST", 3)
    contact = make_contact()
    make_text(contact.organization, "a/rare")
    pks = [make_message(contact=contact, template="a/rare").pk for _n in range(5)]
    assert found(boss, "modele=a/rare") == set(pks[2:])
    email = make_message(contact=contact, channel="email").pk
    assert found(boss, "canal=email") == {email}
    assert found(boss, "canal=sms") == set(pks[3:])


def test_nobody_finds_messages_or_names_of_others():
    mine, theirs = make_execution(), make_execution()
    own = make_message(execution=mine, template="a/commun").pk
    make_message(execution=theirs, template="a/commun")
    for n, execution in enumerate((mine, theirs)):
        make_text(execution.organization, f"a/texte{n}")
    client = signed_in(mine.organization)
    assert found(client, "modele=a/commun") == {own}
    assert found(client, f"workflow={theirs.workflow_id}") == set()
    content = client.get(reverse(LIST)).content.decode()
    assert "a/texte0" in content
    assert "a/texte1" not in content
