"""No key, email or phone number gets into the logs in full."""

import json
import logging

import pytest
import redis

from berinia.logs import JsonFormatter, TextFormatter, redact


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
