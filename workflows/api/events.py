"""One event and what it did."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError
from crm.models import Event
from workflows.api.workflows import READ_PROBLEMS
from workflows.effects import effects_of
from workflows.serializers import (
    EventOut,
    contact_json,
    started_json,
)


class EventView(SiteView):
    """`/api/events/<id>`: here and not in crm, for it shows what the event started."""

    @extend_schema(
        operation_id="lire_evenement",
        summary="Un événement, ce qu'il a démarré, et pourquoi le reste n'a pas démarré",
        tags=["Événements"],
        parameters=[OpenApiParameter("event_id", str, OpenApiParameter.PATH)],
        responses={200: EventOut, **READ_PROBLEMS},
    )
    def get(self, request: Request, event_id: int) -> Response:
        """Les exécutions qu'il a démarrées, celles qui l'ont entendu, et pourquoi d'autres n'ont pas démarré.

        « traite_le » est null tant que le moteur ne l'a pas vu.
        """
        rows = Event.objects.filter(site=self.site).select_related("contact")
        event = rows.filter(pk=min(event_id, 2**63 - 1)).first()
        if event is None:
            raise ApiError(404, "evenement_inconnu", "Ce site n'a pas cet événement.", field="id")
        effects = effects_of(event)
        return Response({
            "id": str(event.pk),
            "evenement": event.name,
            "contact": contact_json(event.contact),
            "donnees": event.data,
            "recu_le": event.received_at,
            "traite_le": event.routed_at,
            "executions": [started_json(execution) for execution in effects.started],
            "entendu_par": [started_json(execution) for execution in effects.moved],
            "refus": [{"workflow": r.workflow, "code": r.code, "texte": r.text} for r in effects.refusals],
            "explication": effects.summary,
        })  # fmt: skip
