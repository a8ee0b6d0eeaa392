"""Acts on rows, asked for before they are done: pause, stop, replay and their like.

An act is reached from a selection in a list or from a button on a row's page. Both lead to one page that
says what will happen to how many; its form (POST, CSRF) names the very rows that were counted. What is
done is written to Django's log, one entry a row, and to the audit log by whoever watches (berinia/admin/witness.py).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.enums import ActionVariant

from berinia.admin.witness import witness

# More at once is done in several rounds: each is one transaction.
MOST = 5_000
# Buttons beside a page's title; with more of them the title has no room.
SHOWN = 2


class ActError(Exception):
    """The act cannot be done; the text says why, in French."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to rows. `run` takes their ids, the instant and the person; it returns how many.

    What its `form` asks for comes as keyword arguments. One that is not atomic sees to its own transactions: it is
    about so much that it works in rounds.
    """

    name: str
    label: Any
    consequence: Any  # what it does, said before it is done
    run: Callable[..., int]
    icon: str = "play_arrow"
    is_dangerous: bool = False
    is_atomic: bool = True
    is_for_many: bool = True  # False: offered on a row's page only
    by: frozenset[Any] | None = None  # the roles that do it; None: those that do the acts of its page
    is_logged: bool = True  # in Django's log, which names the rows; the act's own audit entry may be enough
    form: type[forms.Form] | None = None
    field: str = "status"  # what tells whether a row is concerned,
    values: frozenset[str | None] | None = None  # and by which of its values; None: all are
    # Says more about these very rows: how many executions hang on them, what may go wrong.
    notes: Callable[[QuerySet[Any], Sequence[int]], Sequence[str]] = lambda rows, ids: ()

    def concerned(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that it would change."""
        if self.values is None:
            return queryset
        found = Q(**{f"{self.field}__in": [value for value in self.values if value is not None]})
        return queryset.filter(found | Q(**{f"{self.field}__isnull": True}) if None in self.values else found)

    def suits(self, row: Model) -> bool:
        """Tell whether it would change this row."""
        return self.values is None or getattr(row, self.field) in self.values


