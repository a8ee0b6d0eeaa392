"""`GET /metrics` for Prometheus: what all processes do, read from PostgreSQL and Redis, and what this web process did.

Answered before sessions, as /healthz is. Apps register collectors when they are ready: workflows/measures.py is the big
one. Who may ask: whoever knows METRICS_TOKEN; without one, this machine alone, and nobody through a proxy.
"""

import hmac
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

PATH = "/metrics"
# A proxy on this machine asks from this machine: each of these says that it speaks for somebody else.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA", "HTTP_X_FORWARDED_HOST")

disable_created_metrics()  # a series more for each counter, which nobody asks for
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer /metrics, and let everything else through."""
    return lambda request: metrics(request) if request.path == PATH else get_response(request)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer all figures as text, or say why not."""
    if request.method not in ("GET", "HEAD"):
        return _text("GET only\n", 405, Allow="GET, HEAD")
    if settings.METRICS_TOKEN:
        if not _knows_token(request):
            return _text("the token of METRICS_TOKEN is needed\n", 401, **{"WWW-Authenticate": "Bearer"})
    elif not is_local(request):
        return _text("only from this machine, or set METRICS_TOKEN\n", 403)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _text(text: str, status: int, **headers: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)
    response._has_been_logged = True  # type: ignore[attr-defined] # Django would log each
    return response


def _knows_token(request: HttpRequest) -> bool:
    kind, _space, given = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), settings.METRICS_TOKEN.encode())
    return kind.lower() == "bearer" and right


def is_local(request: HttpRequest) -> bool:
    """Tell whether a request comes from this machine, and not from a proxy on it."""
    if any(request.META.get(header) for header in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
