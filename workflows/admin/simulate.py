"""« Simuler »: what a workflow would do for a contact that is made up, told in virtual time; and for a crowd."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from berinia.api import ApiError
from berinia.clock import zone
from communications.admin.frame import POLICY
from workflows import volumes
from workflows.admin.simulate_form import SimulationForm
from workflows.api.simulate import looking
from workflows.channels import CHANNELS
from workflows.compile import compile_definition
from workflows.models import Workflow
from workflows.population import Crowd, populate, usual_chances
from workflows.rehearsal import Rehearsal, as_json, rehearse, subject_of
from workflows.volumes import PACES

ICONS = {"debut": "play_arrow", "evenement": "bolt", "etape": "check", "attente": "schedule", "fin": "flag"}
OPENS, CLOSES = time(9), time(18)


def simulate_page(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form, POST the timeline below it; nothing is written. Raises Http404, PermissionDenied."""
    rows = admin.get_queryset(request).select_related("site", "version")
    workflow: Workflow | None = rows.filter(pk=min(pk, 2**63 - 1)).first()
    if workflow is None:
        raise Http404
    if not admin.has_view_permission(request, workflow):
        raise PermissionDenied
    now = timezone.now()
    form = SimulationForm(workflow, request.POST if request.method == "POST" else None, now=now)
    context = {
        **admin.admin_site.each_context(request), "title": _("Simuler « %(name)s »") % {"name": workflow.name},
        "opts": admin.opts, "workflow": workflow, "form": form, "policy": POLICY.removeprefix("sandbox; "),
    }  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            context |= _found(workflow, form, now)
        except ApiError as error:
            form.refuse(error)
    return TemplateResponse(request, "admin/workflows/simulate.html", context)


def _found(workflow: Workflow, form: SimulationForm, now: datetime) -> dict[str, Any]:
    """Simulate what the form asks for. Raises ApiError."""
    assert form.asked is not None
    with looking():
        rehearsal = rehearse(subject_of(workflow, is_draft=form.is_draft), form.asked, now)
        found = as_json(rehearsal) | {"chronologie": list(_lines(rehearsal, as_json(rehearsal)["chronologie"]))}
        size = form.cleaned_data.get("contacts")
        return {"found": found, "crowd": _crowd(rehearsal, size) if size else None}


def _lines(rehearsal: Rehearsal, lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a simulation, with each message as it would read."""
    for told, line in zip(lines, rehearsal.timeline.lines, strict=True):
        messages = [
            {**said, "titre_canal": CHANNELS[message.channel].title, "written": rehearsal.written(message)}
            for said, message in zip(told["messages"], line.messages, strict=True)
        ]
        yield {**told, "icone": ICONS[line.kind], "messages": messages}


def _crowd(rehearsal: Rehearsal, size: int) -> dict[str, Any]:
    """Return what so many contacts cause who come on the day of the scenario, and what is supposed of them."""
    subject, scenario = rehearsal.subject, rehearsal.scenario
    day = scenario.start.astimezone(zone(scenario.zone)).date()
    chances = usual_chances(subject.definition)
    crowd = Crowd(
        size, day, scenario.contact, chances, scenario.data, OPENS, CLOSES, scenario.zone,
        workflow_id=scenario.workflow_id,
    )  # fmt: skip
    volume = populate(compile_definition(subject.definition, subject.sector), crowd)
    found = volumes.as_json(volume, rehearsal.preview, scenario.zone, PACES)
    channels = [row | {"titre": CHANNELS[row["canal"]].title} for row in found["canaux"] if row["messages"]]
    return {"size": size, "day": day, "chances": chances, "found": found, "channels": channels,
            "ends": list(volumes.ends(found))}  # fmt: skip
