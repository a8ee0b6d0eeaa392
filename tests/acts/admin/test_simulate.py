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


def test_one_click_is_enough(boss: Any, workflow: Workflow) -> None:
    form = boss.get(url(workflow)).context["form"]
    page = boss.post(url(workflow), {name: form[name].value() or "" for name in form.fields})
    assert page.context["found"]["totaux"]["sms"] == 2
    content = page.content.decode()
    assert "Camille" in content
    assert "ne démarre rien" not in content


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"telephone": "12"}, "telephone", "téléphone"),
        ({"evenements": "bientôt"}, "evenements", "pas de la forme"),
        ({"donnees": "[1]"}, "donnees", "objet JSON"),
        ({"debut": "hier"}, "debut", "2026-03-10T10:00"),
        ({"evenement": "Pas un nom"}, "evenement", "nom d'événement"),
        ({"contacts": "0"}, "contacts", "1"),
        ({"contacts": "9999999"}, "contacts", "2000"),
    ],
)
def test_mistakes_stand_beside_their_field_and_what_was_typed_stays(
    boss: Any, workflow: Workflow, changes: Any, field: str, said: str
) -> None:
    page = boss.post(url(workflow), FORM | changes)
    assert said in " ".join(page.context["form"].errors[field])
    content = page.content.decode()
    assert f'id="id_{field}_error"' in content
    assert "Zoé Petit" in content
    assert "Ce qui arriverait" not in content


def test_a_draft_that_is_not_there_is_said(boss: Any, workflow: Workflow) -> None:
    content = boss.post(url(workflow), FORM | {"version": "brouillon"}).content.decode()
    assert "pas de brouillon" in content
    assert "Zoé Petit" in content


def test_an_email_is_shown_in_a_frame_of_its_own(boss: Any, now: Any) -> None:
    deploy(make_site(), "avocat", now=now)
    workflow = Workflow.objects.get(slug="consultation-urgente")
    form = FORM | {
        "email": "zoe@example.com",
        "nom": "Zoé <script>alert(1)</script>",
        "donnees": '{"urgence": "haute"}',
    }
    content = boss.post(url(workflow), form).content.decode()
    assert content.count("<iframe") == 2
    assert "default-src &#x27;none&#x27;" in content
    assert "<script>alert(1)" not in content


def test_a_crowd_has_its_volumes_and_its_cost(boss: Any, workflow: Workflow) -> None:
    page = boss.post(url(workflow), FORM | {"contacts": "40"})
    crowd = page.context["crowd"]
    assert crowd["found"]["demarrees"] == 40
    (row,) = crowd["channels"]
    assert row["canal"] == "sms"
    assert 40 <= row["messages"] <= 80
    assert "Pour 40 contacts" in page.content.decode()


def test_a_reader_may_try_and_a_stranger_finds_nothing(workflow: Workflow) -> None:
    reader = signed_in(workflow.organization, Role.READER)
    assert reader.post(url(workflow), FORM).status_code == 200
    assert signed_in(make_organization(), Role.OWNER).get(url(workflow)).status_code == 404
