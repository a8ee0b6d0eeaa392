"""/api/orchestrator/automation: computed from the data."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.acts.api.test_analytics import counted
from tests.acts.api.test_events import refused
from tests.make import make_execution, make_message, make_workflow

PATH = "/api/orchestrator/automation"


def analysis(api, sector="plombier"):
    return api.post(PATH, {"action": "analyze_sector", "siteId": api.site.slug, "secteur": sector}).json()["data"]


def ended(workflow, number, **changes):
    now = timezone.now()
    for _ in range(number):
        make_execution(workflow=workflow, started_at=now - timedelta(hours=1), ended_at=now, due_at=None, **changes)


def test_a_sector_that_is_not_deployed_is_said_to_be(api):
    found = analysis(api)
    assert found["deploye"] is False
    assert [r["code"] for r in found["recommandations"]] == ["non_deploye"]


def test_without_data_the_analysis_says_so(api):
    make_workflow(site=api.site, sector="plombier")
    found = analysis(api)
    assert found["points_de_friction"] == []
    assert "pas_de_donnees" in [r["code"] for r in found["recommandations"]]
    assert found["performance"]["taux_conversion"] is None


def test_the_steps_that_lose_people_are_found_with_their_figures(api):
    workflow = make_workflow(site=api.site, sector="plombier", name="Urgence")
    ended(workflow, 6, status="arretee", at="pause")
    ended(workflow, 2, status="echouee", at="accuse")
    ended(workflow, 12, status="convertie", at="_fin")
    counted(workflow, started=20, converted=12, stopped=6, failed=2)
    found = analysis(api)
    shown = ("etape", "arretees", "echouees", "finies", "part")
    frictions = [tuple(friction[name] for name in shown) for friction in found["points_de_friction"]]
    assert frictions == [("pause", 6, 0, 20, 0.3), ("accuse", 0, 2, 20, 0.1)]
    texts = " ".join(r["texte"] for r in found["recommandations"])
    assert "6 exécutions sur 20 (30 %)" in texts
    assert "60 % (12 sur 20), objectif 98 %" in texts


def test_messages_that_were_not_sent_are_said_with_the_reason(api):
    workflow = make_workflow(site=api.site, sector="plombier")
    execution = make_execution(workflow=workflow)
    make_message(execution=execution, status="suppressed", reason="pas_de_telephone", created_at=timezone.now())
    counted(workflow, started=1, messages_suppressed=1)
    assert "messages_non_envoyes" in [r["code"] for r in analysis(api)["recommandations"]]


def test_insights_are_the_numbers_of_one_sector(api):
    plumber, lawyer = make_workflow(site=api.site, sector="plombier"), make_workflow(site=api.site, sector="avocat")
    counted(plumber, started=5, converted=2, messages_sent_sms=7, messages_sent_email=1, messages_sent_whatsapp=2)
    counted(lawyer, started=50)
    found = api.put(PATH, {"action": "get_sector_insights", "secteur": "plombier"}).json()["data"]
    assert (found["commencees"], found["objectif"]["conversion"]) == (5, 0.98)
    assert found["canaux"] == {"email": 1, "sms": 7, "whatsapp": 2}
    assert [w["slug"] for w in found["workflows"]] == [plumber.slug]
    assert found["meilleur_jour"]["converties"] == 2


def test_a_report_compares_with_the_period_before(api):
    workflow = make_workflow(site=api.site)
    counted(workflow, started=2, converted=3)
    counted(workflow, timedelta(days=2), started=4, completed=1)
    counted(workflow, timedelta(days=9), started=4, converted=1, completed=1)
    found = api.put(PATH, {"action": "get_performance_report", "period": "7d"}).json()["data"]
    assert (found["totaux"]["commencees"], found["periode_precedente"]["commencees"]) == (6, 4)
    assert found["evolution"] == {"commencees": 0.5, "converties": 2.0, "points_de_conversion": 0.25}


def test_a_report_on_nothing_compares_nothing(api):
    found = api.put(PATH, {"action": "get_performance_report"}).json()["data"]
    assert found["evolution"] == {"commencees": None, "converties": None, "points_de_conversion": None}


def test_stats_tell_how_the_automation_is_doing(api):
    workflow = make_workflow(site=api.site, sector="plombier")
    make_workflow(site=api.site, status="en_pause")
    sent_at = timezone.now()
    make_message(execution=make_execution(workflow=workflow), status="sent", sent_at=sent_at)
    counted(workflow, started=2)
    found = api.get(f"{PATH}?action=get_agent_stats").json()["data"]
    assert found["workflows"] == {"actif": 1, "en_pause": 1, "arrete": 0}
    assert (found["dernieres_24h"]["commencees"], found["secteurs"]) == (2, ["plombier"])
    assert datetime.fromisoformat(found["dernier_message_le"]) == sent_at


def test_other_sites_do_not_count(api, stranger):
    theirs = make_workflow(site=stranger.site, sector="plombier")
    counted(theirs, started=9)
    assert analysis(api)["performance"]["commencees"] == 0
    refused(
        api.post(PATH, {"action": "analyze_sector", "siteId": stranger.site.slug, "secteur": "plombier"}),
        404,
        "site_inconnu",
        "siteId",
    )


@pytest.mark.parametrize(
    ("method", "body", "known"),
    [
        ("POST", {"action": "get_agent_stats"}, "analyze_sector"),
        ("PUT", {}, "get_performance_report, get_sector_insights"),
        ("PUT", {"action": "analyze_sector"}, "get_sector_insights"),
    ],
)
def test_an_unknown_action_lists_those_there_are(api, method, body, known):
    answer = api(method, PATH, body)
    refused(answer, 400, "action_inconnue", "action")
    assert known in answer.json()["detail"]


def test_an_unknown_action_of_get_is_400(api):
    refused(api.get(PATH), 400, "action_inconnue", "action")
    refused(api.get(f"{PATH}?action=x"), 400, "action_inconnue", "action")


def test_an_unknown_sector_is_404_an_unknown_period_400(api):
    body = {"action": "analyze_sector", "siteId": api.site.slug, "secteur": "boucher"}
    refused(api.post(PATH, body), 404, "secteur_inconnu", "secteur")
    refused(api.put(PATH, {"action": "get_sector_insights", "secteur": "boucher"}), 404, "secteur_inconnu", "secteur")
    refused(api.put(PATH, {"action": "get_performance_report", "period": "1y"}), 400, "parametre_inconnu", "period")
