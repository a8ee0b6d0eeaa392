"""The pages of a workflow's versions: its draft, what changed from one to another, the move of running executions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from berinia.admin.tables import Cell, Table
from workflows import draft
from workflows.definition import Definition, DefinitionError
from workflows.diff import Difference, Kind, differences
from workflows.exchange import ExchangeError, from_yaml, to_yaml
from workflows.migrate import Stuck, migrate, preview
from workflows.models import DefinitionVersion, Workflow
from workflows.programs import definition_of
from workflows.standing import standing_of
from workflows.touched import Touched, touched
from workflows.verdict import Verdict

# A click moves this many at most: the page says how many are left.
MOST_MOVED = 5_000
# What becomes of those who are under way when a version is published: STAY unless somebody chooses MOVE.
STAY, MOVE = "rester", "migrer"
TAGS = {Kind.ADDED: "success", Kind.REMOVED: "danger", Kind.CHANGED: "warning", Kind.MOVED: "info"}
LABELS = {
    Kind.ADDED: gettext_lazy("ajouté"), Kind.REMOVED: gettext_lazy("supprimé"), Kind.CHANGED: gettext_lazy("modifié"),
    Kind.MOVED: gettext_lazy("déplacé"),
}  # fmt: skip


def address(page: str, workflow: Workflow) -> str:
    """Return the address of one of the pages: draft, compare or migrate."""
    return reverse(f"admin:workflows_workflow_{page}", args=[workflow.pk])


def buttons(workflow: Workflow) -> list[Mapping[str, Any]]:
    """Return what leads from a workflow's page to these."""
    pages = [("draft", _("Brouillon"), "edit_note")]
    if workflow.version_id:
        pages += [("compare", _("Comparer"), "difference"), ("migrate", _("Migrer"), "move_up")]
    return [
        {"title": title, "icon": icon, "variant": ActionVariant.DEFAULT, "attrs": {}, "path": address(page, workflow)}
        for page, title, icon in pages
    ]


def running(workflow: Workflow) -> int:
    """Return how many executions have not ended."""
    return sum(spot.n for spot in standing_of(workflow) if spot.is_active)


def versions_table(workflow: Workflow) -> Table:
    """Return the latest versions, each with who published it and the way to what it changed."""
    rows = workflow.versions.order_by("-number").only("number", "created_at", "published_by")[:50]
    current = Cell(_("actuelle"), tag="success")
    compare = address("compare", workflow)
    cells = [
        (
            Cell(f"v{v.number}"), Cell(v.created_at), Cell(v.published_by or "—"),
            Cell(_("ce qui a changé"), f"{compare}?de={v.number - 1}&a={v.number}") if v.number > 1 else Cell(""),
            current if v.pk == workflow.version_id else Cell(""),
        )
        for v in rows
    ]  # fmt: skip
    columns = (_("version"), _("créée le"), _("publiée par"), _("changements"), _("état"))
    return Table(_("Versions"), columns, cells, _("Aucune version."))


# --- the draft -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form of the draft brings."""

    text: str
    seen: str
    by: str


