"""Who calls the API with a user's token: a person, on one site of an organization of theirs.

They stand where a site's key stands, so that every view of a site is open to both; what they may do is their role's.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import tokens
from accounts.keys import KeyKind
from accounts.models import Role, Site, User
from accounts.tenancy import organizations_of, roles_of
from berinia.api import ApiError

SITE_HEADER = "X-Site-Id"


def invalid_token() -> ApiError:
    """Return the answer to a token that opens nothing."""
    return ApiError(
        401, "jeton_invalide",
        "Jeton invalide ou expiré : renouvelez-le (POST /api/auth/refresh) ou reconnectez-vous.",
        headers={"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """A person on a site, where a view expects a key: of the secret kind, for it is no page's."""

    user: User
    site: Site

    kind = KeyKind.SECRET
    origins = ()

    @property
    def pk(self) -> str:
        """Whose calls are counted together."""
        return f"user:{self.user.pk}"

    @property
    def site_id(self) -> int:
        """The site."""
        return self.site.pk

    @property
    def prefix(self) -> str:
        """How it is written down who did something."""
        return self.user.get_username()

    def is_one_of(self, roles: frozenset[Role]) -> bool:
        """Tell whether the person has one of these roles in the site's organization."""
        return self.user.is_superuser or roles_of(self.user).get(self.site.organization_id) in roles


class UserTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <jwt>`, and which site: `?siteId=…` or `X-Site-Id`; the only one need not be named."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        """Return who calls, or None for a key. Raises ApiError 401, and 404 for a site that is not theirs."""
        match get_authorization_header(request).split():
            case [scheme, raw] if scheme.lower() == b"bearer" and tokens.looks_like_one(raw.decode("latin-1")):
                user = _user_of(raw.decode("latin-1"))
                return AnonymousUser(), Caller(user, _site_of(user, request))
        return None

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, for the WWW-Authenticate header."""
        return 'Bearer realm="api"'


def _user_of(token: str) -> User:
    try:
        user = tokens.bearer(token).user
    except tokens.TokenError:
        raise invalid_token() from None
    if not user.is_staff:
        raise invalid_token()
    return user


def _site_of(user: User, request: Request) -> Site:
    """Return the site that is named; the answer is the same for one of others and for one that is not there."""
    organizations = organizations_of(user)
    rows = Site.objects.select_related("organization").order_by("pk")
    theirs = rows if organizations is None else rows.filter(organization_id__in=organizations)
    name = request.query_params.get("siteId") or request.headers.get(SITE_HEADER)
    found = list(theirs.filter(slug=name.replace("\0", ""))[:1] if name else theirs[:2])
    if len(found) == 1:
        return found[0]
    if name or not found:
        raise ApiError(404, "site_inconnu", "Aucune de vos organisations n'a de site de ce nom.", field="siteId")
    raise ApiError(400, "site_requis", "Dites de quel site il s'agit : ?siteId=… ou l'en-tête X-Site-Id.", "siteId")


class UserTokenScheme(OpenApiAuthenticationExtension):
    """How /api/schema describes the tokens."""

    target_class = UserTokenAuthentication
    name = "jeton_utilisateur"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme as OpenAPI writes it."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "Jeton d'un utilisateur (POST /api/auth/token) ; le site est nommé par ?siteId= ou "
            "X-Site-Id. Le rôle dit ce qui est permis.",
        }
