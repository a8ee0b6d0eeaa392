"""What every API view shares: the one shape of an error, strict bodies, throttling, keyset pages.

An error is always `{"error": code, "detail": French sentence, "field"?: "contactData.telephone"}`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from pydantic import BaseModel
from pydantic import ValidationError as PydanticError
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from berinia import throttle, wire
from berinia.sentences import sentence

logger = logging.getLogger(__name__)

Body = TypeVar("Body", bound=BaseModel)
Row = TypeVar("Row", bound=Model)

# curl -d, and the beacons of browsers, say something else than application/json when not told otherwise.
JSON_TYPES = ("", "application/json", "application/x-www-form-urlencoded", "text/plain")
PAGE, LARGEST_PAGE = 50, 200


class ApiError(Exception):
    """An answer other than the one asked for: its status, code, French sentence, and place."""

    def __init__(
        self, status: int, error: str, detail: str, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers or {}
        self.content: dict[str, Any] = {"error": error, "detail": detail} | ({"field": field} if field else {})


def _known(exc: Exception) -> ApiError | None:
    """Return the answer to an exception of ours, of Django or of the framework."""
    match exc:
        case ApiError():
            return exc
        case wire.BadJSONError():
            return ApiError(400, exc.code, exc.detail, exc.field)
        case wire.WireError():
            return ApiError(422, exc.code, exc.detail, exc.field)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return ApiError(401, "cle_invalide", str(exc.detail), headers={"WWW-Authenticate": 'Bearer realm="api"'})
        case exceptions.PermissionDenied() | PermissionDenied():
            return ApiError(403, "interdit", "Cette clé ne permet pas cette opération.")
        case exceptions.NotFound() | Http404():
            return ApiError(404, "introuvable", "Cette ressource n'existe pas.")
        case exceptions.MethodNotAllowed():
            return ApiError(405, "methode_interdite", "Cette adresse ne prend pas cette méthode HTTP.")
        case exceptions.APIException() if exc.status_code < 500:
            return ApiError(exc.status_code, "requete_invalide", "La requête n'a pas été comprise.")
        case SuspiciousOperation() | UnreadablePostError() | RawPostDataException():
            return ApiError(400, "requete_invalide", "La requête n'a pas été comprise.")
    return None


def _trouble(exc: Exception) -> ApiError:
    """Return the answer to an exception that nobody expected; it is logged."""
    match exc:
        case DataError():
            logger.warning("the database refused a value", exc_info=exc)
            return ApiError(400, "valeur_refusee", "Une valeur de la requête ne peut pas être enregistrée.")
        case OperationalError() | InterfaceError():
            logger.error("the database does not answer", exc_info=exc)
            return ApiError(
                503, "indisponible", "Le service est momentanément indisponible.", headers={"Retry-After": "5"}
            )
    logger.error("an API request failed", exc_info=exc)
    return ApiError(500, "erreur_interne", "Une erreur interne s'est produite ; elle a été enregistrée.")


def answer_error(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Turn any exception of a view into the one shape of an error."""
    error = _known(exc) or _trouble(exc)
    view = context.get("view")
    headers = dict(error.headers)
    if error.status == 405 and view is not None:
        headers["Allow"] = ", ".join(view.allowed_methods)
    return Response(error.content, status=error.status, headers=headers)


def unknown_address(request: HttpRequest) -> JsonResponse:
    """Answer for every address under /api/ where nothing is."""
    return JsonResponse(
        {"error": "introuvable", "detail": "Cette adresse n'existe pas dans l'API : voir /api/docs."}, status=404
    )


class AlwaysJSON(BaseContentNegotiation):
    """JSON goes in and out, whatever is asked for: `?format=` and Accept have no say."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the one parser."""
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the one renderer and its media type."""
        return renderers[0], renderers[0].media_type


class JSONView(APIView):
    """A view that reads and writes JSON only."""

    content_negotiation_class = AlwaysJSON
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        """Answer errors in the one shape, whatever the settings say."""
        return answer_error

    def check_throttles(self, request: Request) -> None:
        """Count the request against its key."""
        self.charge(request, 1)

    def charge(self, request: Request, cost: int) -> None:
        """Count `cost` requests against the key. Raises ApiError 429."""
        seconds = throttle.charge(request.auth.pk, cost) if request.auth and cost else 0
        if seconds:
            raise ApiError(
                429,
                "trop_de_requetes",
                f"Trop de requêtes avec cette clé : réessayez dans {seconds} s.",
                headers={"Retry-After": str(seconds)},
            )


def media_type(request: Request) -> str:
    """Return the content type of the request, without its parameters."""
    kind: str = request.content_type.partition(";")[0].strip().lower()
    return kind


def read_body(request: Request) -> Any:
    """Read the body as JSON, whatever the content type calls it. Raises ApiError and WireError."""
    if (kind := media_type(request)) not in JSON_TYPES:
        raise ApiError(415, "type_de_contenu", f"Envoyez du JSON (Content-Type: application/json), pas {kind[:80]}.")
    return wire.read(read_bytes(request))


def read_bytes(request: Request) -> bytes:
    """Read the body as it comes. Raises ApiError when it is too large."""
    limit = settings.API_MAX_BODY_BYTES
    plain: HttpRequest = request._request
    try:
        announced = int(plain.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    raw = plain.read(limit + 1) if announced <= limit else b""
    if announced > limit or len(raw) > limit:
        raise ApiError(400, "corps_trop_gros", f"Le corps dépasse {limit} octets : envoyez-le en plusieurs fois.")
    return raw


def parse(model: type[Body], document: Any, *, now: datetime | None = None) -> Body:
    """Check a document; `now` is for instants in it, which may not lie in the future.

    Raises ApiError 422 for its first mistake, with its place.
    """
    try:
        return model.model_validate(document, context={"now": now})
    except PydanticError as error:
        first = error.errors(include_url=False)[0]
        field = ""
        for part in first["loc"]:
            field += f"[{part}]" if isinstance(part, int) else f".{part}"
        code, detail = sentence(first)
        raise ApiError(422, code, detail, field.lstrip(".") or None) from None


def choice(request: Request, name: str, known: Sequence[str], default: str | None = None) -> str:
    """Return a query parameter that must be one of `known`. Raises ApiError 400."""
    value: str | None = request.query_params.get(name) or default
    if value is None or value not in known:
        raise ApiError(400, "parametre_inconnu", f"« {name} » doit être l'un de : {', '.join(known)}.", field=name)
    return value


def number(request: Request, name: str, default: int, *, least: int = 1, most: int = wire.BIGGEST) -> int:
    """Return a query parameter that must be a whole number. Raises ApiError 400."""
    text = request.query_params.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most):
        raise ApiError(400, "parametre_invalide", f"« {name} » doit être un nombre entier valide.", field=name)
    return int(text)


def page(request: Request, rows: QuerySet[Row], write: Callable[[Row], Any]) -> dict[str, Any]:
    """Return one page, newest first, and the cursor of the next: `?cursor=<suivant>&limit=50`."""
    limit = number(request, "limit", PAGE, most=LARGEST_PAGE)
    if request.query_params.get("cursor"):
        rows = rows.filter(pk__lt=number(request, "cursor", 1))
    found = list(rows.order_by("-pk")[: limit + 1])
    more = len(found) > limit
    return {"data": [write(row) for row in found[:limit]], "suivant": str(found[limit - 1].pk) if more else None}
