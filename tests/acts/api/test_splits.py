"""How the ways of splits compare, over REST; and events that nobody outside may report."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crm.models import Event
from crm.models.metric import Counted, count, hour_of
from tests.make import make_workflow


@pytest.mark.parametrize("by", ["slug", "pk"])
def test_the_ways_of_a_split_are_compared(api: Any, by: str) -> None:
    workflow = make_workflow(site=api.site)
    hour = hour_of(datetime.now(UTC))
    for name, value in {"branch/essai/court": 8, "branch/essai/long": 2, "converted/essai/court": 3}.items():
        count({Counted(api.site.organization_id, api.site.pk, workflow.pk, hour, name): value})
    answer = api.get(f"/api/workflows/{getattr(workflow, by)}/splits?period=24h")
    assert answer.json()["data"] == [
        {"etape": "essai", "voie": "court", "entrees": 8, "converties": 3, "taux_conversion": 0.375},
        {"etape": "essai", "voie": "long", "entrees": 2, "converties": 0, "taux_conversion": 0.0},
    ]


def test_another_sites_workflow_is_not_there(api: Any, stranger: Any) -> None:
    workflow = make_workflow(site=stranger.site)
    assert api.get(f"/api/workflows/{workflow.slug}/splits").status_code == 404


@pytest.mark.parametrize("name", ["message_echoue", "appel_http_abouti", "tache_terminee", "segment.fideles"])
def test_what_berinia_itself_reports_is_refused_from_outside(api: Any, name: str) -> None:
    answer = api.post("/api/events", {"evenement": name, "contactData": {"email": "a@exemple.fr"}})
    assert (answer.status_code, answer.json()["error"], answer.json()["field"]) == (
        422,
        "evenement_reserve",
        "evenement",
    )
    assert Event.objects.count() == 0
