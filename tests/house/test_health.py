"""/healthz says which part is silent, and never breaks itself."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from berinia import health
from berinia.redis_client import connected

PARTS = ("worker", "delivery", "agents", "beat")


@pytest.fixture(autouse=True)
def _no_heartbeats() -> None:
    connected().delete(*(f"berinia:heartbeat:{part}" for part in PARTS))


@pytest.mark.django_db
def test_it_is_healthy_when_every_part_was_heard_of(client: Client) -> None:
    for part in PARTS:
        health.beats(part)

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == dict.fromkeys(("database", "redis", *PARTS), "ok")


@pytest.mark.django_db
def test_a_silent_part_is_named(client: Client) -> None:
    health.beats("worker")
    health.beats("beat")

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["delivery"] == "silent"
    assert answer.json()["worker"] == "ok"


@pytest.mark.django_db
def test_a_heartbeat_ends_by_itself() -> None:
    health.beats("beat")

    assert 0 < connected().ttl("berinia:heartbeat:beat") <= health.FRESH_SECONDS


@pytest.mark.django_db
def test_a_redis_that_is_away_is_named_and_breaks_nothing(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert answer.json()["redis"] == answer.json()["worker"] == "ConnectionError"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_named_and_breaks_nothing(client: Client, monkeypatch: Any) -> None:
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "OperationalError"
    assert answer.json()["redis"] == "ok"


@pytest.mark.django_db
def test_a_container_asks_for_one_part() -> None:
    with pytest.raises(CommandError, match="beat: silent"):
        call_command("heard", "beat")
    health.beats("beat")
    call_command("heard", "beat")


@pytest.mark.django_db
def test_a_probe_may_come_under_any_host_name(client: Client) -> None:
    assert "database" in client.get("/healthz", headers={"host": "10.2.3.4"}).json()
