"""The five workflows of the library, lived through with a moved clock: what goes out, when, and how it ends."""

import pytest

from communications.models import Notification
from crm.models import Consent
from tests.acts.workflows.conftest import Town
from workflows.models import Execution


def test_the_plumber_answers_at_once_and_again_after_15_minutes(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    assert town.sent == [("urgence_accuse", "sms")]
    town.later(minutes=14, seconds=59)
    assert len(town.sent) == 1
    town.later(seconds=1)
    assert town.sent[1:] == [("urgence_en_route", "sms")]
    town.report("intervention_terminee", appel_id="A1")
    assert town.sent[2:] == [("urgence_terminee", "sms")]
    town.report("avis_client", note="5")
    assert town.execution("urgence-24h").status == "convertie"
    town.later(days=2)
    assert len(town.sent) == 3


def test_a_bad_review_is_no_success_and_the_window_closes_after_2_hours(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    town.report("intervention_terminee", appel_id="A1")
    town.report("avis_client", note="2")
    assert town.execution("urgence-24h").status == "en_cours"
    town.later(hours=2)
    assert town.execution("urgence-24h").status == "terminee"


def test_the_plumber_who_has_finished_is_not_on_the_way(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    town.later(minutes=10)
    town.report("intervention_terminee", appel_id="A1")
    town.later(minutes=10)
    assert town.sent == [("urgence_accuse", "sms"), ("urgence_terminee", "sms")]


def test_a_cancelled_intervention_ends_everything(town: Town) -> None:
    town.deploy("plombier")
    town.report("appel_urgence", appel_id="A1")
    town.report("intervention_annulee", appel_id="A1")
    town.later(days=1)
    assert (town.execution("urgence-24h").status, len(town.sent)) == ("arretee", 1)


def test_two_calls_are_two_executions_and_a_repeated_one_is_none(town: Town) -> None:
    town.deploy("plombier")
    for call in ("A1", "A2", "A1"):
        town.report("appel_urgence", appel_id=call)
    assert Execution.objects.filter(site=town.site).count() == 2


def test_the_end_of_one_call_is_not_the_end_of_another(town: Town) -> None:
    town.deploy("plombier")
    for call in ("A1", "A2"):
        town.report("appel_urgence", appel_id=call)
    town.report("intervention_annulee", appel_id="A1")
    statuses = dict(Execution.objects.filter(site=town.site).values_list("entry_key", "status"))
    assert statuses == {"A1": "arretee", "A2": "en_cours"}
    town.report("intervention_annulee")  # says nothing of which
    assert set(Execution.objects.filter(site=town.site).values_list("status", flat=True)) == {"arretee"}


def test_an_urgent_quote_is_answered_detailed_and_followed_up(town: Town) -> None:
    town.deploy("artisan")
    town.report("demande_devis", devis_id="D1", urgence="haute")
    assert town.sent == [("devis_accuse", "sms")]
    town.later(minutes=15)
    assert town.sent[1:] == [("devis_details", "email")]
    town.later(hours=23, minutes=44)
    assert len(town.sent) == 2
    town.later(minutes=1)
    assert town.sent[2:] == [("devis_rappel", "sms")]
    town.later(hours=47)
    town.report("devis_accepte", devis_id="D1")
    assert town.execution("devis-urgent").status == "convertie"


def test_a_quote_that_is_not_urgent_starts_nothing(town: Town) -> None:
    town.deploy("artisan")
    town.report("demande_devis", devis_id="D1", urgence="basse")
    town.report("demande_devis", devis_id="D2")
    assert not Execution.objects.filter(site=town.site).exists()


@pytest.mark.parametrize("minutes", [5, 60])
def test_who_was_reached_gets_no_reminder(town: Town, minutes: int) -> None:
    """Also when the contact was made before the execution came to wait for it."""
    town.deploy("artisan")
    town.report("demande_devis", devis_id="D1", urgence="haute")
    town.later(minutes=minutes)
    town.report("contact_etabli", devis_id="D1")
    town.later(days=4)
    assert ("devis_rappel", "sms") not in town.sent
    assert town.execution("devis-urgent").status == "terminee"


def test_works_are_followed_stage_by_stage(town: Town) -> None:
    town.deploy("artisan")
    town.report("debut_travaux", chantier_id="C1")
    town.later(days=3)
    town.report("etape_chantier", chantier_id="C1", numero=1)
    town.later(days=3)
    town.report("etape_chantier", chantier_id="C1", numero="2")
    town.later(days=3)
    town.report("chantier_termine", chantier_id="C1")
    assert [name for name, _channel in town.sent] == [
        "chantier_debut", "chantier_etape_1", "chantier_etape_2", "chantier_fin",
    ]  # fmt: skip
    town.later(days=3)
    town.report("avis_client", note=5)
    assert town.execution("suivi-chantier").status == "convertie"


def test_the_lawyer_writes_at_once_after_2_hours_and_after_3(town: Town) -> None:
    town.deploy("avocat")
    town.report("demande_consultation", dossier_id="X", urgence="haute", domaine="droit pénal")
    assert town.sent == [("consultation_accuse", "email")]
    town.later(hours=2)
    assert town.sent[1:] == [("consultation_rdv", "sms")]
    town.later(hours=1)
    assert town.sent[2:] == [("consultation_preparation", "email")]
    town.report("consultation_confirmee", dossier_id="X")
    assert town.execution("consultation-urgente").status == "convertie"


def prospect(town: Town) -> None:
    """A coach's contact who has agreed to be written to."""
    town.deploy("coach")
    Consent.objects.create(
        organization=town.site.organization, contact=town.contact, purpose="marketing", channel="email",
        state="granted", at=town.now, text="J'accepte de recevoir des conseils par email.", source="api",
    )  # fmt: skip


def test_the_coach_invites_after_10_days_who_showed_interest(town: Town) -> None:
    prospect(town)
    town.report("telechargement_ressource", ressource="Guide")
    town.later(hours=1)
    town.report("contenu_consulte", contenu="video")
    town.later(hours=47)
    assert [name for name, _c in town.sent] == ["bienvenue", "valeur"]
    town.later(days=7, hours=23)
    assert len(town.sent) == 2
    town.later(hours=1)
    assert town.sent[2:] == [("invitation", "email")]
    town.report("appel_reserve")
    assert town.execution("nurturing-prospect").status == "convertie"


def test_the_coach_invites_who_answered(town: Town) -> None:
    """An answer counts as much as reading; an open and a click, which mail programs do by themselves, do not."""
    prospect(town)
    town.report("telechargement_ressource", ressource="Guide")
    town.report("email_clique")
    for _ in range(9):
        town.later(days=1)
    town.report("reponse")
    assert len(town.sent) == 2
    town.later(days=1)
    assert town.sent[2:] == [("invitation", "email")]


def test_the_coach_leaves_alone_who_did_not(town: Town) -> None:
    prospect(town)
    town.report("telechargement_ressource", ressource="Guide")
    for _ in range(20):
        town.later(days=1)
    town.contact.refresh_from_db()
    assert [name for name, _c in town.sent] == ["bienvenue", "valeur"]
    assert town.contact.tags == ["a_relancer"]


def test_works_without_stages_end_with_a_message_at_once_and_a_poor_review_is_told_to_a_person(town: Town) -> None:
    town.deploy("artisan")
    town.report("debut_travaux", chantier_id="C1")
    town.later(days=2)
    town.report("chantier_termine", chantier_id="C1")
    assert [name for name, _channel in town.sent] == ["chantier_debut", "chantier_fin"]
    town.report("avis_client", note=2)
    assert town.execution("suivi-chantier").status == "en_cours"
    told = Notification.objects.filter(organization=town.site.organization).values_list("title", flat=True)
    assert any(title.startswith("Avis réservé") for title in told)
