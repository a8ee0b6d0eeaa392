"""The pages of leads: who sees them, what is shown, and what people do there."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role, User
from agents.models import AgentRun
from berinia.formats import euros
from crm.find_duplicates import find_for
from crm.models import Connection, Contact, Duplicate, Event, Export, Lead, Note, Task
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_event, make_execution, make_lead, make_message, make_site

pytestmark = pytest.mark.django_db
LIST = "admin:crm_lead_changelist"


def page(row):
    return reverse(f"admin:crm_{row._meta.model_name}_change", args=[row.pk])


def act(client, row, name, **answers):
    address = reverse(f"admin:crm_{row._meta.model_name}_act", args=[name])
    asked = client.get(f"{address}?ids={row.pk}&page=1")
    assert asked.status_code == 200
    answer = client.post(address, {"ids": row.pk, "page": "1", **answers})
    row.refresh_from_db()
    return answer


def shown(client, query=""):
    return [row.pk for row in client.get(reverse(LIST) + query).context["cl"].result_list]


def test_the_list_is_filtered_and_searched(boss):
    site = make_site()
    hot = make_lead(site=site, quality="CHAUD", score=80, stage="demo", company="SARL Garage Lefèvre")
    new = make_lead(contact=make_contact(site=site, name="Zoé Lim"))
    other = make_lead(status="ecarte")
    find_for([hot.contact_id], NOW)
    assert shown(boss) == [other.pk, new.pk, hot.pk]
    for query, found in (
        ("?quality=CHAUD", [hot]), ("?stage=demo", [hot]), ("?status=ecarte", [other]), ("?q=zoé", [new]),
        ("?q=lim", [new]), ("?q=im", []),
        (f"?site={site.pk}", [new, hot]), ("?q=garage+lef", [hot]), (f"?q=%23{hot.pk}", [hot]),
        (f"?q={new.contact.email}", [new]),
        ("?q=personne", []), ("?commercial=moi", []), ("?commercial=personne", [other, new, hot]),
    ):  # fmt: skip
        assert shown(boss, query) == [row.pk for row in found], query


def test_a_lead_shows_all_that_is_about_it(boss):
    lead = make_lead(quality="TIÈDE", score=55, reasoning="Il compare les prix", insights=["Toiture de 1970"],
                     decision_maker=True, amount_cents=123_450)  # fmt: skip
    contact = lead.contact
    whose = {"organization": contact.organization, "site": contact.site, "contact": contact}
    make_event(contact=contact, data={"sujet": "fuite"})
    make_message(contact=contact, template="plombier/devis")
    make_execution(contact=contact)
    Note.objects.create(text="Rappeler le soir", author="Anne", created_at=NOW, **whose)
    Task.objects.create(title="Chiffrer", created_at=NOW, **whose)
    AgentRun.objects.create(agent="lead_classifier", status="terminee", created_at=NOW, **whose)
    Export.objects.create(
        organization=contact.organization, connection=Connection.objects.create(organization=contact.organization),
        lead=lead, contact=contact, day=NOW.date(), quality="TIÈDE", score=55, reason="Vaut la peine", created_at=NOW,
        status="exporte", external_id="HS-12",
    )  # fmt: skip
    text = boss.get(page(lead)).content.decode()
    for word in ("Il compare les prix", "Toiture de 1970", euros(1234.5), "fuite", "plombier/devis", "Urgence 24h/24",
                 "Rappeler le soir", "Chiffrer", "lead_classifier", "HS-12"):  # fmt: skip
        assert word in text, word
    text = boss.get(page(contact)).content.decode()
    for word in ("Rappeler le soir", "Chiffrer", page(lead)):
        assert word in text, word


def test_what_is_known_is_corrected_by_hand_and_duplicates_are_looked_for(boss):
    site = make_site()
    old = make_lead(site=site, company="Garage Lefevre", company_key="garage lefevre")
    lead = make_lead(site=site)
    form = {"company": "Garage Lefèvre SARL", "company_size": "micro", "job_title": "", "decision_maker": "true",
            "sector": "garage", "region": "Bretagne", "pain_points": "prix, surtout\ndélais", "interests": "",
            "insights": "", "delay_reason": "", "export_after_0": "", "export_after_1": "", "quality": "CHAUD",
            "score": 99}  # fmt: skip
    assert boss.post(page(lead), form).status_code == 302
    lead.refresh_from_db()
    assert (lead.company, lead.decision_maker, lead.pain_points) == (
        "Garage Lefèvre SARL",
        True,
        ["prix, surtout", "délais"],
    )
    assert (lead.quality, lead.score) == ("", None)  # these are decided by acts only
    assert lead.company_key == "garage lefevre"
    assert Duplicate.objects.get().first_id == old.contact_id
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id) == ("lead.modifier", lead.pk)
    assert "company" in entry.details["champs"]
    assert boss.get(reverse("admin:crm_lead_add")).status_code == 403
    assert boss.get(reverse("admin:crm_lead_delete", args=[lead.pk])).status_code == 403


def test_a_lead_is_moved_with_its_amount(boss):
    lead = make_lead(stage="demo")
    act(boss, lead, "etape", etape="won", montant="1250.50", raison="signé")
    assert (lead.stage, lead.amount_cents) == ("won", 125_050)
    assert Event.objects.get().data["raison"] == "signé"
    act(boss, lead, "etape", etape="lead", montant="", raison="")
    assert lead.stage == "lead"  # a person opens it again


def test_a_refusal_is_said_and_changes_nothing(boss):
    lead = make_lead(stage="demo")
    act(boss, lead, "etape", etape="lead")
    assert "demande une personne, et sa raison" in boss.get(page(lead)).content.decode()
    assert (lead.stage, LogEntry.objects.count()) == ("demo", 0)
    assert "etape" in act(boss, lead, "etape", etape="gagné").context["form"].errors


def test_a_person_classifies_and_gives_back(boss):
    lead = make_lead(classify_at=NOW)
    assert "Reprendre le classement" not in boss.get(page(lead)).content.decode()
    act(boss, lead, "classer", qualite="CHAUD", score="", raison="il l'a dit")
    assert (lead.quality, lead.score, lead.decided_by, lead.reasoning) == ("CHAUD", 85, "person", "il l'a dit")
    assert "Reprendre le classement" in boss.get(page(lead)).content.decode()
    act(boss, lead, "reprendre_classement")
    assert (lead.decided_by, lead.classify_at is None) == ("", False)


def test_leads_are_taken_given_and_put_aside():
    lead = make_lead(score=70, status="a_exporter")
    sales = signed_in(lead.organization, Role.SALES)
    me = User.objects.get()
    act(sales, lead, "prendre")
    assert lead.owner == me
    assert shown(sales, "?commercial=moi") == [lead.pk]
    colleague = User.objects.create(username="anne", is_staff=True)
    Membership.objects.create(user=colleague, organization=lead.organization, role=Role.SALES)
    act(sales, lead, "attribuer", commercial="anne")
    assert lead.owner == colleague
    User.objects.create(username="luc", is_staff=True)
    said = set()
    for name in ("luc", "nemo"):
        act(sales, lead, "attribuer", commercial=name)
        said.add(sales.get(page(lead)).content.decode().count("pas de cette organisation"))
    assert (lead.owner, said) == (colleague, {1})
    act(sales, lead, "ecarter", raison="concurrent")
    assert lead.status == "ecarte"
    act(sales, lead, "reprendre")
    assert lead.status == "a_exporter"


@pytest.mark.parametrize("of", ["lead", "contact"])
def test_notes_interactions_and_tasks_are_written_on_either_page(boss, of):
    lead = make_lead()
    row = lead if of == "lead" else lead.contact
    act(boss, row, "note", texte="Chien méchant")
    act(boss, row, "interaction", type="rdv", le="2026-03-09T10:00", texte="Vu sur place", issue="devis")
    act(boss, row, "tache", titre="Envoyer le devis", avant_le="2026-03-12T09:00")
    assert (Note.objects.get().text, Note.objects.get().contact) == ("Chien méchant", lead.contact)
    event = Event.objects.get()
    assert event.data | {"type": "rdv", "texte": "Vu sur place", "issue": "devis"} == event.data
    assert (event.occurred_at.isoformat(), event.contact) == ("2026-03-09T09:00:00+00:00", lead.contact)
    assert Task.objects.get().title == "Envoyer le devis"
    later = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert act(boss, row, "interaction", type="rdv", le=later).context["form"].errors["le"]


def test_duplicates_are_looked_for_from_a_selection(boss):
    site = make_site()
    one, _other = (make_lead(contact=make_contact(site=site)) for _n in range(2))
    act(boss, one, "doublons")
    assert Duplicate.objects.get().reason == "phone"


def test_members_see_and_change_the_leads_of_their_organization_only():
    ours, theirs = make_lead(), make_lead(company="Chez Eux")
    sales = signed_in(ours.organization, Role.SALES)
    assert shown(sales) == [ours.pk]
    assert sales.get(page(theirs)).status_code == 302
    for name, answers in (("etape", {"etape": "won"}), ("ecarter", {}), ("note", {"texte": "x"}), ("prendre", {})):
        sales.post(reverse("admin:crm_lead_act", args=[name]), {"ids": theirs.pk, **answers})
    theirs.refresh_from_db()
    assert (theirs.stage, theirs.status, theirs.owner, Note.objects.count()) == ("lead", "nouveau", None, 0)
    reader = signed_in(ours.organization, Role.READER)
    assert reader.get(page(ours)).status_code == 200
    assert (
        reader.post(reverse("admin:crm_lead_act", args=["etape"]), {"ids": ours.pk, "etape": "won"}).status_code == 403
    )
    assert Lead.objects.get(pk=ours.pk).stage == "lead"
    assert Contact.objects.count() == 2
