"""Whatever goes wrong, the answer has one shape, and is never a 500."""

import time

import pytest

from accounts.authentication import KNOWN_FOR_SECONDS
from accounts.models import ApiKey
from crm.models import Event
from tests.acts.api.test_events import EVENT, refused
from tests.make import NOW


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer faux", "Basic YTpi", "Bearer a b", "Bearer \xe9\xff", f"Bearer {'x' * 5000}"]
)
def test_a_missing_or_wrong_key_is_401(nobody, header):
    answer = nobody.post("/api/events", EVENT, Authorization=header)
    refused(answer, 401, "cle_invalide")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_no_header_is_401(nobody):
    refused(nobody.get("/api/workflows"), 401, "cle_invalide")


def test_a_revoked_key_closes_within_two_seconds(api):
    assert api.post("/api/events", EVENT).status_code == 202
    ApiKey.objects.get(site=api.site).revoke(NOW)
    assert KNOWN_FOR_SECONDS < 2
    time.sleep(KNOWN_FOR_SECONDS)
    refused(api.post("/api/events", EVENT), 401, "cle_invalide")


@pytest.mark.parametrize("path", ["/api/", "/api/nulle-part", "/api/events/", "/api/workflows/x/y", "/api/events/%00"])
def test_an_unknown_address_is_404_json(api, path):
    refused(api.get(path), 404, "introuvable")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/events"), ("DELETE", "/api/workflows"), ("PATCH", "/api/orchestrator/automation")],
)
def test_an_unknown_method_is_405_with_those_there_are(api, method, path):
    answer = api(method, path)
    refused(answer, 405, "methode_interdite")
    assert answer["Allow"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b'{"evenement": "\x00"}'])
def test_invalid_json_is_400(api, body):
    refused(api.post("/api/events", body), 400, "json_invalide")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"donnees":' * 30 + b"1" + b"}" * 30])
def test_deep_json_is_400(api, body):
    refused(api.post("/api/events", body), 400, "json_trop_profond")


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/xml", "image/png"])
def test_another_content_type_is_415(api, content_type):
    refused(api.post("/api/events", EVENT, Content_Type=content_type), 415, "type_de_contenu")


def test_an_oversized_body_is_400_and_not_read(api, settings):
    settings.API_MAX_BODY_BYTES = 1000
    refused(api.post("/api/events", b" " * 1001), 400, "corps_trop_gros")
    refused(api.post("/api/events", b" " * 1000), 400, "json_invalide")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/workflows?limit=0", "limit"),
        ("/api/workflows?limit=201", "limit"),
        ("/api/workflows?limit=-1", "limit"),
        ("/api/workflows?cursor=abc", "cursor"),
        ("/api/workflows/execute?cursor=%00", "cursor"),
        (f"/api/workflows/execute?cursor={'9' * 30}", "cursor"),
        ("/api/workflows/execute?cursor=²", "cursor"),
        ("/api/workflows/execute?id=abc", "id"),
    ],
)
def test_a_bad_parameter_is_400(api, path, field):
    refused(api.get(path), 400, "parametre_invalide", field)


def test_too_many_requests_are_429_each_key_for_itself(api, stranger, settings):
    settings.API_THROTTLE_PER_MINUTE = 3
    answers = [api.post("/api/events", EVENT) for _ in range(8)]  # more than two minutes' worth, if one ends meanwhile
    held = [answer for answer in answers if answer.status_code == 429]
    assert len(held) >= 2
    for answer in held:
        refused(answer, 429, "trop_de_requetes")
        assert 1 <= int(answer["Retry-After"]) <= 60
    assert Event.objects.count() == 8 - len(held)
    assert stranger.post("/api/events", EVENT).status_code == 202


def test_a_batch_counts_as_its_size(api, settings):
    settings.API_THROTTLE_PER_MINUTE = 100
    refused(api.post("/api/events/batch", {"evenements": [EVENT] * 101}), 429, "trop_de_requetes")
    assert not Event.objects.exists()


def test_no_limit_is_no_limit(api, settings):
    settings.API_THROTTLE_PER_MINUTE = 0
    assert {api.post("/api/events", EVENT).status_code for _ in range(5)} == {202}


def test_without_redis_nothing_is_refused(api, settings):
    settings.API_THROTTLE_PER_MINUTE = 1
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert {api.post("/api/events", EVENT).status_code for _ in range(3)} == {202}


def test_the_schema_is_valid_and_the_docs_answer(nobody):
    schema = nobody.get("/api/schema", Accept="application/json")
    assert schema.status_code == 200
    paths = schema.json()["paths"]
    assert set(paths) >= {
        "/api/events",
        "/api/events/batch",
        "/api/events/{event_id}",
        "/api/workflows",
        "/api/workflows/execute",
        "/api/analytics/conversions",
        "/api/orchestrator/automation",
    }
    assert schema.json()["components"]["securitySchemes"]["cle_de_site"]["scheme"] == "bearer"
    assert nobody.get("/api/docs", Accept="text/html").status_code == 200


def test_the_schema_generates_without_warnings():
    from django.core.management import call_command

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
