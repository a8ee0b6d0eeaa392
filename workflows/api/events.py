"""One event and what it did."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError
from crm.models import Event
from workflows.api.workflows import READ_PROBLEMS
from workflows.models import Execution
from workflows.serializers import (
    EventOut,
    contact_json,
)


class EventView(SiteView):
    """`/api/events/<id>`: here and not in crm, for it shows what the event started."""

    @extend_schema(
        operation_id="lire_evenement",
        summary="Un événement et ce qu'il a démarré",
        tags=["Événements"],
        parameters=[OpenApiParameter("event_id", str, OpenApiParameter.PATH)],
        responses={200: EventOut, **READ_PROBLEMS},
    )
    def get(self, request: Request, event_id: int) -> Response:
        """« traite_le » est null tant que le moteur ne l'a pas vu."""
        rows = Event.objects.filter(site=self.site).select_related("contact")
        event = rows.filter(pk=min(event_id, 2**63 - 1)).first()
        if event is None:
            raise ApiError(404, "evenement_inconnu", "Ce site n'a pas cet événement.", field="id")
        # By contact too: that is what there is an index for.
        started = Execution.objects.filter(contact_id=event.contact_id, event_id=event.pk).select_related("workflow")
        return Response({
            "id": str(event.pk),
            "evenement": event.name,
            "contact": contact_json(event.contact),
            "donnees": event.data,
            "recu_le": event.received_at,
            "traite_le": event.routed_at,
            "executions": [
                {"id": str(e.pk), "workflow": e.workflow.slug, "statut": e.status} for e in started.order_by("pk")
            ],
        })  # fmt: skip
