"""« Simuler » in the admin: a form, a timeline, nothing written; bodies escaped; one's own workflows only."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Role
from crm.models import Contact
from tests.acts.admin.conftest import signed_in
from tests.make import make_organization, make_site
from workflows.deploy import deploy
from workflows.models import Execution, Workflow

pytestmark = pytest.mark.django_db
FORM = {"nom": "Zoé Petit", "telephone": "06 12 34 56 78", "email": "", "debut": "2026-03-10T10:00"}


@pytest.fixture
def workflow(now: Any) -> Workflow:
    deploy(make_site(), "plombier", now=now)
    return Workflow.objects.get(slug="urgence-24h")


def url(workflow: Workflow) -> str:
    return reverse("admin:workflows_workflow_simulate", args=[workflow.pk])


def test_the_page_of_a_workflow_leads_to_the_form_and_the_form_to_a_timeline(boss: Any, workflow: Workflow) -> None:
    assert url(workflow) in boss.get(reverse("admin:workflows_workflow_change", args=[workflow.pk])).content.decode()
    assert "Ce qui arriverait" not in boss.get(url(workflow)).content.decode()
    contacts = Contact.objects.count()
    page = boss.post(url(workflow), FORM | {"evenements": '20m intervention_terminee {"note": 5}\n'}).content.decode()
    assert "Ce qui arriverait" in page
    assert "10/03/2026 10:00:00" in page
    assert "plombier/urgence_accuse" in page
    assert "compte pour" in page
    assert (Contact.objects.count(), Execution.objects.count()) == (contacts, 0)


def test_what_is_typed_and_what_is_written_is_escaped(boss: Any, workflow: Workflow) -> None:
    Workflow.objects.filter(pk=workflow.pk).update(
        draft="trigger: {event: x}\nsteps: [{id: a, notify: '<script>alert(1)</script> {{ contact.nom }}'}]"
    )
    form = FORM | {"nom": "<b>Zoé</b>", "version": "brouillon", "evenement": "x"}
    page = boss.post(url(workflow), form).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>Zoé" not in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"telephone": "12"}, "contact.telephone"),
        ({"evenements": "bientôt"}, "pas de la forme"),
        ({"donnees": "[1]"}, "objet JSON"),
        ({"debut": "hier"}, "debut"),
        ({"version": "brouillon"}, "pas de brouillon"),
    ],
)
def test_mistakes_are_said_and_what_was_typed_stays(boss: Any, workflow: Workflow, changes: Any, said: str) -> None:
    page = boss.post(url(workflow), FORM | changes).content.decode()
    assert said in page
    assert "Zoé Petit" in page


def test_a_reader_may_try_and_a_stranger_finds_nothing(workflow: Workflow) -> None:
    reader = signed_in(workflow.organization, Role.READER)
    assert reader.post(url(workflow), FORM).status_code == 200
    assert signed_in(make_organization(), Role.OWNER).get(url(workflow)).status_code == 404
