"""A WSGI application under an ASGI server: nothing of a request or an answer is lost."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from berinia.threads import AT_ONCE, Threads

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/é",
    "query_string": b"a=1",
    "http_version": "1.1",
    "server": ("127.0.0.1", 8000),
    "client": ("10.0.0.1", 1234),
    "headers": [
        (b"host", b"x"),
        (b"content-length", b"6"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x_forged", b"1"),
    ],
}
BODY = [
    {"type": "http.request", "body": b"abc", "more_body": True},
    {"type": "http.request", "body": b"def", "more_body": False},
]


def run(app, messages=BODY, **changes):
    """Send one request; return the messages of the answer."""
    sent, coming = [], iter(messages)

    async def receive():
        return next(coming)

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(Threads(app, pool)(SCOPE | changes, receive, send))
    return sent


class Chunks(list):
    """An answer that remembers that it was closed."""

    closed = False

    def close(self):
        self.closed = True


def test_a_request_comes_through_whole():
    seen = {}

    def app(environ, start_response):
        seen.update(environ, body=environ["wsgi.input"].read())
        start_response("202 Accepted", [("X-Name", "é")])
        return [b"a", b"b"]

    start, end = run(app)
    assert (start["status"], start["headers"]) == (202, [(b"x-name", "é".encode("latin-1"))])
    assert end == {"type": "http.response.body", "body": b"ab"}
    assert (seen["body"], seen["PATH_INFO"], seen["QUERY_STRING"]) == (
        b"abcdef",
        "é".join(["/", ""]).encode().decode("latin-1"),
        "a=1",
    )
    assert (seen["CONTENT_LENGTH"], seen["HTTP_HOST"], seen["HTTP_COOKIE"], seen["REMOTE_ADDR"]) == (
        "6",
        "x",
        "a=1; b=2",
        "10.0.0.1",
    )
    assert "HTTP_X_FORGED" not in seen


def test_a_long_answer_is_sent_in_pieces_and_closed():
    answer = Chunks([b"x" * AT_ONCE, b"y" * AT_ONCE, b"z"])

    def app(environ, start_response):
        start_response("200 OK", [])
        return answer

    messages = run(app)
    assert [m["type"] for m in messages] == ["http.response.start"] + ["http.response.body"] * 3
    assert b"".join(m["body"] for m in messages[1:]) == b"".join(answer)
    assert [m.get("more_body", False) for m in messages[1:]] == [True, True, False]
    assert answer.closed


def test_an_empty_answer_is_one():
    def app(environ, start_response):
        start_response("204 No Content", [])
        return []

    assert [m["type"] for m in run(app)] == ["http.response.start", "http.response.body"]


def test_who_leaves_early_is_not_answered():
    def app(environ, start_response):
        raise AssertionError("nobody waits for this")

    assert run(app, [BODY[0], {"type": "http.disconnect"}]) == []


def test_an_error_reaches_the_server_and_nothing_was_sent():
    def app(environ, start_response):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        run(app)


def test_only_http_is_answered():
    with pytest.raises(ValueError, match="websocket"):
        run(None, type="websocket")
