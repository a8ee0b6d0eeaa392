"""Every page answers, in French, and reads no more than it shows."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from berinia.admin import paging
from crm.models import Contact
from tests.make import NOW, make_contact, make_event, make_execution, make_message, make_site
from workflows.models import StepRun

pytestmark = pytest.mark.django_db


def change(row):
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def changelist(name):
    return reverse(f"admin:{name}_changelist")


def test_every_list_and_every_form_answers(boss):
    make_message(execution=make_execution())
    for model, page in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert boss.get(changelist(name)).status_code == 200, name
        request = boss.get(changelist(name)).wsgi_request
        if page.has_add_permission(request):
            assert boss.get(reverse(f"admin:{name}_add")).status_code == 200, name
        for row in model._default_manager.all()[:1]:
            assert boss.get(change(row)).status_code == 200, name


def test_lists_count_no_table(boss):
    for _n in range(3):
        make_message(execution=make_execution())
    for name in ("crm_contact", "crm_event", "workflows_execution", "communications_message"):
        with CaptureQueriesContext(connection) as queries:
            boss.get(changelist(name))
        counts = [q["sql"] for q in queries if "COUNT(" in q["sql"].upper() and "LIMIT" not in q["sql"].upper()]
        assert not counts, name


def test_a_list_reads_as_many_queries_for_many_rows_as_for_few(boss):
    def queries(name):
        with CaptureQueriesContext(connection) as found:
            boss.get(changelist(name))
        return len(found)

    names = ("crm_contact", "crm_event", "workflows_execution", "communications_message", "workflows_workflow")
    make_message(execution=make_execution())
    boss.get(reverse("admin:index"))  # the first page of a session is written down, once
    few = {name: queries(name) for name in names}
    for _n in range(5):
        make_message(execution=make_execution())
    assert {name: queries(name) for name in names} == few


def test_a_list_is_counted_as_far_as_it_is_paged_through(boss, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)
    site = make_site()
    for n in range(5):
        make_contact(site=site, email=f"c{n}@example.com")
    assert boss.get(changelist("crm_contact")).context["cl"].result_count == 3


def test_a_page_has_its_rows_in_the_order_of_the_list(boss, monkeypatch):
    site = make_site()
    numbers = [make_contact(site=site, email=f"c{n}@example.com").pk for n in range(5)][::-1]
    monkeypatch.setattr(admin.site._registry[Contact], "list_per_page", 2)
    shown = [
        [contact.pk for contact in boss.get(changelist("crm_contact"), {"p": p}).context["cl"].result_list]
        for p in (1, 2, 3)
    ]
    assert shown == [numbers[:2], numbers[2:4], numbers[4:]]


@pytest.mark.parametrize("term", ["zoe@example.com", "ZOE@Example.com ", "06 12 34 56 78", "+33612345678", "Zoé"])
def test_a_contact_is_found_by_email_phone_or_name(boss, term):
    zoe = make_contact(name="Zoé Durand", email="zoe@example.com", phone="+33612345678")
    make_contact(name="Jean Dupont", phone="+33612345679")
    found = boss.get(changelist("crm_contact"), {"q": term}).context["cl"].result_list
    assert [contact.pk for contact in found] == [zoe.pk]


@pytest.mark.parametrize("name", ["crm_event", "workflows_execution", "communications_message"])
def test_what_happened_is_found_by_its_contact_or_number(boss, name):
    execution = make_execution(contact=make_contact(email="zoe@example.com"))
    row = {"workflows_execution": execution, "communications_message": make_message(execution=execution)}.get(name)
    pk = row.pk if row else execution.event_id
    make_message(execution=make_execution())
    for term in ("zoe@example.com", str(pk), f"#{pk}"):
        found = boss.get(changelist(name), {"q": term}).context["cl"].result_list
        assert [r.pk for r in found] == [pk], term
    for term in ("99999999999999999999999", "personne@example.com", "%", "0"):
        assert not boss.get(changelist(name), {"q": term}).context["cl"].result_list, term


def test_a_contact_shows_its_executions_messages_and_events(boss):
    execution = make_execution()
    make_message(execution=execution, template="plombier/bonjour")
    make_event(contact=execution.contact, name="evenement_rare")
    page = boss.get(change(execution.contact)).content.decode()
    for text in ("plombier/bonjour", "evenement_rare", execution.workflow.name, change(execution)):
        assert text in page


def test_what_a_site_reports_is_shown_and_never_run(boss):
    event = make_event(contact=make_contact(name="<script>alert(1)</script>"), data={"x": "<img src=x onerror=y>"})
    for row in (event, event.contact, make_execution(contact=event.contact)):
        page = boss.get(change(row)).content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


def test_an_execution_shows_its_timeline_and_says_why(boss):
    execution = make_execution(status="echouee", reason="adresse incorrecte", ended_at=NOW, due_at=None)
    StepRun.objects.create(
        organization_id=execution.organization_id,
        execution_id=execution.pk,
        step="accuse",
        kind="send",
        at=NOW,
        detail="sms",
    )
    message = make_message(execution=execution)
    page = boss.get(change(execution)).content.decode()
    assert "adresse incorrecte" in page
    assert "Réessayer" in page
    assert "Envoyer : accuse" in page
    assert change(message) in page


def test_an_execution_says_what_comes_next_and_what_would_move_it(boss):
    now = timezone.now()
    execution = make_execution(entered_at=now, started_at=now, due_at=now + timedelta(minutes=15))
    page = boss.get(change(execution)).content.decode()
    for text in (
        "Ensuite, si rien d",
        "urgence_en_route",
        "Ce qui la ferait avancer",
        "intervention_terminee",
    ):
        assert text in page


def test_a_workflow_reads_as_a_list_in_french(boss):
    workflow = make_execution().workflow
    page = boss.get(change(workflow)).content.decode()
    assert "Envoyer un SMS" in page
    assert "Attendre 15 minutes" in page
    assert "« intervention_terminee » en 2 heures (objectif 98 %)" in page


def test_a_contact_made_by_hand_is_normalised_and_must_be_reachable(boss):
    site = make_site()
    form = {
        "site": site.pk,
        "name": "Zoé",
        "email": "ZOE@example.com",
        "phone": "06 12 34 56 78",
        "tags": "",
        "fields": "{}",
    }
    assert boss.post(reverse("admin:crm_contact_add"), form).status_code == 302
    contact = site.contacts.get()
    assert (contact.email, contact.phone, contact.organization_id) == (
        "zoe@example.com",
        "+33612345678",
        site.organization_id,
    )
    for wrong in ({"email": "", "phone": ""}, {"phone": "12"}, {"email": "pas une adresse"}):
        page = boss.post(reverse("admin:crm_contact_add"), form | wrong)
        assert page.status_code == 200
        assert page.context["adminform"].form.errors
    assert boss.post(reverse("admin:crm_contact_add"), form).status_code == 200  # the same person twice
