"""Events in: one, or a batch."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic_core import PydanticCustomError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Site
from berinia.api import ApiError, parse, read_body
from crm.api.browsers import FromBrowsers
from crm.ingest import BusyError, ingest
from crm.matching import Report
from crm.serializers import (
    LARGEST_BATCH,
    Accepted,
    BatchAccepted,
    BatchRequest,
    EventRequest,
    Problem,
    check_key,
)

PROBLEMS = dict.fromkeys((400, 401, 403, 404, 415, 422, 429), Problem)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="1 à 255 caractères ASCII visibles : la même clé donne la même réponse et un seul événement.",
)  # fmt: skip


def check_site(site: Site, site_id: str | None) -> None:
    """Refuse a siteId that is not the key's. Raises ApiError 404, the same whether or not the site exists."""
    if site_id is not None and site_id != site.slug:
        raise ApiError(404, "site_inconnu", "Cette clé n'ouvre pas de site de ce nom.", field="siteId")


def idempotency_key(request: Request) -> str | None:
    """Return the Idempotency-Key header, or None. Raises ApiError 400."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    try:
        return check_key(key)
    except PydanticCustomError as error:
        raise ApiError(400, error.type, error.message(), field="Idempotency-Key") from None


def take(site: Site, reports: list[Report]) -> list[int]:
    """Store reports received now. Raises ApiError 503 when their contacts are too much in demand."""
    try:
        return ingest(site, reports, now=timezone.now())
    except BusyError:
        raise ApiError(
            503, "occupe", "D'autres requêtes portent sur les mêmes contacts : réessayez.", headers={"Retry-After": "1"}
        ) from None


class EventsView(FromBrowsers):
    """`/api/events`"""

    @extend_schema(
        operation_id="signaler_evenement",
        summary="Signaler un événement",
        tags=["Événements"],
        parameters=[IDEMPOTENCY_KEY],
        request=EventRequest,
        responses={202: Accepted, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Enregistre un événement et crée ou met à jour son contact ; les workflows démarrent dans la seconde."""
        key = idempotency_key(request)
        event = parse(EventRequest, read_body(request), now=timezone.now())
        check_site(self.site, event.site_id)
        (event_id,) = take(self.site, [self.signed(event.report(key))])
        return Response({"id": str(event_id), "statut": "accepte"}, status=202)


class EventBatchView(FromBrowsers):
    """`/api/events/batch`"""

    @extend_schema(
        operation_id="signaler_lot",
        summary="Signaler jusqu'à 500 événements",
        tags=["Événements"],
        request=BatchRequest,
        responses={202: BatchAccepted, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Enregistre un lot, en entier ou pas du tout. Il compte pour autant de requêtes que d'événements."""
        document = read_body(request)
        listed = document.get("evenements") if isinstance(document, dict) else None
        if isinstance(listed, list):
            self.charge(request, min(len(listed), LARGEST_BATCH) - 1)
        events = parse(BatchRequest, document, now=timezone.now()).evenements
        for event in events:
            check_site(self.site, event.site_id)
        ids = take(self.site, [self.signed(event.report(event.cle)) for event in events])
        return Response({"ids": [str(event_id) for event_id in ids]}, status=202)
