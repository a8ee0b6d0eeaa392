"""Sign in to the API: a token for a user name and a password, and for whoever has one, the second factor."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import login_guard, second_factor, tokens
from accounts.caller import invalid_token
from accounts.models import User
from accounts.sign_ins import signed_in, signed_out
from accounts.tenancy import organizations_of
from berinia.api import ApiError, JSONView, parse, read_body


class SignIn(BaseModel):
    """Qui se connecte."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    username: str = Field(min_length=1, max_length=150, description="Identifiant.")
    password: str = Field(min_length=1, max_length=1_000, description="Mot de passe.")
    code: str | None = Field(None, max_length=40, description="Code du second facteur, pour qui en a un.")


class Refresh(BaseModel):
    """Le jeton de renouvellement."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    refresh: str = Field(min_length=1, max_length=tokens.LONGEST, description="Sert une fois.")


class TokenAnswer(BaseModel):
    """Un jeton d'accès, et de quoi le renouveler une fois."""

    access: str
    expire_le: str = Field(description="Quand le jeton d'accès cesse de servir (ISO 8601).")
    type: str = Field("Bearer", description="Authorization: Bearer <access>.")
    refresh: str
    refresh_expire_le: str


class TokenProblem(BaseModel):
    """Pourquoi il n'y a pas de jeton."""

    error: str = Field(examples=["identifiants_invalides"])
    detail: str
    field: str | None = None


PROBLEMS = dict.fromkeys((400, 401, 403, 422, 429, 503), TokenProblem)


class TokenView(JSONView):
    """`/api/auth/token`"""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="se_connecter",
        summary="Obtenir un jeton d'utilisateur",
        tags=["Connexion"],
        request=SignIn,
        responses={200: TokenAnswer, **PROBLEMS},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Valable un quart d'heure ; un changement de mot de passe y met fin. Trop d'essais : 429, puis patience."""
        asked, now = parse(SignIn, read_body(request)), timezone.now()
        plain: HttpRequest = request._request
        user = authenticate(plain, username=asked.username, password=asked.password)
        if not isinstance(user, User):
            raise ApiError(401, "identifiants_invalides", "Identifiant ou mot de passe incorrect.")
        has_factor = second_factor.has_second_factor(user)
        if has_factor:
            _check_code(plain, user, asked.code)
        _check_person(user)
        pair = _given(lambda: tokens.issue(user, now, has_factor=has_factor))
        user_logged_in.send(sender=type(user), request=plain, user=user)  # ends the count of wrong passwords
        signed_in(plain, user, now=now, second_factor=has_factor)
        return _answer(pair)


class RefreshView(JSONView):
    """`/api/auth/refresh`"""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="renouveler_jeton",
        summary="Renouveler un jeton",
        tags=["Connexion"],
        request=Refresh,
        responses={200: TokenAnswer, **PROBLEMS},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Le jeton de renouvellement sert une fois : montré deux fois, il met fin à toute la lignée."""
        asked = parse(Refresh, read_body(request))
        return _answer(_given(lambda: tokens.renew(asked.refresh, timezone.now())))

    @extend_schema(
        operation_id="se_deconnecter",
        summary="Se déconnecter",
        tags=["Connexion"],
        request=Refresh,
        responses={204: None, **PROBLEMS},
        auth=[],
    )
    def delete(self, request: Request) -> Response:
        """Ce jeton et ceux qui le suivraient ne servent plus ; le jeton d'accès finit dans le quart d'heure."""
        asked = parse(Refresh, read_body(request))
        user = _given(lambda: tokens.end(asked.refresh))
        signed_out(user, now=timezone.now())
        return Response(status=204)


def _check_code(request: HttpRequest, user: User, code: str | None) -> None:
    """Ask for the second factor. Raises ApiError 401."""
    if not code:
        raise ApiError(401, "code_requis", "Donnez aussi le code de votre second facteur.", field="code")
    if not second_factor.is_code_right(user, code):
        login_guard.failed(request, user.get_username())
        raise ApiError(
            401, "code_invalide", "Ce code n'est pas le bon, a déjà servi, ou vient trop tôt.", field="code"
        )  # fmt: skip


def _check_person(user: User) -> None:
    """Refuse whoever may not sign in to the admin either, or would see nothing there. Raises ApiError 403."""
    if organizations_of(user) == []:
        raise ApiError(403, "sans_organisation", "Ce compte n'appartient à aucune organisation.")
    if user.password_is_temporary:
        raise ApiError(403, "mot_de_passe_provisoire", "Choisissez d'abord votre mot de passe, dans l'administration.")
    if second_factor.is_missing(user):
        raise ApiError(403, "second_facteur_requis", "Activez d'abord un second facteur, dans l'administration.")


def _given(act: Any) -> Any:
    try:
        return act()
    except tokens.TokenError:
        raise invalid_token() from None
    except tokens.NoTokensError:
        raise ApiError(
            503, "indisponible", "Le service est momentanément indisponible.", headers={"Retry-After": "5"}
        ) from None


def _answer(pair: tokens.Pair) -> Response:
    content = {
        "access": pair.access, "expire_le": pair.access_until.isoformat(), "type": "Bearer", "refresh": pair.refresh,
        "refresh_expire_le": pair.refresh_until.isoformat(),
    }  # fmt: skip
    return Response(content, headers={"Cache-Control": "no-store"})
