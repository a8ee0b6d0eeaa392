"""Access: each request has an id, one line in the log, and its place in the figures of /metrics.

The first middleware: it sees what all others answer. An id that a proxy gives (X-Request-Id) is kept, so that its log
and ours can be laid side by side; it goes back with the answer, and stands in every line that is logged meanwhile.
The line names the route, not the address: addresses hold tokens and what people search for.
"""

import logging
import os
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from berinia.logs import about
from berinia.metrics import REGISTRY

logger = logging.getLogger(__name__)

HEADER = "X-Request-Id"
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
KINDS = {
    "admin": "admin", "api": "api", "webhooks": "webhook", "static": "static", "healthz": "health", "metrics": "health",
    "u": "public", "o": "public", "c": "public", "alertes": "public", "berinia.js": "public",
}  # fmt: skip
QUIET = frozenset({"static", "health"})  # probes and files say nothing
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# One web process answers for itself alone: several behind one address are told apart by `process`.
PROCESS = str(os.getpid())
REQUESTS = Counter(
    "berinia_http_requests_total", "Requests that this web process answered, by kind of route, method and status.",
    ["kind", "method", "status", "process"], registry=REGISTRY,
)  # fmt: skip
SECONDS = Histogram(
    "berinia_http_request_seconds", "How long this web process took to answer.", ["kind", "process"],
    buckets=BUCKETS, registry=REGISTRY,
)  # fmt: skip


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer with the id of the request, log it, and count it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        began, name = time.perf_counter(), request_id(request)
        with about(request=name):
            response = get_response(request)
            response[HEADER] = name
            _told(request, response.status_code, time.perf_counter() - began)
        return response

    return answer


def request_id(request: HttpRequest) -> str:
    """Return the id that the caller gave, if it is fit to be logged, else a new one."""
    given = request.headers.get(HEADER, "")
    return given if GIVEN.fullmatch(given) else secrets.token_hex(8)


def kind_of(path: str) -> str:
    """Return the kind of route that a path belongs to: what figures are kept by."""
    return KINDS.get(path.lstrip("/").partition("/")[0], "other")


def _told(request: HttpRequest, status: int, seconds: float) -> None:
    kind = kind_of(request.path)
    method = request.method if request.method in METHODS else "OTHER"
    REQUESTS.labels(kind, method, str(status), PROCESS).inc()
    SECONDS.labels(kind, PROCESS).observe(seconds)
    if kind not in QUIET:
        logger.info("%s", f"{method} {_route(request)} {status}", extra={
            "method": method, "route": _route(request), "status": status, "ms": round(1000 * seconds),
            "user": _user_of(request),
        })  # fmt: skip


def _route(request: HttpRequest) -> str:
    found = request.resolver_match
    return f"/{found.route}" if found is not None else "?"


def _user_of(request: HttpRequest) -> int | None:
    """Return who is signed in, if that was looked up already: to log must not ask the database."""
    return getattr(getattr(request, "_cached_user", None), "pk", None)
