"""Duplicates: contacts that may be the same person, side by side."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import WRITERS, Tenancy, sites_of
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from berinia.admin.tables import Cell, Table
from berinia.formats import phone
from crm.admin.contact import SiteFilter
from crm.dismiss import dismiss
from crm.models import Contact, Duplicate, Lead
from crm.models.lead import DuplicateState
from crm.search import contact_ids

ALL = "tous"


class StateFilter(SimpleListFilter):
    """Open pairs, unless others are asked for."""

    title, parameter_name = _("état"), "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Return the states, and all of them."""
        return [(DuplicateState.DISMISSED.value, DuplicateState.DISMISSED.label), (ALL, _("tous"))]

    def choices(self, changelist: Any) -> Any:
        """Call the default what it is."""
        first, *others = super().choices(changelist)
        yield {**first, "display": DuplicateState.OPEN.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for; acts and pages are about any."""
        if self.value() == ALL:
            return queryset
        return queryset.filter(state=self.value() or DuplicateState.OPEN)


class DuplicateAdmin(Acts, ReadOnly, Tenancy, Page):
    """The suspicions. Merging is an act of the engine: it is added where the engine's tables are known."""

    site_path = "site_id"
    changed_by = WRITERS
    list_display = ("id", "show_first", "show_second", "reason", "similarity", "show_state", "created_at", "site")
    list_display_links = ("id",)
    list_filter = (StateFilter, "reason", SiteFilter)
    list_select_related = ("first", "second", "first__lead", "second__lead", "site")
    search_fields = ("id",)
    search_help_text = _("Numéro, ou email ou téléphone de l'un des deux")
    fields = (
        ("show_first", "show_second", "site"), ("reason", "similarity", "show_state"),
        ("created_at", "settled_at", "settled_by"),
    )  # fmt: skip
    readonly_fields = tuple(name for line in fields for name in line)
    change_form_outer_after_template = "admin/parts/tables.html"
    acts: ClassVar[Sequence[Act]] = (
        Act(
            "distinguer", _("Ce sont deux personnes"), _("la question ne sera plus posée pour ces deux-là."),
            lambda ids, now, person: dismiss(ids, str(person), now), icon="call_split", field="state",
            values=frozenset({DuplicateState.OPEN.value}),
        ),
    )  # fmt: skip

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number, or by either contact."""
        if term.removeprefix("#").isdecimal() and not term.startswith("0"):
            return by_number(queryset, term)
        ids = contact_ids(term, sites_of(request.user))
        return queryset.filter(first_id__in=ids) | queryset.filter(second_id__in=ids)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the two side by side, below."""
        if pair := kwargs.get("obj"):
            context["tables"] = [side_by_side(pair)]
        return super().render_change_form(request, context, **kwargs)

    @display(description=_("le plus ancien"))
    def show_first(self, pair: Duplicate) -> SafeString:
        """Show who was here first."""
        return _shown(pair.first)

    @display(description=_("le plus récent"))
    def show_second(self, pair: Duplicate) -> SafeString:
        """Show who came later."""
        return _shown(pair.second)

    @display(description=_("état"))
    def show_state(self, pair: Duplicate) -> SafeString:
        """Show whether somebody has decided."""
        return badge("info" if pair.state == DuplicateState.OPEN else "", pair.get_state_display())


def _shown(contact: Contact) -> SafeString:
    """Return who it is, with what tells two of one name apart."""
    lead = _lead_of(contact)
    number = phone(contact.phone) if contact.phone else ""
    more = [text for text in (contact.email, number, lead.company if lead else "") if text]
    lines = [(link(reverse("admin:crm_contact_change", args=[contact.pk]), contact),), *((text,) for text in more)]
    return format_html_join(SafeString("<br>"), "{}", lines)


def _lead_of(contact: Contact) -> Lead | None:
    return getattr(contact, "lead", None)


def side_by_side(pair: Duplicate) -> Table:
    """Return what is known of the two, and where it differs."""
    rows = []
    for title, one, other in zip(*_known(pair.first), _known(pair.second)[1], strict=True):
        differs = one != other and one not in EMPTY and other not in EMPTY
        mark = Cell(_("différent"), tag="warning") if differs else Cell("" if one == other else _("complété"))
        rows.append((Cell(title), Cell(_text(one)), Cell(_text(other)), mark))
    columns = (_("champ"), _("le plus ancien"), _("le plus récent"), "")
    return Table(_("Côte à côte"), columns, rows, "")


EMPTY: Sequence[object] = ("", None, [], {})


def _known(contact: Contact) -> tuple[list[Any], list[Any]]:
    """Return the titles, and what is known of a contact under each."""
    lead = _lead_of(contact)
    known: dict[Any, Any] = {
        _("numéro"): contact.pk, _("nom"): contact.name, _("email"): contact.email,
        _("téléphone"): phone(contact.phone),
        _("étiquettes"): contact.tags, _("autres champs"): contact.fields, _("désinscrit le"): contact.opted_out_at,
        _("créé le"): contact.created_at, _("entreprise"): lead.company if lead else "",
        _("qualité"): lead.get_quality_display() if lead else "", _("score"): lead.score if lead else None,
        _("étape"): lead.get_stage_display() if lead else "",
    }  # fmt: skip
    return list(known), list(known.values())


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} : {text}" for name, text in value.items())
    return value


admin.site.register(Duplicate, DuplicateAdmin)