class Acts:
    """Mixed into a ModelAdmin (before Tenancy): its `acts`, for selections and on the page of a row."""

    acts: ClassVar[Sequence[Act]] = ()
    acted_by: ClassVar[frozenset[Any] | None] = None  # the roles that do them; None: those that change rows

    def may_act(self, request: HttpRequest, obj: Model | None = None, act: Act | None = None) -> bool:
        """Tell whether the person may do the acts, or this one, which needs the role for it."""
        return bool(self.may(request, self._roles(act), obj))  # type: ignore[attr-defined]

    def _roles(self, act: Act | None = None) -> frozenset[Any]:
        if act is not None and act.by is not None:
            return act.by
        roles: frozenset[Any] = self.changed_by if self.acted_by is None else self.acted_by  # type: ignore[attr-defined]
        return roles

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the acts for the selected rows."""
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        offered = [act for act in self.acts if act.is_for_many and self.may_act(request, act=act)]
        return actions | {act.name: (_from_selection(act), act.name, act.label) for act in offered}

    def get_urls(self) -> list[URLPattern]:
        """Add the page that asks and does."""
        opts = self.model._meta  # type: ignore[attr-defined]
        view = self.admin_site.admin_view(self.act_view)  # type: ignore[attr-defined]
        asked = path("acte/<slug:name>/", view, name=f"{opts.app_label}_{opts.model_name}_act")
        return [asked, *super().get_urls()]  # type: ignore[misc]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the acts that suit this row as buttons."""
        row = kwargs.get("obj")
        if row is not None:
            buttons = [self._button(a, row) for a in self.acts if a.suits(row) and self.may_act(request, row, a)]
            context["actions_detail"] = _fitted([*buttons, *context.get("actions_detail", [])])
        return super().render_change_form(request, context, **kwargs)  # type: ignore[misc]

    def act_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """GET asks about the rows of `ids`; POST does it and returns to where it was asked for."""
        act = next((act for act in self.acts if act.name == name), None)
        if act is None:
            raise Http404
        if not self.may_act(request, act=act):
            raise PermissionDenied
        given = request.POST if request.method == "POST" else request.GET
        rows = self._rows(request, act, _numbers(given.get("ids", "")))
        form = act.form(request.POST if request.method == "POST" else None) if act.form else None
        if request.method != "POST" or (form is not None and not form.is_valid()):
            return self.ask(request, act, rows, form)
        self._do(request, act, rows, form.cleaned_data if form else {})
        return HttpResponseRedirect(self._back(rows, given.get("page") == "1"))

    def ask(
        self, request: HttpRequest, act: Act, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> HttpResponse:
        """Return the page that says what the act will do to how many, and asks."""
        ids = list(act.concerned(queryset).values_list("pk", flat=True)[: MOST + 1])
        is_cut, ids = len(ids) > MOST, ids[:MOST]
        rows = self._rows(request, act, ids)
        opts = self.model._meta  # type: ignore[attr-defined]
        is_page = (request.POST or request.GET).get("page") == "1"
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": act.label, "opts": opts, "act": act, "ids": ",".join(map(str, ids)), "count": len(ids),
            "name": opts.verbose_name if len(ids) == 1 else opts.verbose_name_plural,
            "is_cut": is_cut, "most": MOST, "notes": act.notes(rows, ids) if ids else (),
            "examples": list(self._rows(request, act, ids[:5])),
            "action": reverse(f"admin:{opts.app_label}_{opts.model_name}_act", args=[act.name]),
            "back": self._back(rows, is_page), "is_page": is_page, "form": form or (act.form() if act.form else None),
        }  # fmt: skip
        return TemplateResponse(request, "admin/act.html", context)

    def _do(self, request: HttpRequest, act: Act, rows: QuerySet[Any], answers: Mapping[str, Any]) -> None:
        concerned = list(act.concerned(rows).order_by("pk"))
        try:
            with transaction.atomic() if act.is_atomic else nullcontext():
                with witness().acting(self, request, act, concerned) as outcome:
                    done = act.run([row.pk for row in concerned], timezone.now(), request.user, **answers)
                    outcome.done = done
                person = int(request.user.pk or 0)
                if act.is_logged:
                    LogEntry.objects.log_actions(person, concerned, CHANGE, change_message=str(act.label))
        except ActError as error:
            messages.error(request, str(error))
            return
        text = ngettext("%(act)s : %(count)d ligne concernée.", "%(act)s : %(count)d lignes concernées.", done)
        level = messages.SUCCESS if done else messages.WARNING
        messages.add_message(request, level, text % {"act": act.label, "count": done})

    def _rows(self, request: HttpRequest, act: Act, ids: Sequence[int]) -> QuerySet[Any]:
        """Return those rows that the person may do it to."""
        queryset = self.model._default_manager.filter(pk__in=ids).order_by("-pk")  # type: ignore[attr-defined]
        return self.within(request, queryset, self._roles(act))  # type: ignore[attr-defined]

    def _button(self, act: Act, row: Model) -> Mapping[str, Any]:
        opts = row._meta
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_act", args=[act.name])
        variant = ActionVariant.DANGER if act.is_dangerous else ActionVariant.DEFAULT
        return {
            "title": act.label, "icon": act.icon, "variant": variant, "attrs": {},
            "path": f"{url}?ids={row.pk}&page=1",
        }  # fmt: skip

    def _back(self, rows: QuerySet[Any], is_page: bool) -> str:
        opts = self.model._meta  # type: ignore[attr-defined]
        row = rows.first() if is_page else None
        if row is not None:
            return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


def _fitted(buttons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what fits beside a page's title: the first buttons, and the others in a menu behind them."""
    if len(buttons) <= SHOWN + 1:
        return list(buttons)
    menu = {
        "title": _("Plus"), "icon": "more_horiz", "variant": ActionVariant.DEFAULT, "method_name": "more",
        "items": list(buttons[SHOWN:]), "attrs": {
            "role": "button", "tabindex": "0", "aria-haspopup": "true",
            "x-on:keydown.enter": "actionDropdownOpen = !actionDropdownOpen",
            "x-on:keydown.escape": "actionDropdownOpen = false",
        },
    }  # fmt: skip
    return [*buttons[:SHOWN], menu]


def _from_selection(act: Act) -> Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse]:
    def asked(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        answer: HttpResponse = admin.ask(request, act, admin.within(request, queryset, admin._roles(act)))
        return answer

    return asked


def _numbers(text: str) -> list[int]:
    parts = [part for part in text.split(",") if part.isdecimal() and len(part) < 19]
    return [int(part) for part in parts[:MOST]]
