"""What a contact agreed to, on its page, in the list, by hand, and as a file."""

import json
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from crm.consent import Statement, record_consents
from crm.models import Consent, Contact
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_site

pytestmark = pytest.mark.django_db
SAID = {
    "finalite": "marketing", "canal": "sms", "choix": "granted", "fondement": "consent",
    "texte": "Acceptez-vous nos offres par SMS ?", "origine": "au téléphone", "date": "",
}  # fmt: skip
ACT = reverse("admin:crm_contact_act", args=["consentement"])


def said(contact, state="granted", channel="email", **more):
    record_consents([Statement(contact.organization_id, contact.pk, "marketing", channel, state, **more)], NOW)


def change(contact):
    return reverse("admin:crm_contact_change", args=[contact.pk])


def test_a_contacts_page_shows_what_holds_and_everything_that_was_said(boss):
    contact = make_contact()
    said(contact, source="api", text="J'accepte tout")
    said(contact, "refused", source="lien")
    page = boss.get(change(contact), {"onglet": "consentements"})
    holding, history = page.context["tables"][0], page.context["tables"][-1]
    assert [(str(row[1].text), str(row[2].text), row[2].tag) for row in holding.rows] == [
        ("email", "refusé", "danger"), ("SMS", "inconnu, donc non", ""), ("WhatsApp", "inconnu, donc non", ""),
        ("email", "inconnu, donc non", ""), ("email", "inconnu, donc non", ""),
    ]  # fmt: skip
    assert [row[3].text for row in history.rows] == ["refusé", "accordé"]
    text = page.content.decode()
    for shown in ("J&#x27;accepte tout", "Enregistrer un consentement", "Exporter la preuve"):
        assert shown in text, shown


def test_a_statement_is_recorded_by_hand_with_who_says_so(boss):
    contact = make_contact()
    asked = boss.get(ACT, {"ids": contact.pk, "page": "1"})
    assert "vaut dès maintenant" in asked.content.decode()
    answer = boss.post(ACT, SAID | {"ids": contact.pk, "page": "1"})
    assert answer.url == change(contact)
    kept = Consent.objects.get()
    assert (kept.contact, kept.channel, kept.state, kept.source) == (contact, "sms", "granted", "au téléphone")
    assert kept.recorded_by == "personne-0"
    assert timezone.now() - kept.at < timedelta(minutes=1)
    entry = AuditEntry.objects.get(action="consentement.enregistrer")
    assert (entry.actor, entry.target_id, entry.details["canal"]) == ("personne-0", contact.pk, "sms")
    assert contact.name not in json.dumps(entry.details)


def test_a_date_of_the_past_is_read_in_paris(boss):
    contact = make_contact()
    boss.post(ACT, SAID | {"ids": contact.pk, "date": "2026-01-05T12:00"})
    assert Consent.objects.get().at.isoformat() == "2026-01-05T11:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"texte": ""}, "texte"), ({"origine": ""}, "origine"), ({"finalite": "tracking_opens"}, "canal"),
        ({"date": "2099-01-01T00:00"}, "date"), ({"canal": "pigeon"}, "canal"),
    ],
)  # fmt: skip
def test_what_proves_nothing_is_refused_beside_its_field(boss, changes, field):
    page = boss.post(ACT, SAID | changes | {"ids": make_contact().pk})
    assert list(page.context["form"].errors) == [field]
    assert not Consent.objects.exists()


def test_a_refusal_needs_no_text(boss):
    boss.post(ACT, SAID | {"choix": "refused", "texte": "", "ids": make_contact().pk})
    assert Consent.objects.get().state == "refused"


def test_it_is_for_one_contact_at_a_time(boss):
    make_contact()
    page = boss.get(reverse("admin:crm_contact_changelist")).content.decode()
    assert 'value="consentement"' not in page
    assert 'value="export_proofs"' in page


def test_the_proof_is_a_file(boss):
    contact = make_contact()
    said(contact, text="Oui")
    answer = boss.get(reverse("admin:crm_contact_proof", args=[contact.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="preuve-consentement-{contact.pk}.json"'
    assert json.loads(answer.content)["declarations"][0]["texte"] == "Oui"


def test_the_proofs_of_a_selection_are_lines(boss):
    contacts = [make_contact() for _n in range(3)]
    said(contacts[1])
    form = {"action": "export_proofs", "_selected_action": [c.pk for c in contacts[:2]]}
    answer = boss.post(reverse("admin:crm_contact_changelist"), form)
    found = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert [f["contact"]["id"] for f in found] == [str(c.pk) for c in contacts[:2]]
    assert [len(f["declarations"]) for f in found] == [0, 1]


def test_too_many_for_one_file_are_refused(boss, monkeypatch):
    monkeypatch.setattr("crm.admin.consent.MOST_EXPORTED", 1)
    contacts = [make_contact() for _n in range(2)]
    form = {"action": "export_proofs", "_selected_action": [c.pk for c in contacts]}
    answer = boss.post(reverse("admin:crm_contact_changelist"), form, follow=True)
    assert "1 contacts au plus" in answer.content.decode()


def test_the_list_is_filtered_and_searched_by_the_contact(boss):
    one, other = make_contact(), make_contact(phone="+33612345699")
    said(one)
    said(other, "refused", "sms")
    changelist = reverse("admin:crm_consent_changelist")

    def found(**query):
        return [c.contact_id for c in boss.get(changelist, query).context["cl"].result_list]

    assert found() == [other.pk, one.pk]
    assert found(canal="sms") == found(state__exact="refused") == found(q=other.phone) == [other.pk]
    assert found(q=f"#{one.pk}") == found(q=one.email) == found(site=one.site_id) == [one.pk]


def test_nothing_of_it_is_added_changed_or_deleted_in_the_list(boss):
    said(make_contact())
    row = Consent.objects.get()
    request = boss.get(reverse("admin:crm_consent_changelist")).wsgi_request
    page = admin.site._registry[Consent]
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request, row)
    assert not page.has_delete_permission(request, row)


@pytest.mark.parametrize(("role", "status"), [(Role.SALES, 302), (Role.READER, 403)])
def test_who_writes_contacts_records_and_who_reads_them_does_not(role, status):
    contact = make_contact()
    client = signed_in(contact.organization, role)
    assert client.post(ACT, SAID | {"ids": contact.pk}).status_code == status
    assert Consent.objects.exists() == (status == 302)
    assert client.get(reverse("admin:crm_contact_proof", args=[contact.pk])).status_code == 200


def test_another_organization_sees_records_and_exports_nothing():
    contact = make_contact()
    said(contact)
    client = signed_in(make_site().organization, Role.OWNER)
    row = Consent.objects.get()
    assert client.get(reverse("admin:crm_consent_changelist")).context["cl"].result_list.count() == 0
    assert client.get(reverse("admin:crm_consent_change", args=[row.pk])).status_code == 302
    assert client.get(reverse("admin:crm_contact_proof", args=[contact.pk])).status_code == 404
    client.post(ACT, SAID | {"ids": contact.pk})
    form = {"action": "export_proofs", "_selected_action": [contact.pk]}
    answer = client.post(reverse("admin:crm_contact_changelist"), form)
    assert contact.email not in answer.content.decode()
    assert Consent.objects.count() == 1
    assert Contact.objects.count() == 1
