"""Whose rows a person sees and changes."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import ApiKey, Role, Site
from communications.models import Notification, Suppression, Template
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_event, make_execution, make_key, make_message, make_organization, make_site
from workflows.models import Workflow

pytestmark = pytest.mark.django_db


def everything(name):
    """One row of each model that belongs to an organization, each recognisable by its name."""
    site = make_site(business_name=name, organization=make_organization(name=name))
    execution = make_execution()
    contact = execution.contact
    for row in (execution.workflow, contact, execution):
        row.organization, row.site = site.organization, site
    execution.workflow.name, contact.name = f"Workflow {name}", f"Contact {name}"
    for row in (execution.workflow, contact, execution):
        row.save()
    make_key(site)
    Template.objects.create(organization=site.organization, name=f"modele/{name}", channel="sms", body="Bonjour")
    Notification.objects.create(
        organization=site.organization, key="k", title=f"Alerte {name}", created_at=NOW, last_at=NOW, severity="error"
    )
    Suppression.objects.create(
        organization=site.organization, channel="email", address=f"{name}@example.com", reason="opt_out", created_at=NOW
    )
    return {
        "site": site,
        "organization": site.organization,
        "workflow": execution.workflow,
        "contact": contact,
        "execution": execution,
        "event": make_event(contact=contact, site=site, organization=site.organization),
        "message": make_message(execution=execution, contact=contact, site=site, organization=site.organization),
        "template": Template.objects.get(name=f"modele/{name}"),
        "apikey": ApiKey.objects.get(site=site),
        "notification": Notification.objects.get(title=f"Alerte {name}"),
        "suppression": Suppression.objects.get(address=f"{name}@example.com"),
    }


def url(row, page="change"):
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[row.pk] if page == "change" else [])


def test_a_member_sees_the_rows_of_their_organization_only():
    ours, theirs = everything("Nous"), everything("Eux")
    client = signed_in(ours["organization"], Role.OWNER)
    for kind, row in ours.items():
        page = client.get(url(row, "changelist"))
        assert page.status_code == 200, kind
        shown = [found.pk for found in page.context["cl"].result_list]
        assert row.pk in shown, kind
        assert theirs[kind].pk not in shown, kind
        assert client.get(url(row)).status_code == 200, kind
        assert "Eux" not in page.content.decode(), kind
    for kind, row in theirs.items():
        assert client.get(url(row)).status_code == 302, kind  # Django: no such row, back to the index


def test_an_act_on_another_organizations_rows_changes_nothing():
    ours, theirs = everything("Nous"), everything("Eux")
    client = signed_in(ours["organization"])
    client.post(
        reverse("admin:workflows_workflow_act", args=["arret"]), {"ids": str(theirs["workflow"].pk), "raison": "x"}
    )
    assert Workflow.objects.get(pk=theirs["workflow"].pk).status == "actif"
    asked = client.get(reverse("admin:workflows_workflow_act", args=["arret"]) + f"?ids={theirs['workflow'].pk}")
    assert asked.context["count"] == 0


def test_a_form_refuses_what_belongs_to_another_organization():
    ours, theirs = everything("Nous"), everything("Eux")
    client = signed_in(ours["organization"], Role.OWNER)
    page = client.post(reverse("admin:accounts_apikey_add"), {"site": theirs["site"].pk, "kind": "secret", "name": "x"})
    assert page.context["adminform"].form.errors["site"]
    assert ApiKey.objects.filter(site=theirs["site"]).count() == 1
    form = {"site": theirs["site"].pk, "name": "Zoé", "email": "zoe@example.com", "tags": "", "fields": "{}"}
    assert client.post(reverse("admin:crm_contact_add"), form).context["adminform"].form.errors["site"]


def test_autocompletion_offers_no_other_organizations_sites():
    ours, theirs = everything("Nous"), everything("Eux")
    client = signed_in(ours["organization"], Role.OWNER)
    query = {"app_label": "accounts", "model_name": "apikey", "field_name": "site", "term": ""}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [item["id"] for item in found] == [str(ours["site"].pk)]
    assert theirs["site"].pk != ours["site"].pk


def test_previews_of_another_organization_are_not_found():
    ours, theirs = everything("Nous"), everything("Eux")
    client = signed_in(ours["organization"])
    for name, row in (("communications_template", theirs["template"]), ("communications_message", theirs["message"])):
        assert client.get(reverse(f"admin:{name}_preview", args=[row.pk])).status_code == 404
    assert client.get(reverse("admin:communications_template_page", args=[theirs["template"].pk])).status_code == 404


def test_nothing_is_deployed_on_another_organizations_site():
    ours, theirs = everything("Nous"), everything("Eux")
    client = signed_in(ours["organization"])
    client.post(reverse("admin:workflows_workflow_deploy"), {"site": theirs["site"].pk, "sector": "plombier"})
    assert Workflow.objects.filter(site=theirs["site"]).count() == 1


def test_a_reader_looks_and_changes_nothing():
    ours = everything("Nous")
    client = signed_in(ours["organization"], Role.READER)
    assert client.get(url(ours["execution"])).status_code == 200
    act = reverse("admin:workflows_execution_act", args=["arret"])
    assert client.post(act, {"ids": ours["execution"].pk}).status_code == 403
    assert client.get(reverse("admin:workflows_workflow_deploy")).status_code == 403
    assert client.post(url(ours["site"]), {"business_name": "Autre"}).status_code == 403
    assert Site.objects.get(pk=ours["site"].pk).business_name == "Nous"


def test_an_operator_neither_makes_keys_nor_sees_people():
    ours = everything("Nous")
    client = signed_in(ours["organization"])
    assert client.get(reverse("admin:accounts_apikey_add")).status_code == 403
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403
    form = {"user": "1", "organization": ours["organization"].pk, "role": "owner"}
    assert client.post(reverse("admin:accounts_membership_add"), form).status_code == 403


def test_a_member_who_is_not_staff_sees_nothing():
    client = signed_in(everything("Nous")["organization"], Role.OWNER, is_staff=False)
    assert client.get(reverse("admin:index")).status_code == 302


def test_filters_name_no_other_organizations_sites_or_workflows():
    ours = everything("Nous")
    everything("Eux")
    page = signed_in(ours["organization"]).get(reverse("admin:workflows_execution_changelist"))
    assert "Workflow Nous" in page.content.decode()
    assert "Workflow Eux" not in page.content.decode()


def test_every_page_stands_on_unfold_and_bounded_lists():
    from unfold.admin import ModelAdmin

    from berinia.admin.base import Page

    for model, page in admin.site._registry.items():
        assert isinstance(page, ModelAdmin), model
        assert isinstance(page, Page), model
        assert not page.show_full_result_count, model
        assert model._meta.app_label != "django_celery_beat"
