"""GET /api/analytics/conversions: sums of the hourly counters."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models.metric import Counted, count, hour_of
from tests.acts.api.test_events import refused
from tests.make import make_workflow

PATH = "/api/analytics/conversions"


def counted(workflow, ago=timedelta(0), **values):
    """Write counters of a workflow, as those of the hour so long ago."""
    hour = hour_of(timezone.now() - ago)
    count(
        {Counted(workflow.organization_id, workflow.site_id, workflow.pk, hour, name): n for name, n in values.items()}
    )


def test_realtime_shows_a_day_an_hour_and_the_best(api):
    first, second = make_workflow(site=api.site, slug="un"), make_workflow(site=api.site, slug="deux")
    counted(
        first,
        started=10,
        converted=3,
        completed=1,
        messages_sent_sms=20,
        messages_sent_email=5,
        messages_sent_whatsapp=4,
        response_seconds=30,
        responses=10,
    )
    counted(second, timedelta(hours=5), started=4, converted=4, messages_failed=2)
    counted(second, timedelta(hours=30), started=1000)
    data = api.get(f"{PATH}?format=realtime").json()["data"]
    general = data["metriques_generales"]
    assert (general["commencees"], general["converties"], general["workflows_actifs"]) == (14, 7, 2)
    assert (general["taux_conversion"], general["delai_reponse_secondes"]) == (0.875, 3.0)
    assert general["messages_envoyes"] == {"email": 5, "sms": 20, "whatsapp": 4}
    assert general["messages_echoues"] == 2
    assert (data["activite_1h"]["commencees"], data["activite_1h"]["depuis"] is not None) == (10, True)
    assert [(w["slug"], w["converties"]) for w in data["top_workflows"]] == [("deux", 4), ("un", 3)]


def test_without_data_there_are_zeros_and_no_rate(api):
    data = api.get(f"{PATH}?format=realtime").json()["data"]
    assert (data["metriques_generales"]["commencees"], data["metriques_generales"]["taux_conversion"]) == (0, None)
    assert data["top_workflows"] == []
    assert api.get(PATH).json()["data"]["secteurs"] == []


@pytest.mark.parametrize(("period", "expected", "days"), [("24h", 1, 2), ("7d", 3, 8), ("30d", 7, 31)])
def test_a_period_is_what_it_says(api, period, expected, days):
    workflow = make_workflow(site=api.site)
    counted(workflow, started=1)
    counted(workflow, timedelta(days=3), started=2)
    counted(workflow, timedelta(days=20), started=4)
    counted(workflow, timedelta(days=40), started=8)
    data = api.get(f"{PATH}?period={period}").json()["data"]
    assert data["totaux"]["commencees"] == expected
    assert sum(day["commencees"] for day in data["historique"]) == expected
    assert len(data["historique"]) == days
    assert data["historique"][-1]["commencees"] == 1


def test_sectors_stand_beside_their_targets(api):
    plumber = make_workflow(site=api.site, sector="plombier")
    lawyer = make_workflow(site=api.site, sector="avocat")
    counted(plumber, converted=9, completed=1)
    data = api.get(f"{PATH}?period=7d").json()["data"]
    assert [s["secteur"] for s in data["secteurs"]] == ["avocat", "plombier"]
    shown = data["secteurs"][1]
    assert (shown["taux_conversion"], shown["objectif"]["conversion"], shown["ecart_conversion"]) == (0.9, 0.98, -0.08)
    assert data["secteurs"][0]["ecart_conversion"] is None
    counted(lawyer, started=5)
    only = api.get(f"{PATH}?secteur=avocat").json()["data"]
    assert ([s["secteur"] for s in only["secteurs"]], only["totaux"]["commencees"], only["totaux"]["converties"]) == (
        ["avocat"],
        5,
        0,
    )


def test_only_the_keys_own_site_counts(api, stranger):
    counted(make_workflow(site=stranger.site), started=5)
    assert api.get(PATH).json()["data"]["totaux"]["commencees"] == 0


@pytest.mark.parametrize(
    ("query", "field"), [("format=csv", "format"), ("period=1y", "period"), ("secteur=boucher", "secteur")]
)
def test_an_unknown_parameter_is_400(api, query, field):
    refused(api.get(f"{PATH}?{query}"), 400, "parametre_inconnu", field)
