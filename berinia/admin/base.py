"""The admin pages' common ground."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from unfold.admin import ModelAdmin, checkbox
from unfold.decorators import display
from unfold.templatetags import unfold_list
from unfold.views import ChangeList

from berinia.admin.paging import BoundedPaginator
from berinia.admin.witness import witness

FEW = 200

_headers_of = unfold_list.result_headers


def _headers_once(changelist: Any) -> list[dict[str, Any]]:
    kept = vars(changelist)
    if "_headers" not in kept:
        kept["_headers"] = [{**head, "text": conditional_escape(head["text"])} for head in _headers_of(changelist)]
    headers: list[dict[str, Any]] = kept["_headers"]
    return headers


# The theme makes a list's headers again, and translates them, for each of its rows: a third of what a page took.
unfold_list.result_headers = _headers_once


class List(ChangeList):
    """A list that speaks of how many it found only when something was looked for.

    The way to a row is the list's own address and a number: two links a row would be looked up, and with a filter
    resolved and written anew, one by one.
    """

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        opts = self.opts
        self._address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        self._back = str(self.model_admin.get_preserved_filters(request))
        self.preserved_filters = ""

    def url_for_result(self, result: Model) -> str:
        """Return the address of a row's page, which knows the way back to the list as it is filtered."""
        return f"{self._address}{quote(result.pk)}/change/" + (f"?{self._back}" if self._back else "")

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page; unfiltered, what was found is all there is."""
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class Page(ModelAdmin):
    """A list that stays fast however long the table is: newest first by key, searched by `find`."""

    paginator: ClassVar[Any] = BoundedPaginator
    show_full_result_count = False
    list_per_page = 20  # a row costs 2 ms to render: with 50, wide lists took longer than 200 ms
    list_max_show_all = 20
    show_facets = ShowFacets.NEVER  # numbers beside the filters: each would count the whole table
    list_fullwidth = True
    list_filter_sheet = False
    ordering: ClassVar[Any] = ("-id",)
    sortable_by: ClassVar[Any] = ()  # a sort by a column without an index would read the whole table

    @display(description=checkbox.render("action_toggle_all", 1))
    def action_checkbox(self, obj: Model) -> SafeString:
        """Return the box that selects a row; the theme's own goes through four templates a row."""
        before, after = _box(get_language())
        return format_html("{}{}{}", before, obj.pk, after)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show or save a form; what is saved leaves its traces (berinia/admin/witness.py)."""
        with witness().editing():
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask, or delete; the same."""
        with witness().editing():
            return super().delete_view(request, *args, **kwargs)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return a row; how it is before a form fills it in is remembered."""
        row = super().get_object(request, *args, **kwargs)
        if row is not None and request.method == "POST":
            witness().seen(request, row)
        return row

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Tell that a row was added."""
        witness().changed(self, request, "creer", obj, _formsets(request))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Tell that a row was changed."""
        witness().changed(self, request, "modifier", obj, _formsets(request))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Tell that rows are about to be deleted."""
        for row in queryset:
            witness().changed(self, request, "supprimer", row)
        return super().log_deletions(request, queryset)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save what stands below the form, and remember it for the log."""
        super().save_related(request, form, formsets, change)
        vars(request)["_formsets"] = formsets

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the lists."""
        return List

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out Django's deletion of many rows: each has a page that says what goes with it."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Leave out of the form for a new row what is only ever shown."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        shown = set(self.get_readonly_fields(request, obj))
        kept = [(title, {**part, "fields": [f for f in part["fields"] if f not in shown]}) for title, part in fieldsets]
        return [(title, part) for title, part in kept if part["fields"]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search with `find` (by index), not with LIKE over all rows."""
        term = search_term.strip()
        return (self.find(request, queryset, term), False) if term else (queryset, False)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Return the rows that a search term means: by default the one of this number."""
        return by_number(queryset, term)


class ReadOnly:
    """Mixed in before Tenancy: rows that nobody writes by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is edited here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted here."""
        return False


@cache
def _box(_language: str | None) -> tuple[SafeString, SafeString]:
    before, _number, after = str(checkbox.render(ACTION_CHECKBOX_NAME, "0")).partition('value="0"')
    return SafeString(f'{before}value="'), SafeString(f'"{after}')


def _formsets(request: HttpRequest) -> Any:
    return getattr(request, "_formsets", ())


def by_number(queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Return the row of this number, or none when the term is not a number that a key can be."""
    number = term.removeprefix("#")
    return queryset.filter(pk=int(number)) if number.isdecimal() and len(number) < 19 else queryset.none()


class ScopedFilter(SimpleListFilter):
    """A filter by a related row that offers, and accepts, only those that the person may see."""

    field: ClassVar[str]
    choices_of: ClassVar[Callable[[HttpRequest], QuerySet[Any]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Return the first rows by name."""
        return [(str(row.pk), str(row)) for row in type(self).choices_of(request)[:FEW]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what belongs to the chosen row."""
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(**{self.field: int(value)}) if value.isdecimal() and len(value) < 19 else queryset.none()


def badge(tag: str, text: object) -> SafeString:
    """Return a coloured badge: success, info, warning, danger, or "" for plain."""
    return format_html('<span class="b-tag{}">{}</span>', f" b-tag-{tag}" if tag else "", text)


def link(url: str, text: object) -> SafeString:
    """Return a link as the admin shows one."""
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text)
