"""Site keys at the door of the API: `Authorization: Bearer ber_sk_…`."""

import time
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from accounts.keys import digest
from accounts.models import ApiKey

# How long a key is known without asking the database: a revoked one may serve for this long.
KNOWN_FOR_SECONDS = 1.0
MOST_KNOWN = 10_000

_known: dict[str, tuple[float, ApiKey]] = {}


def key_of(plain: str) -> ApiKey | None:
    """Return the key that a plain text opens, with its site and organization, or None."""
    name, now = digest(plain), time.monotonic()
    if (found := _known.get(name)) and found[0] > now:
        return found[1]
    key = ApiKey.objects.valid(plain).first()
    if key is None:
        _known.pop(name, None)
        return None
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[name] = (now + KNOWN_FOR_SECONDS, key)
    return key


class SiteKeyAuthentication(BaseAuthentication):
    """The key stands for its site; there is no user behind it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey]:
        """Return the key of the request. Raises NotAuthenticated and AuthenticationFailed."""
        match get_authorization_header(request).split():
            case []:
                raise NotAuthenticated("Clé API absente : ajoutez l'en-tête Authorization: Bearer <clé>.")
            case [scheme, plain] if scheme.lower() == b"bearer":
                key = key_of(plain.decode("latin-1"))
            case _:
                key = None
        if key is None:
            raise AuthenticationFailed("Clé API inconnue ou révoquée.")
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, for the WWW-Authenticate header."""
        return 'Bearer realm="api"'


class SiteKeyScheme(OpenApiAuthenticationExtension):
    """How /api/schema describes the keys."""

    target_class = SiteKeyAuthentication
    name = "cle_de_site"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme as OpenAPI writes it."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Clé d'un site : secrète (ber_sk_…), ou publiable (ber_pk_…) pour signaler des événements.",
        }
