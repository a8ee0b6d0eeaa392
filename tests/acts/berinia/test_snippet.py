"""GET /berinia.js: small, cached, readable from any page."""

import gzip
import re

from django.test import Client

from berinia.snippet import LARGEST, SOURCE, stripped


def fetched(**headers: str):
    return Client().get("/berinia.js", headers={"Accept-Encoding": "gzip", **headers})


def test_it_weighs_3_kilobytes_at_most_and_needs_nothing_else():
    answer = fetched()
    assert len(answer.content) <= LARGEST == 3_072
    code = gzip.decompress(answer.content).decode()
    assert code == fetched(**{"Accept-Encoding": "identity"}).content.decode()
    assert not re.search(r"\b(import|require)\b|https?://|document\.cookie|localStorage|\beval\b", code)


def test_any_page_may_load_it_and_keeps_it_an_hour():
    answer = fetched()
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Accept-Encoding" in answer["Vary"]
    assert not answer.cookies


def test_a_browser_that_has_it_is_told_so():
    tag = fetched()["ETag"]
    again = fetched(**{"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert Client().post("/berinia.js").status_code == 405


def test_only_margins_and_comments_are_left_out():
    assert stripped('// what for\n\n  let a = "// no";\n    // why\n  a += 1;\n') == 'let a = "// no";\na += 1;\n'
    kept = stripped(SOURCE.read_text())
    # A comment behind code, or a text over several lines, would be cut or changed.
    assert "/*" not in kept
    assert "`" not in kept
