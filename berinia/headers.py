"""What every answer tells the browser it may do: the content security policy, and what pages never use.

Three kinds of pages, three policies. A view that writes a policy of its own (mail previews) keeps it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Policy = Mapping[str, Sequence[str]]

# The admin. Alpine, which the theme is built on, makes functions of the expressions in its attributes: without
# 'unsafe-eval' no menu opens. Inline scripts and handlers stay closed.
PAGES: Policy = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "frame-ancestors": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
# The description of the API: scripts of ours from files, and nothing evaluated.
DOCS: Policy = {**PAGES, "script-src": ["'self'"]}
# Everything else, error pages and what contacts see: no script at all, in nobody's frame.
PLAIN: Policy = {
    "default-src": ["'none'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def policy_for(path: str) -> Policy:
    """Return the policy of an address."""
    if path.startswith("/admin/"):
        return PAGES
    return DOCS if path.startswith("/api/docs") else PLAIN


class PolicyMiddleware(CSPMiddleware):
    """django-csp, with the policy of the address."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return what build_policy makes the header of."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            parts.config = _with_sockets(request, dict(policy_for(request.path_info)))
        return parts


def _with_sockets(request: HttpRequest, policy: dict[str, Any]) -> dict[str, Any]:
    """Name the socket of our own host: older Safaris do not take it for 'self'."""
    if "connect-src" in policy:
        try:
            host = request.get_host()
        except DisallowedHost:
            return policy
        scheme = "wss" if request.is_secure() else "ws"
        policy["connect-src"] = [*policy["connect-src"], f"{scheme}://{host}"]
    return policy


def permissions(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Close what no page of ours uses. A middleware."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if settings.IS_HTTPS:
            response.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return answer
