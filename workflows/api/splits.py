"""How the ways of splits compare."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import choice
from workflows.actions import find_workflow
from workflows.analytics import PERIODS
from workflows.api.workflows import READ_PROBLEMS
from workflows.splits import ways_of


class WayOut(BaseModel):
    """Une voie d'une répartition."""

    etape: str
    voie: str
    entrees: int = Field(description="Exécutions qui ont pris cette voie dans la période.")
    converties: int = Field(description="Conversions de la période parmi celles qui ont pris cette voie.")
    taux_conversion: float | None


class SplitsAnswer(BaseModel):
    """Les voies des répartitions d'un workflow."""

    data: list[WayOut]


class SplitsView(SiteView):
    """`/api/workflows/<name>/splits`"""

    @extend_schema(
        operation_id="lire_repartitions",
        summary="Ce que chaque voie d'une répartition a obtenu",
        tags=["Mesures"],
        parameters=[
            OpenApiParameter("name", str, OpenApiParameter.PATH, description="Identifiant ou slug du workflow."),
            OpenApiParameter("period", str, enum=list(PERIODS), description="30d sans indication."),
        ],
        responses={200: SplitsAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, name: str) -> Response:
        """Par étape et par voie : combien d'exécutions y sont passées et combien ont atteint l'objectif."""
        workflow, now = find_workflow(self.site, name), timezone.now()
        period = PERIODS[choice(request, "period", list(PERIODS), "30d")]
        ways = ways_of(workflow, now - period, now)
        return Response({
            "data": [
                {"etape": w.step, "voie": w.name, "entrees": w.entered, "converties": w.converted,
                 "taux_conversion": w.conversion}
                for w in ways
            ]
        })  # fmt: skip
