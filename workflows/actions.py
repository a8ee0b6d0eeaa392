"""The actions of POST /api/workflows: one small function each, found by name."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Site
from berinia.api import ApiError
from communications.control import Restart
from crm.api import attributed, check_site, take
from crm.serializers import Document
from workflows import control
from workflows.analytics import identity
from workflows.deploy import UnknownSectorError, deploy, sectors
from workflows.models import Execution, Workflow, WorkflowStatus
from workflows.scope import Chosen, Level, Scope, preview
from workflows.serializers import ControlRequest, DeployRequest, TriggerRequest


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, when, the Idempotency-Key of the call, and how the audit log names the caller."""

    site: Site
    now: datetime
    key: str | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What the action's document looks like, what it does, and the status of its answer."""

    model: type[Document]
    act: Callable[[Call, Any], dict[str, Any]]
    status: int = 200


def unknown_sector(slug: str) -> ApiError:
    """Return the error for a sector that the library does not have."""
    known = ", ".join(sectors())
    return ApiError(404, "secteur_inconnu", f"Ce secteur n'existe pas ; les secteurs sont : {known}.", field="secteur")


def find_workflow(site: Site, name: str, field: str = "workflowId") -> Workflow:
    """Return a workflow of the site by its slug or its id. Raises ApiError 404, which names the field."""
    workflows = Workflow.objects.filter(site=site)
    found = workflows.filter(slug=name).first()
    if found is None and name.isascii() and name.isdecimal() and len(name) <= 18:
        found = workflows.filter(pk=int(name)).first()
    if found is None:
        raise ApiError(404, "workflow_inconnu", "Ce site n'a pas ce workflow.", field=field)
    return found


def auto_deploy_sector(call: Call, asked: DeployRequest) -> dict[str, Any]:
    """Install a sector's workflows on the site. Raises ApiError 404."""
    check_site(call.site, asked.site_id)
    try:
        done = deploy(call.site, asked.secteur, now=call.now, by=call.actor)
    except UnknownSectorError:
        raise unknown_sector(asked.secteur) from None
    return {
        "statut": "deploye",
        "data": {
            "siteId": call.site.slug,
            "secteur": asked.secteur,
            "workflows": [{**identity(workflow), "statut": workflow.status} for workflow in done.workflows],
            "crees": done.created,
            "mis_a_jour": done.updated,
            "inchanges": done.unchanged,
            "manques": [asdict(lack) for lack in done.missing],
        },
    }


def trigger(call: Call, asked: TriggerRequest) -> dict[str, Any]:
    """Start one workflow for a contact. Raises ApiError 404, and 409 when it is not active."""
    workflow = find_workflow(call.site, asked.workflow_id)
    if workflow.status != WorkflowStatus.ACTIVE:
        raise ApiError(
            409, "workflow_inactif", f"« {workflow.name} » ne démarre rien : il est {workflow.get_status_display()}."
        )
    (event_id,) = take(call.site, [attributed(asked.report(call.key, workflow.pk), call.actor)])
    return {"id": str(event_id), "statut": "accepte", "data": identity(workflow)}


def steer(call: Call, asked: ControlRequest) -> dict[str, Any]:
    """Pause, resume, stop, retry or skip a step. Raises ApiError 404, and 409 where the state forbids it."""
    scope, identified = _scope(call.site, asked)
    if asked.apercu:
        return {"statut": "apercu", "data": {**identified, **_counted(scope, call.now)}}
    order = control.Order(call.actor, call.now, asked.raison or _("demandé par l'API"))
    try:
        concerned = _done(scope, order, asked)
    except control.ConflictError as error:
        raise ApiError(409, "etat_incompatible", str(error)) from None
    if asked.execution_id is not None and not concerned:
        raise ApiError(409, "etat_incompatible", "L'état de cette exécution ne permet pas cette action.")
    return {"statut": _state(scope), "data": {**identified, "executions": concerned}}


def _scope(site: Site, asked: ControlRequest) -> tuple[Scope, dict[str, Any]]:
    """Return what is meant, within the site, and how the answer names it. Raises ApiError 404."""
    if asked.workflow_id is not None:
        workflow = find_workflow(site, asked.workflow_id)
        return Scope.of(workflow), identity(workflow)
    if asked.execution_id is not None:
        pk = int(asked.execution_id)
        if not Execution.objects.filter(pk=pk, site=site).exists():
            raise ApiError(404, "execution_inconnue", "Ce site n'a pas cette exécution.", field="executionId")
        return Scope.executions([pk]), {"id": str(pk)}
    if asked.filtre is None:
        return Scope.of(site), {"siteId": site.slug}
    given = asked.filtre
    workflow_id = find_workflow(site, given.workflow_id).pk if given.workflow_id else None
    chosen = Chosen(None, site.pk, workflow_id, given.statut, given.etape, given.depuis, given.avant)
    return Scope.matching(chosen), {}


def _done(scope: Scope, order: control.Order, asked: ControlRequest) -> int:
    match asked.action:
        case "pause":
            return control.pause(scope, order)
        case "resume":
            return control.resume(scope, order, Restart(asked.reprise), asked.duree or timedelta(0))
        case "stop":
            return control.stop(scope, order)
        case "retry":
            return control.retry(scope, order, from_start=asked.a_partir_de == "debut")
    return control.skip_step(scope, order)


def _counted(scope: Scope, now: datetime) -> dict[str, Any]:
    found = preview(scope, now=now)
    return {
        "actives": found.active, "en_pause": found.paused, "echouees": found.failed, "en_retard": found.overdue,
        "messages_en_file": found.messages, "messages_en_retard": found.messages_overdue, "et_plus": found.is_capped,
    }  # fmt: skip


def _state(scope: Scope) -> str:
    """Return the state that the object of a control is in now."""
    if scope.level is Level.WORKFLOW:
        return Workflow.objects.values_list("status", flat=True).get(pk=scope.id or 0)
    if scope.level is Level.SITE:
        return "en_pause" if Site.objects.values_list("is_paused", flat=True).get(pk=scope.id or 0) else "actif"
    ids = scope.chosen.ids if scope.chosen else None
    return Execution.objects.values_list("status", flat=True).get(pk=ids[0]) if ids else "ok"


ACTIONS: Mapping[str, Action] = {
    "auto_deploy_sector": Action(DeployRequest, auto_deploy_sector),
    "trigger": Action(TriggerRequest, trigger, status=202),
    "pause": Action(ControlRequest, steer),
    "resume": Action(ControlRequest, steer),
    "stop": Action(ControlRequest, steer),
    "retry": Action(ControlRequest, steer),
    "skip_step": Action(ControlRequest, steer),
}
