"""`GET /berinia.js`: the script that sites include, without its comments, compressed once.

Its source is berinia/static/berinia/berinia.js; docs/snippet.md says how a site uses it.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import patch_vary_headers

SOURCE = Path(__file__).parent / "static" / "berinia" / "berinia.js"
LARGEST = 3_072  # what it weighs on its way, compressed


@dataclass(frozen=True, slots=True)
class Script:
    """What is served, plain and compressed, and the mark by which a browser knows that it has it."""

    plain: bytes
    packed: bytes
    etag: str


def stripped(source: str) -> str:
    """Return a script without margins, empty lines, and lines that hold a comment only."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@cache
def script() -> Script:
    """Return the script, read once a process."""
    plain = stripped(SOURCE.read_text("utf-8")).encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


def snippet(request: HttpRequest) -> HttpResponse:
    """Answer with the script, for pages of any site; 304 when the browser has it."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = script()
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    response = _body(request, found) if found.etag not in known else HttpResponse(status=304)
    response["ETag"] = found.etag
    response["Cache-Control"] = "public, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"  # so that a page may pin it with integrity= and crossorigin
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _body(request: HttpRequest, found: Script) -> HttpResponse:
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.packed if is_packed else found.plain, content_type="text/javascript; charset=utf-8")
    if is_packed:
        response["Content-Encoding"] = "gzip"
    return response
