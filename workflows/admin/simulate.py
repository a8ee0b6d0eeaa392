"""« Simuler »: what a workflow would do for a contact that is made up, told in virtual time."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from berinia.api import ApiError, parse
from workflows.api.simulate import looking
from workflows.channels import CHANNELS
from workflows.models import Workflow
from workflows.rehearsal import as_json, rehearse, subject_of
from workflows.scenarios import LARGEST, Asked, data_in, event_line

FIRST = {"nom": "Camille Martin", "telephone": "06 12 34 56 78", "email": "camille.martin@exemple.fr"}
FIELDS = ("nom", "telephone", "email", "etiquettes", "debut", "evenement", "donnees", "evenements", "version")
ICONS = {"debut": "play_arrow", "evenement": "bolt", "etape": "check", "attente": "schedule", "fin": "flag"}


def simulate_page(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form, POST the timeline below it; nothing is written. Raises Http404, PermissionDenied."""
    workflow: Workflow | None = admin.get_queryset(request).select_related("site", "version").filter(pk=pk).first()
    if workflow is None:
        raise Http404
    if not admin.has_view_permission(request, workflow):
        raise PermissionDenied
    given = {name: request.POST.get(name, "") for name in FIELDS} if request.method == "POST" else FIRST
    context = {
        **admin.admin_site.each_context(request), "title": _("Simuler « %(name)s »") % {"name": workflow.name},
        "opts": admin.opts, "workflow": workflow, "given": given, "found": None, "problem": "",
    }  # fmt: skip
    if request.method == "POST":
        try:
            context["found"] = _found(workflow, given)
        except ApiError as error:
            context["problem"] = _said(error)
        except ValueError as error:
            context["problem"] = str(error)
    return TemplateResponse(request, "admin/workflows/simulate.html", context)


def _found(workflow: Workflow, given: dict[str, str]) -> dict[str, Any]:
    """Simulate what the form asks for. Raises ApiError, ValueError."""
    lines = [line for line in given["evenements"].splitlines() if line.strip()]
    tags = [tag.strip() for tag in given["etiquettes"].split(",") if tag.strip()]
    asked = parse(Asked, {
        "contact": {**{name: given[name] for name in FIRST}, "etiquettes": tags},
        "debut": given["debut"] or None,
        "evenement": given["evenement"].strip() or None,
        "donnees": data_in(given["donnees"]),
        "evenements": [event_line(line) for line in lines[: LARGEST + 1]],
    })  # fmt: skip
    with looking():
        subject = subject_of(workflow, is_draft=given["version"] == "brouillon")
        found = as_json(rehearse(subject, asked, timezone.now()))
    for line in found["chronologie"]:
        line["icone"] = ICONS[line["type"]]
        for message in line["messages"]:
            message["nom_canal"] = CHANNELS[message["canal"]].title
    return found


def _said(error: ApiError) -> str:
    field = error.content.get("field", "")
    return f"{field} : {error}" if field else str(error)
