"""Tasks: what people have to do about contacts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.tenancy import WRITERS, Tenancy, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from berinia.formats import phone
from crm.admin import SiteFilter
from crm.models import Task
from crm.search import contact_ids
from workflows import todo

STATES: Mapping[str, Any] = {
    "en_retard": _("en retard"), "aujourdhui": _("pour aujourd'hui"), "ensuite": _("ensuite"),
    "a_faire": _("à faire"), "faite": _("faites"),
}  # fmt: skip


class StateFilter(SimpleListFilter):
    """To do, and until when; or done. What is to do comes first, the most pressing at the top."""

    title, parameter_name = _("état"), "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Return the states."""
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for: by index, as long as it is open."""
        state = self.value()
        if state not in STATES:
            return queryset
        if state == "faite":
            return queryset.filter(done_at__isnull=False)
        rows = queryset.filter(done_at=None)
        now = timezone.now()
        tomorrow = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        match state:
            case "en_retard":
                rows = rows.filter(due_at__lt=now)
            case "aujourdhui":
                rows = rows.filter(due_at__lt=tomorrow)
            case "ensuite":
                rows = rows.filter(Q(due_at__gte=tomorrow) | Q(due_at=None))
        return rows


class MineFilter(SimpleListFilter):
    """Those about the leads of the person who looks, or of nobody."""

    title, parameter_name = _("commercial"), "commercial"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Return the two."""
        return [("moi", _("mes leads")), ("personne", _("leads de personne"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for."""
        match self.value():
            case "moi":
                return queryset.filter(contact__lead__owner=request.user.pk)
            case "personne":
                return queryset.filter(contact__lead__owner=None)
        return queryset


@admin.register(Task)
class TaskAdmin(Acts, ReadOnly, Tenancy, Page):
    """The list of the team."""

    site_path = "site_id"
    changed_by = WRITERS
    list_display = (
        "title", "show_done", "show_contact", "show_phone", "show_state", "due_at", "show_owner", "created_at", "site",
    )  # fmt: skip
    list_display_links = ("title",)
    list_filter = (StateFilter, MineFilter, SiteFilter)
    list_select_related = ("contact", "contact__lead", "contact__lead__owner", "site")
    list_before_template = "admin/crm/task/chips.html"
    search_fields = ("id",)
    search_help_text = _("Numéro de la tâche, ou email ou téléphone du contact")
    fields = (
        "title", ("show_contact", "show_execution", "site"), ("show_state", "due_at", "created_at"),
        ("done_at", "done_by"),
    )  # fmt: skip
    readonly_fields = ("title", *fields[1], *fields[2], *fields[3])
    acts = (
        Act(
            "terminer", _("Terminer"), _("la tâche est faite ; le workflow qui l'attend continue."),
            lambda ids, now, person: todo.complete(ids, actor=str(person), now=now), icon="task_alt",
            field="done_at", values=frozenset({None}),
        ),
    )  # fmt: skip

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by the contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        return queryset.filter(contact_id__in=contact_ids(term, sites_of(request.user)))

    def get_urls(self) -> list[URLPattern]:
        """Add the one click that does a task."""
        view = self.admin_site.admin_view(require_POST(self.finish))
        return [path("<int:pk>/faite/", view, name="crm_task_finish"), *super().get_urls()]

    def finish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do one task, and return to the list as it was."""
        if not self.may(request, WRITERS):
            raise PermissionDenied
        task = get_object_or_404(self.within(request, Task.objects.all(), WRITERS), pk=pk)
        if todo.complete([task.pk], actor=str(request.user), now=timezone.now()):
            messages.success(request, _("Faite : %(task)s") % {"task": task})
        else:
            messages.warning(request, _("Cette tâche était déjà faite."))
        listed = reverse("admin:crm_task_changelist")
        came_from = urlsplit(request.headers.get("Referer", ""))
        asked = f"?{came_from.query}" if came_from.path == listed and came_from.query else ""
        return HttpResponseRedirect(listed + asked)

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """What is to do: the most pressing first."""
        return ("due_at", "-id") if request.GET.get("etat", "faite") != "faite" else ("-id",)

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Offer the one click to who may do it."""
        shown: Sequence[str] = super().get_list_display(request)
        return shown if self.may(request, WRITERS) else [name for name in shown if name != "show_done"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the filters that one works by as chips above the list."""
        given = {name: request.GET[name] for name in ("etat", "commercial") if name in request.GET}

        def chip(label: Any, **changes: str) -> Mapping[str, Any]:
            asked = {name: value for name, value in {**given, **changes}.items() if value}
            is_on = all(given.get(name, "") == value for name, value in changes.items())
            return {"label": label, "url": "?" + urlencode(asked), "is_on": is_on}

        chips = [chip(label, etat=state) for state, label in [*STATES.items(), ("", _("toutes"))]]
        whose = [chip(_("mes leads"), commercial="moi"), chip(_("de tous"), commercial="")]
        return super().changelist_view(request, {**(extra_context or {}), "chips": chips, "whose": whose})

    @display(description=_("fait"))
    def show_done(self, task: Task) -> SafeString | str:
        """Do it in one click: the list's own form bears the token."""
        if task.done_at:
            return "—"
        url = reverse("admin:crm_task_finish", args=[task.pk])
        text, name = _("Faite"), _("Marquer comme faite : %(task)s") % {"task": task}
        return format_html(
            '<button type="submit" class="b-button b-quiet b-small" formaction="{}" aria-label="{}">{}</button>', url,
            name, text,
        )  # fmt: skip

    @display(description=_("téléphone"))
    def show_phone(self, task: Task) -> SafeString | str:
        """Show the number to call, as people dial it."""
        number = task.contact.phone
        return link(f"tel:{number}", phone(number)) if number else "—"

    @display(description=_("commercial"))
    def show_owner(self, task: Task) -> str:
        """Show whose lead it is about."""
        lead = getattr(task.contact, "lead", None)
        return str(lead.owner) if lead and lead.owner else "—"

    @display(description=_("état"))
    def show_state(self, task: Task) -> SafeString:
        """Show whether it is done, and whether it is late."""
        if task.done_at:
            return badge("success", _("faite"))
        is_late = task.due_at is not None and task.due_at < timezone.now()
        return badge("danger", _("en retard")) if is_late else badge("info", _("à faire"))

    @display(description=_("contact"))
    def show_contact(self, task: Task) -> SafeString:
        """Show whom it is about."""
        return link(reverse("admin:crm_contact_change", args=[task.contact_id]), task.contact)

    @display(description=_("exécution"))
    def show_execution(self, task: Task) -> SafeString | str:
        """Lead to the execution that gave it."""
        if task.execution_id is None:
            return "—"
        return link(reverse("admin:workflows_execution_change", args=[task.execution_id]), f"#{task.execution_id}")
