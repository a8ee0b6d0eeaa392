"""Tasks: what people have to do about contacts."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import WRITERS, Tenancy, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from crm.admin import SiteFilter
from crm.models import Task
from crm.search import contact_ids
from workflows import todo


class StateFilter(SimpleListFilter):
    """To do, or done."""

    title, parameter_name = _("état"), "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Return the two."""
        return [("a_faire", _("à faire")), ("faite", _("faites"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for."""
        return queryset if self.value() is None else queryset.filter(done_at__isnull=self.value() == "a_faire")


@admin.register(Task)
class TaskAdmin(Acts, ReadOnly, Tenancy, Page):
    """The list of the team."""

    site_path = "site_id"
    changed_by = WRITERS
    list_display = ("id", "title", "show_contact", "show_state", "due_at", "created_at", "site")
    list_display_links = ("id", "title")
    list_filter = (StateFilter, SiteFilter)
    list_select_related = ("contact", "site")
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
