"""The workflows of a site, and the actions on them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from berinia.api import ApiError, page, parse, read_body
from berinia.clock import format_duration
from crm.api import CURSOR, IDEMPOTENCY_KEY, LIMIT, PROBLEMS, READ_PROBLEMS, idempotency_key
from crm.serializers import Problem
from workflows import actions
from workflows.analytics import PERIODS, Figures, counts_of, grouped
from workflows.models import Trigger, Workflow
from workflows.programs import definition_of
from workflows.serializers import (
    ActionAnswer,
    WorkflowAction,
    WorkflowPage,
    workflow_json,
)


def chosen(known: Mapping[str, actions.Action], name: object) -> actions.Action:
    """Return the action of a name. Raises ApiError 400, which lists those there are."""
    if isinstance(name, str) and name in known:
        return known[name]
    raise ApiError(400, "action_inconnue", f"Action inconnue ; les actions sont : {', '.join(known)}.", field="action")


def action_of(document: object) -> object:
    """Return which action a document asks for. Raises ApiError 422."""
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
        summary="Déployer, démarrer, mettre en pause, reprendre, arrêter, réessayer, passer une étape",
        tags=["Workflows"],
        parameters=[IDEMPOTENCY_KEY],
        request=WorkflowAction,
        responses={200: ActionAnswer, 202: ActionAnswer, 409: Problem, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """`auto_deploy_sector`, `trigger`, `pause`, `resume`, `stop`, `retry` ou `skip_step`, selon « action »."""
        key = idempotency_key(request)
        document = read_body(request)
        action = chosen(actions.ACTIONS, action_of(document))
        call = actions.Call(self.site, timezone.now(), key, self.actor)
        return Response(action.act(call, parse(action.model, document, now=call.now)), status=action.status)


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
