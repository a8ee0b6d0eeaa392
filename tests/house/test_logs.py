"""No key, email or phone number gets into the logs in full."""

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.test import Client

from berinia.celery import forget_task, name_task
from berinia.logs import JsonFormatter, TextFormatter, about, ids_of, redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to jean.dupont@example.com", "to j…@example.com"),
        ("to +33612345678", "to +33…78"),
        ("to +33 6 12 34 56 78 now", "to +33…78 now"),
        ("To=%2B33612345678&Body=x", "To=%2B33…78&Body=x"),
        ("appel du 06 12 34 56 78", "appel du 06…78"),
        ("appel du 0612345678", "appel du 06…78"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer …"),
        ("key ber_sk_7NLuqUES8q01NplGPM", "key ber_sk_…"),
        ("key re_123456789abc", "key re_…"),
        ("redis://:s3cret-pass@127.0.0.1:6379/0", "redis://:…@127.0.0.1:6379/0"),
        ("token 0123456789abcdef0123456789abcdef", "token …"),
        ("execution 1234567890 due 2026-03-10 10:00:00", "execution 1234567890 due 2026-03-10 10:00:00"),
        ("127.0.0.1:52044 took 0.0123 s", "127.0.0.1:52044 took 0.0123 s"),
    ],
)
def test_what_is_hidden_and_what_is_not(text: str, expected: str) -> None:
    assert redact(text) == expected


def _record(message: str, error: Exception) -> logging.LogRecord:
    try:
        raise error
    except (ValueError, redis.ConnectionError) as raised:
        info = (type(raised), raised, raised.__traceback__)
    return logging.LogRecord("crm.ingest", logging.ERROR, __file__, 1, message, None, info)


def test_a_traceback_is_redacted_too() -> None:
    line = TextFormatter().format(_record("failed", ValueError("jean@example.com is taken")))
    assert "Traceback" in line
    assert "jean@" not in line


def test_json_is_one_line_with_the_error_in_it() -> None:
    line = JsonFormatter(["the-secret-itself"]).format(_record("with the-secret-itself", ValueError("bad")))
    assert "\n" not in line
    content = json.loads(line)
    assert content["message"] == "with …"
    assert content["error"].endswith("ValueError: bad")
    assert content["level"] == "error"


def test_a_server_that_is_away_is_one_line() -> None:
    line = TextFormatter().format(_record("failed", redis.ConnectionError("Error 111 connecting to 127.0.0.1")))
    assert line.splitlines()[1:] == ["ConnectionError: Error 111 connecting to 127.0.0.1"]


def _line(formatter: TextFormatter, **extra: object) -> str:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "done for jean@example.com", None, None)
    record.__dict__.update(extra)
    return formatter.format(record)


def test_a_line_says_what_it_is_about() -> None:
    with about(request="abc", execution=12), about(message=34, event=None):
        content = json.loads(_line(JsonFormatter()))
        text = _line(TextFormatter())
    assert (content["request"], content["execution"], content["message_id"]) == ("abc", 12, 34)
    assert content["message"] == "done for j…@example.com"
    assert "event" not in content
    assert text.endswith("done for j…@example.com [request=abc execution=12 message=34]")
    assert "execution" not in json.loads(_line(JsonFormatter()))


def test_one_line_may_say_more_of_itself() -> None:
    row = SimpleNamespace(id=7, execution_id=12, organization_id=3)
    content = json.loads(_line(JsonFormatter(), **ids_of("message", row)))
    assert (content["message_id"], content["execution"], content["organization"]) == (7, 12, 3)
    assert "message=7" in _line(TextFormatter(), **ids_of("message", row))


def test_what_a_line_is_about_is_redacted_too() -> None:
    assert json.loads(_line(JsonFormatter(), route="/u/jean@example.com"))["route"] == "/u/j…@example.com"


def test_what_a_task_logs_bears_its_name() -> None:
    name_task(task_id="t-1", task=SimpleNamespace(name="workflows.tasks.drain"))
    content = json.loads(_line(JsonFormatter()))
    forget_task()
    assert (content["task"], content["task_id"]) == ("workflows.tasks.drain", "t-1")
    assert "task" not in json.loads(_line(JsonFormatter()))


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_id_and_no_address(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="berinia.access"):
        answer = client.get("/u/some-secret-token?email=jean@example.com", headers={"x-request-id": "from-the-proxy-1"})
    (record,) = [r for r in caplog.records if r.name == "berinia.access"]
    assert answer["X-Request-Id"] == "from-the-proxy-1"
    line = JsonFormatter().format(record)
    content = json.loads(line)
    assert (content["method"], content["route"], content["status"]) == ("GET", "/u/<str:token>", answer.status_code)
    assert content["ms"] >= 0
    assert "secret" not in line
    assert "jean" not in line


@pytest.mark.django_db
def test_a_line_names_who_was_signed_in(admin_client: Client, admin_user: Any, caplog: Any) -> None:
    with caplog.at_level(logging.INFO, logger="berinia.access"):
        admin_client.get("/admin/")
    assert caplog.records[-1].user == admin_user.pk


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space and more", "line\nfeed-line-feed", "é" * 12])
def test_an_id_that_is_not_fit_is_replaced(client: Client, given: str) -> None:
    answer = client.get("/api/inconnu", headers={"x-request-id": given})
    assert answer["X-Request-Id"] != given
    assert len(answer["X-Request-Id"]) == 16


def test_probes_are_not_logged(client: Client, caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    settings.METRICS_TOKEN = "some-token"
    with caplog.at_level(logging.INFO, logger="berinia.access"):
        client.get("/metrics")
    assert not [r for r in caplog.records if r.name == "berinia.access"]
