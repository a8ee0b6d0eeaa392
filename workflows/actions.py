"""The actions of POST /api/workflows: one small function each, found by name."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Site
from berinia.api import ApiError
from crm.api import check_site, take
from crm.serializers import Document
from workflows import control
from workflows.analytics import identity
from workflows.deploy import UnknownSectorError, deploy, sectors
from workflows.models import Execution, Workflow, WorkflowStatus
from workflows.serializers import ControlRequest, DeployRequest, TriggerRequest


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, when, and the Idempotency-Key of the call."""

    site: Site
    now: datetime
    key: str | None = None


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


def find_workflow(site: Site, name: str) -> Workflow:
    """Return a workflow of the site by its slug or its id. Raises ApiError 404."""
    workflows = Workflow.objects.filter(site=site)
    found = workflows.filter(slug=name).first()
    if found is None and name.isascii() and name.isdecimal() and len(name) <= 18:
        found = workflows.filter(pk=int(name)).first()
    if found is None:
        raise ApiError(404, "workflow_inconnu", "Ce site n'a pas ce workflow.", field="workflowId")
    return found


def auto_deploy_sector(call: Call, asked: DeployRequest) -> dict[str, Any]:
    """Install a sector's workflows on the site. Raises ApiError 404."""
    check_site(call.site, asked.site_id)
    try:
        done = deploy(call.site, asked.secteur, now=call.now)
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
    (event_id,) = take(call.site, [asked.report(call.key, workflow.pk)])
    return {"id": str(event_id), "statut": "accepte", "data": identity(workflow)}


# For each action: what it does to a whole workflow, and to one execution.
CONTROLS: Mapping[str, tuple[Callable[[Workflow, datetime], int], Callable[[int, datetime], int]]] = {
    "pause": (control.pause_workflow, lambda pk, now: control.pause([pk], now)),
    "resume": (control.resume_workflow, lambda pk, now: control.resume([pk], now)),
    "stop": (
        lambda workflow, now: control.stop_workflow(workflow, _("demandé par l'API"), now),
        lambda pk, now: control.stop([pk], _("demandé par l'API"), now),
    ),
}


def steer(call: Call, asked: ControlRequest) -> dict[str, Any]:
    """Pause, resume or stop. Raises ApiError 404, and 409 where the state forbids it."""
    on_workflow, on_execution = CONTROLS[asked.action]
    if asked.workflow_id is not None:
        workflow = find_workflow(call.site, asked.workflow_id)
        try:
            concerned = on_workflow(workflow, call.now)
        except control.ConflictError as error:
            raise ApiError(409, "etat_incompatible", str(error)) from None
        return {"statut": workflow.status, "data": {**identity(workflow), "executions": concerned}}
    pk = int(asked.execution_id or 0)
    if not Execution.objects.filter(pk=pk, site=call.site).exists():
        raise ApiError(404, "execution_inconnue", "Ce site n'a pas cette exécution.", field="executionId")
    if not on_execution(pk, call.now):
        raise ApiError(409, "etat_incompatible", "L'état de cette exécution ne permet pas cette action.")
    status = Execution.objects.values_list("status", flat=True).get(pk=pk)
    return {"statut": status, "data": {"id": str(pk), "executions": 1}}


ACTIONS: Mapping[str, Action] = {
    "auto_deploy_sector": Action(DeployRequest, auto_deploy_sector),
    "trigger": Action(TriggerRequest, trigger, status=202),
    "pause": Action(ControlRequest, steer),
    "resume": Action(ControlRequest, steer),
    "stop": Action(ControlRequest, steer),
}
