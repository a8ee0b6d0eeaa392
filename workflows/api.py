"""Workflows, executions and figures over REST."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError, choice, number, page, parse, read_body
from berinia.clock import format_duration
from crm.api import IDEMPOTENCY_KEY, PROBLEMS, idempotency_key
from crm.models import Event
from crm.serializers import Problem
from workflows import actions, automation
from workflows.analytics import PERIODS, Figures, conversions, counts_of, grouped, realtime
from workflows.deploy import sectors
from workflows.labels import timeline
from workflows.models import Execution, ExecutionStatus, Trigger, Workflow
from workflows.programs import definition_of
from workflows.serializers import (
    ActionAnswer,
    Answer,
    EventOut,
    ExecutionAnswer,
    ExecutionPage,
    InsightAction,
    SectorRequest,
    WorkflowAction,
    WorkflowPage,
    contact_json,
    execution_json,
    workflow_json,
)

CURSOR = OpenApiParameter("cursor", str, description="Le « suivant » de la page précédente.")
LIMIT = OpenApiParameter("limit", int, description="Lignes par page : 50 sans indication, 200 au plus.")
READ_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 429), Problem)


def chosen(known: Mapping[str, actions.Action], name: object) -> actions.Action:
    """Return the action of a name. Raises ApiError 400, which lists those there are."""
    if isinstance(name, str) and name in known:
        return known[name]
    raise ApiError(400, "action_inconnue", f"Action inconnue ; les actions sont : {', '.join(known)}.", field="action")


def _action_of(document: object) -> object:
    if not isinstance(document, dict):
        raise ApiError(422, "type_invalide", "Il faut ici un objet JSON.")
    return document.get("action")


class WorkflowsView(SiteView):
    """`/api/workflows`"""

    @extend_schema(
        operation_id="lister_workflows",
        summary="Les workflows du site",
        tags=["Workflows"],
        parameters=[CURSOR, LIMIT],
        responses={200: WorkflowPage, **READ_PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Chaque workflow avec ses déclencheurs, son objectif et ses chiffres des 30 derniers jours."""
        triggers = Prefetch("triggers", Trigger.objects.order_by("pk"))
        rows = Workflow.objects.filter(site=self.site).select_related("version").prefetch_related(triggers)
        found = grouped(counts_of(self.site, PERIODS["30d"], timezone.now()), lambda c: c.workflow_id)
        return Response(page(request, rows, lambda w: workflow_json(w, _goal(w), found.get(w.pk, Figures({})).write())))

    @extend_schema(
        operation_id="agir_sur_workflows",
        summary="Déployer, démarrer, mettre en pause, reprendre, arrêter",
        tags=["Workflows"],
        parameters=[IDEMPOTENCY_KEY],
        request=WorkflowAction,
        responses={200: ActionAnswer, 202: ActionAnswer, 409: Problem, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """`auto_deploy_sector`, `trigger`, `pause`, `resume` ou `stop`, selon le champ « action »."""
        key = idempotency_key(request)
        document = read_body(request)
        action = chosen(actions.ACTIONS, _action_of(document))
        call = actions.Call(self.site, timezone.now(), key)
        return Response(action.act(call, parse(action.model, document)), status=action.status)


def _goal(workflow: Workflow) -> dict[str, Any] | None:
    goal = definition_of(workflow.version_id).goal if workflow.version_id else None
    if goal is None:
        return None
    return {
        "evenement": goal.event,
        "condition": goal.where.source if goal.where else "",
        "fenetre": format_duration(goal.within),
        "taux_vise": goal.target,
    }


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
        summary="Une exécution et sa chronologie",
        tags=["Workflows"],
        parameters=[OpenApiParameter("execution_id", str, OpenApiParameter.PATH)],
        responses={200: ExecutionAnswer, **READ_PROBLEMS},
    )
    def get(self, request: Request, execution_id: int) -> Response:
        """Tout ce qui lui est arrivé, dans l'ordre, et ce qui vient ensuite."""
        return Response({"data": _detail(self, execution_id)})


def _detail(view: SiteView, execution_id: int) -> dict[str, Any]:
    rows = Execution.objects.filter(site=view.site).select_related("workflow", "contact")
    execution = rows.filter(pk=min(execution_id, 2**63 - 1)).first()
    if execution is None:
        raise ApiError(404, "execution_inconnue", "Ce site n'a pas cette exécution.", field="id")
    lines = [
        {"le": line.at, "type": line.kind, "titre": line.title, "texte": line.text, "statut": line.status}
        for line in timeline(execution)
    ]
    return {**execution_json(execution), "chronologie": lines}


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
        """Totaux, secteurs face à leurs objectifs, historique par jour. « depuis » dit où commence le compte."""
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
        action = chosen(automation.ACTIONS[self.request.method or ""], _action_of(document))
        asked = parse(action.model, document)
        return Response({"data": action.act(actions.Call(self.site, timezone.now()), asked)})
