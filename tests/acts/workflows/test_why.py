"""« Pourquoi ? » of a stored execution: what holds it, where it stands, what comes next, what to do."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Platform
from communications.models import Brake
from tests.make import NOW, make_contact, make_execution, make_message, make_site, make_workflow
from workflows.execute import execute_batch
from workflows.models import DefinitionVersion, StepRun
from workflows.route import route_batch
from workflows.why import why

LATER = NOW + timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def test_it_says_where_it_stands_what_comes_next_and_what_would_move_it():
    execution = make_execution()
    StepRun.objects.create(
        organization_id=execution.organization_id, execution_id=execution.pk, step="accuse", kind="send", at=NOW,
        detail="sms",
    )  # fmt: skip
    found = why(execution, LATER)
    assert found.here == (
        "Elle est depuis le 10 mars à 11:00 à l'étape « pause » (Attendre 15 minutes), après « accuse » (SMS). "
        "Elle attend jusqu'au 10 mars à 11:15."
    )
    assert [(c.at, c.text) for c in found.next] == [
        (NOW + timedelta(minutes=15), "Envoyer un SMS « plombier/urgence_en_route »"),
        (NOW + timedelta(hours=2), "Fin : terminée"),
    ]
    assert [m.event for m in found.moves] == ["intervention_terminee", "desinscription"]
    assert (found.remedy, found.is_held) == ("", False)


def test_what_it_says_of_the_next_step_comes_true(town):
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    execution = town.execution("urgence-24h")
    coming = why(execution, town.now).next
    event = next(m for m in why(execution, town.now).moves if m.event == "intervention_terminee")
    assert "urgence_terminee" in event.effect
    town.now = coming[0].at
    town.drain()
    assert ("urgence_en_route", "sms") in town.sent
    assert any("urgence_en_route" in c.text and c.at == town.now for c in coming)


def test_conditions_look_at_the_real_contact_and_event():
    definition = {
        "trigger": {"event": "demande"},
        "steps": [
            {"id": "pause", "wait": "15m"},
            {"id": "mail", "send": "email", "template": "bonjour", "only_if": "contact.email != ''"},
            {"id": "haute", "if": "event.urgence == 'haute'",
             "then": [{"id": "vite", "notify": "Vite : {{ contact.nom }}"}]},
        ],
    }  # fmt: skip
    site = make_site()
    workflow = make_workflow(definition, site=site)
    execution = make_execution(workflow=workflow, contact=make_contact(site=site, email=None, name="Zoé Petit"))
    assert [c.text for c in why(execution, LATER).next] == [
        "Étape « mail » (condition non remplie, étape passée)",
        "Étape « haute » (oui)",
        "Alerte à l'équipe : Vite : Zoé Petit",
        "Fin : terminée",
    ]


def test_local_times_are_those_of_the_contact():
    definition = {"trigger": {"event": "x"}, "steps": [{"id": "matin", "until": "9:00"}, {"id": "n", "notify": "n"}]}
    site = make_site()
    execution = make_execution(
        workflow=make_workflow(definition, site=site), contact=make_contact(site=site, timezone="Indian/Reunion"),
        at="matin", due_at=NOW,
    )  # fmt: skip
    assert why(execution, LATER).next[0].at.isoformat() == "2026-03-11T05:00:00+00:00"


def hold_platform(execution: Any) -> None:
    Platform.objects.update_or_create(pk=1, defaults={"is_paused": True})


def hold_organization(execution: Any) -> None:
    type(execution.organization).objects.filter(pk=execution.organization_id).update(is_paused=True)


def hold_site(execution: Any) -> None:
    type(execution.site).objects.filter(pk=execution.site_id).update(is_paused=True)


def hold_workflow(execution: Any) -> None:
    type(execution.workflow).objects.filter(pk=execution.workflow_id).update(status="en_pause")


def hold_itself(execution: Any) -> None:
    type(execution).objects.filter(pk=execution.pk).update(status="en_pause")


@pytest.mark.parametrize(
    ("hold", "said", "remedy"),
    [
        (hold_platform, "Arrêt d'urgence", "Levez l'arrêt d'urgence."),
        (hold_organization, "Son organisation est en pause", "Reprenez l'organisation."),
        (hold_site, "Son site est en pause", "Reprenez le site."),
        (hold_workflow, "Son workflow est en pause", "Reprenez le workflow."),
        (hold_itself, "Elle est en pause", "« Reprendre » la fait continuer."),
    ],
)
def test_each_level_that_holds_it_is_named_with_its_remedy(hold, said, remedy):
    execution = make_execution()
    hold(execution)
    found = why(type(execution).objects.get(pk=execution.pk), LATER)
    assert found.here.startswith(said)
    assert (found.remedy, found.is_held) == (remedy, True)
    assert found.next  # what follows once it goes on


def test_what_holds_it_holds_it_in_fact():
    """The levels named here are those at which nothing moves."""
    for hold in (hold_organization, hold_site, hold_workflow, hold_itself, hold_platform):
        execution = make_execution(due_at=NOW)
        hold(execution)
        execute_batch(now=LATER, limit=100)
        execution.refresh_from_db()
        assert execution.at == "pause"


def test_a_brake_and_messages_that_wait_are_told():
    execution = make_execution()
    message = make_message(execution=execution, status="held")
    Brake.objects.create(
        organization=execution.organization, workflow_id=execution.workflow_id, channel="sms",
        reason="12 % d'échecs", since=NOW,
    )  # fmt: skip
    found = why(execution, LATER)
    assert "Le frein retient depuis le 10 mars à 11:00 les messages du canal SMS de ce workflow : 12 % d'échecs." in (
        found.here
    )
    assert f"Retenu : SMS « {message.template} »." in found.here
    assert (found.remedy, found.is_held) == ("Corrigez la cause, puis levez le frein.", False)


def test_the_brake_of_another_workflow_is_not_told():
    execution, other = make_execution(), make_execution()
    Brake.objects.create(
        organization=other.organization, workflow_id=other.workflow_id, channel="sms", reason="échecs", since=NOW
    )
    assert "frein" not in why(execution, LATER).here


def test_a_failed_one_says_what_was_wrong_and_what_to_do():
    erreurs = [{"etape": "accuse", "le": NOW.isoformat(), "erreur": "ValueError: modèle illisible"}]
    execution = make_execution(status="echouee", reason="erreur", at="accuse.issue", due_at=None, ended_at=NOW,
                               erreurs=erreurs)  # fmt: skip
    found = why(execution, LATER)
    assert found.here == (
        "Elle a échoué à l'étape « accuse » : une étape a échoué trois fois. "
        "Dernière erreur : ValueError: modèle illisible"
    )
    assert "Réessayer" in found.remedy
    assert (found.next, found.moves) == ((), ())


def test_one_that_is_retried_says_how_often():
    assert "a échoué 2 fois et est réessayée" in why(make_execution(failures=2), LATER).here


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "convertie"}, "Le but du workflow est atteint."),
        ({"status": "arretee", "reason": "desinscription"}, "Elle a été arrêtée : le contact s'est désinscrit."),
        ({"status": "terminee"}, "Toutes ses étapes sont passées."),
    ],
)
def test_one_that_is_over_says_how_it_ended(changes, said):
    assert why(make_execution(due_at=None, ended_at=NOW, **changes), LATER).here == said


def test_a_step_that_its_version_does_not_have_is_told_not_raised():
    found = why(make_execution(at="disparue"), LATER)
    assert "« disparue »" in found.here
    assert "Migrez-la" in found.remedy


def test_a_version_that_cannot_be_read_any_more_is_told_not_raised():
    workflow = make_workflow()
    version = DefinitionVersion.objects.create(workflow=workflow, number=99, document={"steps": []})
    execution = make_execution(workflow=workflow, version=version)
    assert "ne peut pas être prise" in why(execution, LATER).here


def test_a_step_that_a_resume_put_off_comes_when_it_was_put_off_to():
    """It was planned an hour ago: its message is judged by that, and not looked at before it is due."""
    steps = [{"id": "pause", "wait": "15m"}, {"id": "sms", "send": "sms", "template": "a", "useful_for": "30m"}]
    workflow = make_workflow({"trigger": {"event": "x"}, "steps": steps})
    due = NOW + timedelta(hours=3)
    execution = make_execution(workflow=workflow, due_at=due, planned_at=NOW + timedelta(minutes=15))
    found = why(execution, LATER)
    assert "Elle attend jusqu'au 10 mars à 14:00." in found.here
    assert next((c.at, c.text) for c in found.next) == (due, "Étape « sms » (trop tard, non envoyé)")


def test_an_event_that_it_names_moves_it(town):
    town.deploy("artisan")
    town.report("demande_devis", urgence="haute", devis_id="D1")
    town.later(minutes=20)
    execution = town.execution("devis-urgent")
    assert "contact_etabli" in {m.event for m in why(execution, town.now).moves}
    town.report("contact_etabli", devis_id="D1")
    assert town.execution("devis-urgent").at != execution.at
    assert route_batch(now=town.now, limit=10).events == 0
