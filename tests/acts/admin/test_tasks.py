"""The pages of tasks."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from crm.models import Event, Task
from tests.acts.admin.conftest import signed_in
from tests.make import NOW, make_contact, make_lead, make_site

pytestmark = pytest.mark.django_db
LIST = reverse("admin:crm_task_changelist")


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


def test_the_list_is_worked_from_the_most_pressing_on(boss):
    now = timezone.now()
    contact = make_contact()
    whose = {"organization": contact.organization, "site": contact.site, "contact": contact, "created_at": now}
    dues = {"tard": timedelta(days=-1), "tot": timedelta(days=-2), "demain": timedelta(days=2), "jamais": None}
    tasks = {
        name: Task.objects.create(title=name, due_at=due if due is None else now + due, **whose)
        for name, due in dues.items()
    }
    Task.objects.create(title="finie", done_at=now, **whose)
    make_lead(contact=contact, owner=User.objects.get())

    def shown(query):
        return [row.title for row in boss.get(f"{LIST}?{query}").context["cl"].result_list]

    for query, found in (
        ("etat=en_retard", ["tot", "tard"]), ("etat=aujourdhui", ["tot", "tard"]),
        ("etat=ensuite", ["demain", "jamais"]),
        ("etat=a_faire", ["tot", "tard", "demain", "jamais"]), ("etat=faite", ["finie"]),
        ("etat=en_retard&commercial=moi", ["tot", "tard"]), ("etat=en_retard&commercial=personne", []),
    ):  # fmt: skip
        assert shown(query) == found, query
    text = boss.get(f"{LIST}?etat=en_retard").content.decode()
    assert reverse("admin:crm_task_finish", args=[tasks["tot"].pk]) in text
    assert "tel:+33612345678" in text


def test_one_click_does_a_task_and_returns_to_the_list_as_it_was():
    contact = make_contact()
    task = Task.objects.create(
        organization=contact.organization, site=contact.site, contact=contact, title="Rappeler", created_at=NOW
    )
    url = reverse("admin:crm_task_finish", args=[task.pk])
    assert signed_in(make_site().organization, Role.OWNER).post(url).status_code == 404
    reader = signed_in(contact.organization, Role.READER)
    assert reader.post(url).status_code == 403
    assert url not in reader.get(LIST).content.decode()
    sales = signed_in(contact.organization, Role.SALES)
    assert sales.get(url).status_code == 405
    asked = {"referer": f"http://testserver{LIST}?etat=en_retard"}
    for _n in range(2):
        answer = sales.post(url, headers=asked)
        assert answer.url == f"{LIST}?etat=en_retard"
    assert Task.objects.get().done_by.startswith("personne")
    assert Event.objects.count() == 1
    assert sales.post(url, headers={"referer": "https://ailleurs.example/x?y"}).url == LIST
