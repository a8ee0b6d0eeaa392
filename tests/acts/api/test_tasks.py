"""Tasks over the API."""

import pytest

from accounts.models import AuditEntry
from crm.models import Event, Task
from tests.make import NOW, make_contact


@pytest.fixture
def task(api):
    contact = make_contact(site=api.site)
    return Task.objects.create(
        organization=contact.organization, site=contact.site, contact=contact, title="Rappeler", created_at=NOW,
        step="rappel",
    )  # fmt: skip


def test_tasks_are_listed_by_state_and_finished_once(api, task):
    assert [row["id"] for row in api.get("/api/tasks").json()["data"]] == [str(task.pk)]
    for _n in range(2):
        answer = api.post(f"/api/tasks/{task.pk}", {"statut": "faite"})
        assert (answer.status_code, answer.json()["data"]["statut"]) == (200, "faite")
    assert answer.json()["data"]["faite_par"] == AuditEntry.objects.get().actor != ""
    assert Event.objects.get().name == "tache_terminee"
    assert api.get("/api/tasks?statut=a_faire").json()["data"] == []
    assert len(api.get("/api/tasks?statut=faite").json()["data"]) == 1
    assert api.get("/api/tasks?statut=perdue").status_code == 400


@pytest.mark.parametrize("body", [{}, {"statut": "a_faire"}, {"statut": "faite", "par": "moi"}, []])
def test_only_doing_it_is_a_change(api, task, body):
    assert api.post(f"/api/tasks/{task.pk}", body).status_code == 422
    assert Task.objects.get().done_at is None


def test_others_see_and_touch_nothing(api, task, stranger, browser):
    assert stranger.get("/api/tasks").json()["data"] == []
    assert stranger.post(f"/api/tasks/{task.pk}", {"statut": "faite"}).status_code == 404
    assert api.post(f"/api/tasks/{10**20}", {"statut": "faite"}).status_code == 404
    assert browser.post(f"/api/tasks/{task.pk}", {"statut": "faite"}).status_code == 403
    assert Task.objects.get().done_at is None
