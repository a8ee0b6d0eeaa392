"""The versions of a template: what each changes, and the way back to one or to the library's text."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from berinia.admin.tables import LATEST, Cell, Table
from communications.compose import source_of
from communications.models import Template
from communications.rendering import Source, TemplateError
from communications.templates import (
    NoSuchTextError,
    StaleError,
    back_to_library,
    restore,
    source_at,
    standing_of,
)
from communications.textdiff import Line, differences

LIBRARY = "bibliotheque"  # in the place of a number


@dataclass(frozen=True, slots=True)
class Comparison:
    """What going back to a text would change; `beside_library` is how that text differs from the library's."""

    title: str
    version: str
    changes: list[Line]
    beside_library: list[Line] | None
    button: str


def page(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """GET lists the versions and shows what the chosen one would change; POST goes back to it."""
    template = admin.own(request, pk)
    may_act = admin.has_change_permission(request, template)
    if request.method == "POST":
        if not may_act:
            raise PermissionDenied
        _go_back(request, template)
        return HttpResponseRedirect(reverse("admin:communications_template_versions", args=[pk]))
    standing = standing_of(template)
    context = {
        **admin.admin_site.each_context(request), "title": _("Versions"), "subtitle": template.name,
        "opts": admin.opts, "template": template, "tables": [_table(template)], "may_act": may_act,
        "standing": standing, "comparison": _comparison(template, standing.library, request.GET.get("version", "")),
        "edit": reverse("admin:communications_template_change", args=[pk]), "library": LIBRARY,
    }  # fmt: skip
    return TemplateResponse(request, "admin/communications/template/versions.html", context)


def _go_back(request: HttpRequest, template: Template) -> None:
    wanted, seen = request.POST.get("version", ""), request.POST.get("seen", "")
    by, now, expected = request.user.get_username(), timezone.now(), _number(seen)
    try:
        if wanted == LIBRARY:
            back_to_library(template, by, now, seen=expected)
            messages.success(request, _("Le texte de la bibliothèque est de nouveau le vôtre."))
        elif number := _number(wanted):
            restore(template, number, by, now, seen=expected)
            messages.success(request, _("La version %(number)d est de nouveau la vôtre.") % {"number": number})
        else:
            raise Http404
    except (NoSuchTextError, StaleError) as error:
        messages.error(request, str(error))
    except TemplateError as error:
        text = _("Ce texte n'est plus accepté : %(why)s. Copiez-le dans le formulaire et corrigez-le.")
        messages.error(request, text % {"why": error})


def _table(template: Template) -> Table:
    rows = template.versions.order_by("-number").defer("body", "content_variables")[:LATEST]
    here = reverse("admin:communications_template_versions", args=[template.pk])
    cells = [
        (
            Cell(f"v{v.number}"), Cell(v.created_at), Cell(v.created_by or ("—" if not v.is_library else "")),
            Cell(_("bibliothèque"), tag="info") if v.is_library else Cell(""),
            Cell(_("actuelle"), tag="success") if v.number == template.version
            else Cell(_("comparer"), f"{here}?version={v.number}"),
        )
        for v in rows
    ]  # fmt: skip
    columns = (_("version"), _("enregistrée le"), _("par"), "", "")
    return Table(_("Versions"), columns, cells, _("Aucune version : le texte n'a pas changé."))


def _comparison(template: Template, library: Source | None, wanted: str) -> Comparison | None:
    """Compare the chosen text with the current one and with the library's. Raises Http404."""
    if not wanted:
        return None
    try:
        current = source_of(template)
        if wanted == LIBRARY:
            if library is None:
                raise Http404
            title, button = _("Revenir au texte de la bibliothèque"), _("Revenir au texte de la bibliothèque")
            return Comparison(title, LIBRARY, differences(current, library), None, button)
        version = template.versions.filter(number=_number(wanted) or 0).first()
        if version is None:
            raise Http404
        then = source_at(template, version)
    except TemplateError:
        raise Http404 from None
    title = _("Revenir à la version %(number)d") % {"number": version.number}
    beside = differences(library, then) if library else None
    return Comparison(title, str(version.number), differences(current, then), beside, _("Revenir à cette version"))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
