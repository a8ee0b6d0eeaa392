"""Acts on all the executions that a filter of the list shows, counted before, done in rounds, written down.

What began after the count is not in it: the page says how many, and does it to no others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Site
from accounts.tenancy import sites_of
from berinia.admin.acts import Act
from berinia.formats import number
from workflows.admin.steering import order
from workflows.labels import step_name
from workflows.models import ExecutionStatus, Workflow
from workflows.scope import MOST, Chosen, Preview, Scope, preview

STATUS, WORKFLOW, SITE, STEP = "status__exact", "workflow", "site", "etape"
FILTERS = (STATUS, WORKFLOW, SITE, STEP)
PAGING = frozenset({"p", "o", "e", "all"})  # of the list, which choose nothing
# What a preview counts of it: the states that each act changes.
COUNTED: Mapping[str, tuple[str, ...]] = {
    "pause": ("active",), "reprise": ("paused",), "reessai": ("failed",), "recommencement": ("failed",),
    "etape_sautee": ("active", "paused", "failed"), "arret": ("active", "paused"),
}  # fmt: skip


def offered(admin: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """Return the acts on all that a list's filter shows: none without a filter, or with one that cannot be said."""
    given = _given(request.GET)
    if not given or set(request.GET) - set(FILTERS) - PAGING:
        return []
    query = QueryDict(mutable=True)
    query.update(given)
    status = given.get(STATUS)
    return [
        {"act": act, "url": f"{_address(act.name)}?{query.urlencode()}"}
        for act in admin.acts
        if act.name in COUNTED and admin.may_act(request, act=act) and _suits(act, status)
    ]


def _suits(act: Act, status: str | None) -> bool:
    return status is None or act.values is None or status in act.values


def _given(query: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(query[name]) for name in FILTERS if query.get(name)}


def _address(name: str) -> str:
    return reverse("admin:workflows_execution_by_filter", args=[name])


def filter_page(admin: Any, request: HttpRequest, name: str) -> HttpResponse:
    """GET counts and asks; POST does it to those that had begun by then. Raises Http404, PermissionDenied."""
    act: Act | None = next((act for act in admin.acts if act.name == name and name in COUNTED), None)
    if act is None:
        raise Http404
    if not admin.may_act(request, act=act):
        raise PermissionDenied
    query = request.POST if request.method == "POST" else request.GET
    given = _given(query)
    before = _instant(query.get("avant", "")) or timezone.now()
    chosen = _chosen(given, sites_of(request.user, admin._roles(act)), before)
    if chosen is None:
        raise Http404
    form = act.form(request.POST if request.method == "POST" else None) if act.form else None
    if request.method != "POST" or (form is not None and not form.is_valid()):
        return _ask(admin, request, act, chosen, given, form)
    run: Any = act.run
    done = run.act(Scope.matching(chosen), *_order(request, form.cleaned_data if form else {}))
    text = ngettext("%(act)s : %(count)s exécution concernée.", "%(act)s : %(count)s exécutions concernées.", done)
    level = messages.SUCCESS if done else messages.WARNING
    messages.add_message(request, level, text % {"act": act.label, "count": number(done)})
    return HttpResponseRedirect(_back(given))


def _order(request: HttpRequest, answers: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    rest = dict(answers)
    return order(request.user, timezone.now(), rest.pop("raison", "")), rest


def _chosen(given: Mapping[str, str], sites: Sequence[int], before: datetime) -> Chosen | None:
    """Return what a filter means, within the person's sites; None for one that means nothing, or nothing of theirs."""
    numbers = {name: _number(given[name]) for name in (WORKFLOW, SITE) if name in given}
    if not given or None in numbers.values() or given.get(STATUS) not in (None, *ExecutionStatus.values):
        return None
    site, workflow = numbers.get(SITE), numbers.get(WORKFLOW)
    if site is not None and site not in sites:
        return None
    if workflow is not None and not Workflow.objects.filter(pk=workflow, site_id__in=sites).exists():
        return None
    return Chosen(
        site_ids=tuple(sites), site_id=site, workflow_id=workflow, status=given.get(STATUS), step=given.get(STEP),
        started_before=before,
    )  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _ask(
    admin: Any, request: HttpRequest, act: Act, chosen: Chosen, given: Mapping[str, str], form: Any
) -> HttpResponse:  # fmt: skip
    found = preview(Scope.matching(chosen), now=timezone.now())
    context = {
        **admin.admin_site.each_context(request), "opts": admin.opts, "act": act, "back": _back(given),
        "title": _("%(act)s : tout ce que ce filtre montre") % {"act": act.label}, "said": _said(given),
        "count": _count(act, found), "found": found, "most": MOST, "form": form or (act.form() if act.form else None),
        "hidden": [*given.items(), ("avant", chosen.started_before.isoformat() if chosen.started_before else "")],
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/execution/ask_filter.html", context)


def _count(act: Act, found: Preview) -> int:
    return sum(getattr(found, name) for name in COUNTED[act.name])


def _said(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the filter in words."""
    lines = []
    if STATUS in given:
        lines.append((_("statut"), str(ExecutionStatus(given[STATUS]).label)))
    if WORKFLOW in given:
        lines.append((_("workflow"), str(Workflow.objects.filter(pk=int(given[WORKFLOW])).first() or "")))
    if SITE in given:
        lines.append((_("site"), str(Site.objects.filter(pk=int(given[SITE])).first() or "")))
    if STEP in given:
        lines.append((_("étape"), step_name(given[STEP])))
    return lines


def _back(given: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(given)
    return f"{reverse('admin:workflows_execution_changelist')}?{query.urlencode()}"
