"""A site replays its last days into a definition over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.make import make_contact, make_event
from workflows.deploy import deploy
from workflows.models import Execution

URL = "/api/workflows/urgence-24h/replay"


@pytest.fixture(autouse=True)
def called(api: Any, now: Any) -> None:
    deploy(api.site, "plombier", now=now)
    yesterday = datetime.now(tz=UTC) - timedelta(days=1)
    make_event(contact=make_contact(site=api.site), occurred_at=yesterday, received_at=yesterday)


def test_it_says_what_would_have_gone_to_whom(api: Any) -> None:
    answer = api.post(URL, {"jours": 30})
    assert answer.status_code == 200, answer.content
    data = answer.json()["data"]
    assert (data["demarrees"], data["coupe"]) == (1, False)
    assert data["messages"][0]["contact"] == "Jean Dupont"
    assert data["messages"][0]["modele"] == "plombier/urgence_accuse"
    assert data["euros"] > 0
    assert not Execution.objects.exists()


def test_a_definition_is_replayed_in_place_of_the_published_one(api: Any) -> None:
    body = {"definition": "trigger: {event: autre}\nsteps: [{id: a, stop: fini}]"}
    assert api.post(URL, body).json()["data"]["demarrees"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [({"jours": 8}, "jours"), ({"definition": {}}, "definition.trigger"), ({"brouillon": True}, "brouillon")],
)
def test_bad_input_is_said_with_its_place(api: Any, body: Any, field: str) -> None:
    answer = api.post(URL, body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_only_the_secret_key_of_the_site_opens_it(browser: Any, stranger: Any, nobody: Any) -> None:
    assert [who.post(URL, {}).status_code for who in (browser, stranger, nobody)] == [403, 404, 401]
