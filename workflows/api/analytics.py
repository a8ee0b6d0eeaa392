"""Figures, measured."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import choice, parse, read_body
from crm.api import PROBLEMS
from workflows import actions, automation
from workflows.analytics import PERIODS, conversions, realtime
from workflows.api.workflows import READ_PROBLEMS, action_of, chosen
from workflows.deploy import sectors
from workflows.serializers import (
    Answer,
    InsightAction,
    SectorRequest,
)


class ConversionsView(SiteView):
    """`/api/analytics/conversions`"""

    @extend_schema(
        operation_id="lire_conversions",
        summary="Ce que les workflows ont obtenu",
        tags=["Mesures"],
        parameters=[
            OpenApiParameter("format", str, enum=["realtime"], description="Les dernières 24 h et la dernière heure."),
            OpenApiParameter("period", str, enum=list(PERIODS), description="24h sans indication."),
            OpenApiParameter("secteur", str, description="Un seul secteur."),
        ],
        responses={200: Answer, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Totaux, secteurs face à leurs objectifs, historique par jour. « depuis » dit où commence le compte.

        Conversion, délai moyen du départ à la conversion (`delai_conversion_secondes`) et satisfaction (part des avis
        `avis_client` de 4 sur 5 ou plus), chacun avec son écart à l'objectif ; null tant que rien ne se mesure.
        """
        if request.query_params.get("format"):
            choice(request, "format", ["realtime"])
            return Response({"data": realtime(self.site, timezone.now())})
        period = choice(request, "period", list(PERIODS), "24h")
        sector = choice(request, "secteur", list(sectors())) if request.query_params.get("secteur") else None
        return Response({"data": conversions(self.site, period, sector, timezone.now())})


class AutomationView(SiteView):
    """`/api/orchestrator/automation`"""

    @extend_schema(
        operation_id="analyser_secteur",
        summary="Analyser un secteur du site",
        tags=["Orchestrateur"],
        request=SectorRequest,
        responses={200: Answer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Points de friction, réglages manquants et recommandations, chiffres à l'appui."""
        return self._answer(read_body(request))

    @extend_schema(
        operation_id="etat_automatisation",
        summary="L'état de l'automatisation",
        tags=["Orchestrateur"],
        parameters=[OpenApiParameter("action", str, enum=["get_agent_stats"], required=True)],
        responses={200: Answer, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Workflows par statut, dernières 24 h, dernier message envoyé."""
        return self._answer({"action": request.query_params.get("action")})

    @extend_schema(
        operation_id="rapport_automatisation",
        summary="Rapport de performance, ou chiffres d'un secteur",
        tags=["Orchestrateur"],
        request=InsightAction,
        responses={200: Answer, **PROBLEMS},
    )
    def put(self, request: Request) -> Response:
        """`get_performance_report` ou `get_sector_insights`, selon le champ « action »."""
        return self._answer(read_body(request))

    def _answer(self, document: Any) -> Response:
        action = chosen(automation.ACTIONS[self.request.method or ""], action_of(document))
        asked = parse(action.model, document)
        return Response({"data": action.act(actions.Call(self.site, timezone.now()), asked)})
