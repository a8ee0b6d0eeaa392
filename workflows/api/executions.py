"""Executions and what happened to them."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError, choice, number, page
from workflows import actions
from workflows.api.workflows import CURSOR, LIMIT, READ_PROBLEMS
from workflows.models import Execution, ExecutionStatus
from workflows.serializers import ExecutionDetail, ExecutionPage, execution_json
from workflows.timeline import timeline
from workflows.why import why

# What a site's key reads of a timeline: not who of the team did what, nor why.
LINES = ("event", "step", "message")


class UpcomingOut(BaseModel):
    """Ce qui vient ensuite, si rien d'autre n'arrive."""

    le: datetime
    texte: str


class MoverOut(BaseModel):
    """Un événement qui la ferait avancer aussitôt."""

    evenement: str
    condition: str = Field(description="Ce qui doit être vrai, en français ; vide : rien de plus.")
    effet: str


class ExplanationOut(BaseModel):
    """Pourquoi elle en est là, ce qui vient ensuite, ce qui la ferait avancer, ce qu'une personne peut faire."""

    pourquoi: str
    ensuite: list[UpcomingOut]
    fait_avancer: list[MoverOut]
    remede: str


class ExplainedExecution(ExecutionDetail):
    """Une exécution, tout ce qui lui est arrivé, et son explication."""

    explication: ExplanationOut


class ExplainedAnswer(BaseModel):
    """Une exécution."""

    data: ExplainedExecution


class ExecutionsView(SiteView):
    """`/api/workflows/execute`"""

    @extend_schema(
        operation_id="lister_executions",
        summary="Les exécutions du site",
        tags=["Workflows"],
        parameters=[
            OpenApiParameter("status", str, enum=ExecutionStatus.values, description="Seulement celles de ce statut."),
            OpenApiParameter("workflowId", str, description="Seulement celles de ce workflow (identifiant ou slug)."),
            OpenApiParameter("id", str, description="Une seule exécution : la réponse est celle de l'adresse /{id}."),
            CURSOR,
            LIMIT,
        ],
        responses={200: ExecutionPage, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Les plus récentes d'abord, par pages."""
        if request.query_params.get("id"):
            return Response({"data": _detail(self, number(request, "id", 0))})
        rows = Execution.objects.filter(site=self.site).select_related("workflow", "contact")
        if request.query_params.get("status"):
            rows = rows.filter(status=choice(request, "status", ExecutionStatus.values))
        if name := request.query_params.get("workflowId"):
            rows = rows.filter(workflow=actions.find_workflow(self.site, name))
        return Response(page(request, rows, execution_json))


class ExecutionView(SiteView):
    """`/api/workflows/execute/<id>`"""

    @extend_schema(
        operation_id="lire_execution",
        summary="Une exécution, sa chronologie et son explication",
        tags=["Workflows"],
        parameters=[OpenApiParameter("execution_id", str, OpenApiParameter.PATH)],
        responses={200: ExplainedAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, execution_id: int) -> Response:
        """Tout ce qui lui est arrivé, dans l'ordre, pourquoi elle en est là, et ce qui vient ensuite."""
        return Response({"data": _detail(self, execution_id)})


def _detail(view: SiteView, execution_id: int) -> dict[str, Any]:
    rows = Execution.objects.filter(site=view.site).select_related("workflow", "contact", "site", "organization")
    execution = rows.filter(pk=min(execution_id, 2**63 - 1)).first()
    if execution is None:
        raise ApiError(404, "execution_inconnue", "Ce site n'a pas cette exécution.", field="id")
    lines = [
        {"le": line.at, "type": line.kind, "titre": line.title, "texte": line.text, "statut": line.status}
        for line in timeline(execution, kinds=LINES).lines
    ]
    return {**execution_json(execution), "chronologie": lines, "explication": _explanation(execution)}


def _explanation(execution: Execution) -> dict[str, Any]:
    found = why(execution, timezone.now())
    return {
        "pourquoi": found.here,
        "ensuite": [{"le": coming.at, "texte": coming.text} for coming in found.next],
        "fait_avancer": [
            {"evenement": mover.event, "condition": mover.when, "effet": mover.effect} for mover in found.moves
        ],
        "remede": found.remedy,
    }
