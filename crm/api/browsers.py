"""Events from web pages: which pages may report, what they may say, how often."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from accounts.caller import Caller
from accounts.keys import KeyKind
from accounts.models import ApiKey
from accounts.origins import allowed, of_address
from accounts.refused import note_refused
from accounts.tenancy import WRITERS
from berinia import throttle
from berinia.api import ApiError
from berinia.caller import ip_of
from crm.matching import Choice, Report

LONGEST_ORIGIN = 200


def attributed(report: Report, actor: str) -> Report:
    """Say by whom what the contact agreed to was reported: by a key that is kept secret."""
    return replace(report, consent=replace(report.consent, recorded_by=actor)) if report.consent else report


def is_ours(origin: str, request: HttpRequest) -> bool:
    """Tell whether a page is one of our own: the API's documentation, the admin."""
    return urlsplit(origin).netloc == request.get_host() or (origin == of_address(settings.PUBLIC_URL) != "")


class FromBrowsers(SiteView):
    """Pages may report, those of the key's origins: what opens the door is the key, never a cookie.

    A caller without an Origin header is no browser, and is not asked where it comes from.
    """

    publishable_methods = ("POST",)
    changed_by = WRITERS

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Answer a browser that asks, without its key, whether it may: the request itself will be told."""
        return Response(status=204)

    def perform_authentication(self, request: Request) -> None:
        """Ask for the key, but not when a browser asks beforehand."""
        if request.method != "OPTIONS":
            super().perform_authentication(request)

    def check_permissions(self, request: Request) -> None:
        """Refuse what the key is not for, and pages that it is not for. Raises ApiError 403."""
        if request.method != "OPTIONS":
            super().check_permissions(request)
            self._check_origin(request)

    def check_throttles(self, request: Request) -> None:
        """Count the request against its key and its visitor."""
        if request.method != "OPTIONS":
            super().check_throttles(request)

    def charge(self, request: Request, cost: int) -> None:
        """Count against the visitor first, so that one cannot use up what the key may do. Raises ApiError 429."""
        key: Any = request.auth
        if key.kind == KeyKind.PUBLISHABLE and cost:
            seconds = throttle.charge_visitor(key.pk, ip_of(request._request), cost)
            if seconds:
                raise ApiError(
                    429, "trop_de_requetes", f"Trop d'événements depuis cette adresse : réessayez dans {seconds} s.",
                    headers={"Retry-After": str(seconds)},
                )  # fmt: skip
        super().charge(request, cost)

    def _check_origin(self, request: Request) -> None:
        origin = _origin(request)
        if not origin or is_ours(origin, request._request):
            return
        key: Any = request.auth
        if isinstance(key, Caller):  # a page of LIVE_ORIGINS, whose user signed in: nobody else can read the token
            return
        if key.kind == KeyKind.SECRET:
            raise ApiError(
                403, "cle_secrete_exposee",
                "Une clé secrète ne s'emploie pas dans une page web, où chacun peut la lire : révoquez-la, "
                "et mettez-y une clé publiable (ber_pk_…).",
            )  # fmt: skip
        if origin not in allowed(key.origins, key.site.url):
            note_refused(key.site_id, origin[:LONGEST_ORIGIN])
            raise ApiError(403, "origine_interdite", _refusal(key, origin))

    def signed(self, report: Report) -> Report:
        """Mark what comes with a publishable key: it may not change what is known of a contact."""
        key: Any = self.request.auth
        if key.kind == KeyKind.SECRET:
            return attributed(report, self.actor)
        return replace(report, is_trusted=False, consent=report.consent and self._witnessed(report.consent))

    def _witnessed(self, choice: Choice) -> Choice:
        """Take from the request what proves a choice made in a browser: anybody could write the rest."""
        agent = self.request.META.get("HTTP_USER_AGENT", "")
        return replace(
            choice, source="page", basis="consent", at=None, recorded_by=self.actor,
            ip=ip_of(self.request), user_agent=agent.replace("\0", ""),
        )  # fmt: skip

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Let the page read the answer, a refusal too: its developer has to see why."""
        for name, value in _cors(request).items():
            response.headers[name] = value
        return super().finalize_response(request, response, *args, **kwargs)


def _origin(request: HttpRequest | Request) -> str:
    return str(request.META.get("HTTP_ORIGIN", "")).strip().lower()


def _refusal(key: ApiKey, origin: str) -> str:
    known = ", ".join(allowed(key.origins, key.site.url))
    may = f"elle l'est sur {known}" if known else "elle ne l'est sur aucune, et son site web n'a pas d'adresse"
    return (
        f"Cette clé n'est pas autorisée sur {origin[:LONGEST_ORIGIN]} ({may}) : ajoutez cette origine à la clé, "
        "dans l'administration."
    )


def _cors(request: Request) -> Mapping[str, str]:
    # Before the key is known (a preflight, a wrong key) there is nothing to tell apart; `request.auth` would ask for it
    # once more, and a refused token would be an error of ours.
    key: Any = getattr(request, "_auth", None)
    is_told = key is not None and key.kind == KeyKind.PUBLISHABLE
    origin = str(request.META.get("HTTP_ORIGIN", "")) if is_told else ""
    return {
        "Access-Control-Allow-Origin": origin or "*",
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": "86400",
        "Vary": "Origin",
    }