def draft_page(admin: Any, request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """GET shows the draft; POST does what its button says: valider, enregistrer, publier, abandonner."""
    may_act = admin.may_act(request, workflow)
    text = draft.as_yaml(workflow)
    if request.method == "POST":
        if not may_act:
            raise PermissionDenied
        text = request.POST.get("text", "").replace("\r\n", "\n")
        asked = _Asked(text, request.POST.get("revision", ""), request.user.get_username())
        act = DRAFT_ACTS.get(request.POST.get("act", ""))
        if act and (done := _tried(act, request, workflow, asked)):
            return done
        workflow.refresh_from_db()
    context = _draft_context(workflow, text)
    context |= {**admin.admin_site.each_context(request), "opts": admin.opts, "may_act": may_act}
    return TemplateResponse(request, "admin/workflows/workflow/draft.html", context)


def _draft_context(workflow: Workflow, text: str) -> dict[str, Any]:
    verdict = draft.validate(workflow, text) if text.strip() else Verdict()
    changes, whom = _changes_of(workflow, text)
    return {
        "title": _("%(name)s : brouillon") % {"name": workflow.name}, "workflow": workflow, "text": text,
        "revision": draft.revision(workflow), "verdict": verdict, "changes": changes,
        "is_saved": text == workflow.draft, "touched": whom, "most": MOST_MOVED,
        "back": reverse("admin:workflows_workflow_change", args=[workflow.pk]),
    }  # fmt: skip


def _changes_of(workflow: Workflow, text: str) -> tuple[Table | None, Touched | None]:
    """Return what a text changes in the published version, and for whom; None for what cannot be said."""
    try:
        new = from_yaml(text).definition
        old = definition_of(workflow.version_id) if workflow.version_id else None
        whom = touched(workflow, new)
    except (ExchangeError, DefinitionError):
        return None, None
    return (_changes(_("Ce qui change"), differences(old, new)) if old else None), whom


def _changes(title: str, found: list[Difference]) -> Table:
    cells = [(Cell(LABELS[change.kind], tag=TAGS[change.kind]), Cell(change.text)) for change in found]
    return Table(title, (_("nature"), _("changement")), cells, _("Rien ne change."))


def _tried(
    act: Callable[[HttpRequest, Workflow, _Asked], HttpResponse | None],
    request: HttpRequest,
    workflow: Workflow,
    asked: _Asked,
) -> HttpResponse | None:
    """Do what the button says; None shows the page again, with what is wrong."""
    try:
        return act(request, workflow, asked)
    except draft.NotPublishableError:
        messages.error(request, _("Ce brouillon a des erreurs : il n'est pas publié."))
    except draft.DraftError as error:
        messages.error(request, str(error))
    return None


def _check(request: HttpRequest, workflow: Workflow, asked: _Asked) -> None:
    """Only look: the page says what it finds."""


def _save(request: HttpRequest, workflow: Workflow, asked: _Asked) -> HttpResponse:
    verdict = draft.save(workflow, asked.text, by=asked.by, now=timezone.now(), seen=asked.seen)
    _log(request, workflow, _("Brouillon enregistré."))
    messages.add_message(
        request, messages.SUCCESS if verdict.is_good else messages.WARNING,
        _("Brouillon enregistré.") if verdict.is_good else _("Brouillon enregistré, avec des erreurs."),
    )  # fmt: skip
    return HttpResponseRedirect(address("draft", workflow))


def _publish(request: HttpRequest, workflow: Workflow, asked: _Asked) -> HttpResponse:
    now = timezone.now()
    draft.save(workflow, asked.text, by=asked.by, now=now, seen=asked.seen)
    done = draft.publish(workflow, by=asked.by, now=now, seen=draft.revision(workflow))
    _log(request, workflow, _("Version %(n)d publiée.") % {"n": done.version.number})
    text = _("La version %(n)d est publiée : les nouvelles exécutions la suivent.")
    messages.success(request, text % {"n": done.version.number})
    if not running(workflow):
        return HttpResponseRedirect(address("draft", workflow))
    if request.POST.get("en_cours") == MOVE:
        _move(request, workflow, done.version)
    return HttpResponseRedirect(address("migrate", workflow))


def _discard(request: HttpRequest, workflow: Workflow, asked: _Asked) -> HttpResponse:
    if draft.discard(workflow, by=asked.by, now=timezone.now(), seen=asked.seen):
        _log(request, workflow, _("Brouillon abandonné."))
        messages.success(request, _("Brouillon abandonné."))
    return HttpResponseRedirect(reverse("admin:workflows_workflow_change", args=[workflow.pk]))


DRAFT_ACTS: Mapping[str, Callable[[HttpRequest, Workflow, _Asked], HttpResponse | None]] = {
    "valider": _check, "enregistrer": _save, "publier": _publish, "abandonner": _discard,
}  # fmt: skip


def _log(request: HttpRequest, workflow: Workflow, said: str) -> None:
    LogEntry.objects.log_actions(int(request.user.pk or 0), [workflow], CHANGE, change_message=said)


# --- comparing and moving --------------------------------------------------------------------------------


def compare_page(admin: Any, request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """Show what changes from one version (`de`) to another (`a`)."""
    old = _version(workflow, request.GET.get("de", ""))
    new = _version(workflow, request.GET.get("a", ""))
    context = {
        **admin.admin_site.each_context(request), "opts": admin.opts, "workflow": workflow, "old": old, "new": new,
        "title": _("%(name)s : de %(old)s à %(new)s") % {"name": workflow.name, "old": old, "new": new},
        "versions": list(workflow.versions.order_by("-number").only("number", "created_at")[:200]),
        "back": reverse("admin:workflows_workflow_change", args=[workflow.pk]), "yaml": to_yaml(new.document),
    }  # fmt: skip
    try:
        found = differences(_definition(old), _definition(new))
    except DefinitionError:
        messages.error(request, _("Une de ces versions est d'une écriture ancienne qui ne se lit plus."))
    else:
        context["changes"] = _changes(_("Ce qui change"), found)
    return TemplateResponse(request, "admin/workflows/workflow/compare.html", context)


def migrate_page(admin: Any, request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """GET counts which running executions can move to a version (`vers`); POST moves them."""
    given = request.POST if request.method == "POST" else request.GET
    version = _version(workflow, given.get("vers", ""))
    may_act = admin.may_act(request, workflow)
    try:
        if request.method == "POST":
            if not may_act:
                raise PermissionDenied
            _move(request, workflow, version)
            return HttpResponseRedirect(f"{address('migrate', workflow)}?vers={version.number}")
        counted = preview(workflow, version)
    except DefinitionError:
        messages.error(request, _("Cette version est d'une écriture ancienne qui ne se lit plus."))
        return HttpResponseRedirect(reverse("admin:workflows_workflow_change", args=[workflow.pk]))
    context = {
        **admin.admin_site.each_context(request), "opts": admin.opts, "workflow": workflow, "version": version,
        "title": _("%(name)s : migrer vers %(version)s") % {"name": workflow.name, "version": version},
        "versions": list(workflow.versions.order_by("-number").only("number", "created_at")[:200]),
        "movable": counted.movable, "most": MOST_MOVED, "stuck": _stuck(counted.stuck), "may_act": may_act,
        "back": reverse("admin:workflows_workflow_change", args=[workflow.pk]),
    }  # fmt: skip
    return TemplateResponse(request, "admin/workflows/workflow/migrate.html", context)


def _move(request: HttpRequest, workflow: Workflow, version: DefinitionVersion) -> None:
    done = migrate(workflow, version, by=request.user.get_username(), now=timezone.now(), limit=MOST_MOVED)
    text = ngettext("%(n)d exécution migrée vers %(v)s.", "%(n)d exécutions migrées vers %(v)s.", done.moved)
    said = text % {"n": done.moved, "v": version}
    if done.moved:
        _log(request, workflow, said)
    level = messages.SUCCESS if done.moved else messages.WARNING
    rest = ngettext(" Il en reste %(n)d : recommencez.", " Il en reste %(n)d : recommencez.", done.left)
    messages.add_message(request, level, said + (rest % {"n": done.left} if done.left else ""))


def _stuck(groups: tuple[Stuck, ...]) -> Table:
    cells = [
        (Cell(group.step), Cell(f"v{group.version}"), Cell(group.reason), Cell(group.count)) for group in groups
    ]  # fmt: skip
    columns = (_("étape"), _("version"), _("raison"), _("exécutions"))
    return Table(_("Celles qui ne peuvent pas"), columns, cells, _("Toutes peuvent migrer."))


def _version(workflow: Workflow, wanted: str) -> DefinitionVersion:
    """Return a version by its number, the published one without. Raises Http404."""
    if not wanted and workflow.version is not None:
        return workflow.version
    is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < 10
    found = workflow.versions.filter(number=int(wanted)).first() if is_number else None
    if found is None:
        raise Http404
    return found


def _definition(version: DefinitionVersion) -> Definition:
    return definition_of(version.pk)
