"""The pages of tasks."""

import pytest
from django.urls import reverse

from accounts.models import Role
from crm.models import Event, Task
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_site

pytestmark = pytest.mark.django_db


def test_a_task_is_found_and_finished_by_who_works_with_contacts():
    contact = make_contact()
    task = Task.objects.create(
        organization=contact.organization, site=contact.site, contact=contact, title="Rappeler", created_at=NOW
    )
    page, act = reverse("admin:crm_task_changelist"), reverse("admin:crm_task_act", args=["terminer"])
    for client in (signed_in(make_site().organization, Role.OWNER), signed_in(contact.organization, Role.READER)):
        client.post(act, {"ids": task.pk})
        assert Task.objects.get().done_at is None
    sales = signed_in(contact.organization, Role.SALES)
    for query, found in (("etat=a_faire", 1), ("etat=faite", 0), (f"q={contact.email}", 1), (f"q={task.pk}", 1)):
        assert sales.get(f"{page}?{query}").context["cl"].result_count == found
    assert sales.get(reverse("admin:crm_task_change", args=[task.pk])).status_code == 200
    for _n in range(2):
        sales.post(act, {"ids": task.pk})
    assert Task.objects.get().done_by.startswith("personne")
    assert Event.objects.get().name == "tache_terminee"
    assert sales.get(f"{page}?etat=faite").context["cl"].result_count == 1
