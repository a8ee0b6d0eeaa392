"""The audit log: who did what, to what, when and why, and how it was before."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.models import AuditEntry
from accounts.tenancy import Tenancy
from accounts.witness import KINDS
from berinia.admin.base import Page, ReadOnly, link
from berinia.formats import number

# From so many of the latest entries a filter learns what there is to choose.
LATEST = 2_000
LABELS = {kind: label for label, kind in KINDS.items()}
KIND_NAMES = {
    "plateforme": gettext_lazy("plateforme"), "cle": gettext_lazy("clé API"), "tache": gettext_lazy("tâche"),
    "executions": gettext_lazy("exécution"), "modele": gettext_lazy("modèle"),
    "regles_envoi": gettext_lazy("règles d'envoi"), "adresse_bloquee": gettext_lazy("adresse bloquée"),
    "reglages_agents": gettext_lazy("réglages des agents"), "connexion": gettext_lazy("connexion CRM"),
}  # fmt: skip


class LatestFilter(SimpleListFilter):
    """A filter by a column whose choices are those of the latest entries; any other value is looked for, too."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what the person's latest entries hold."""
        latest = model_admin.get_queryset(request).order_by("-id")
        found: set[str] = set(latest.values_list(self.parameter_name, flat=True)[:LATEST])
        if chosen := self.value():
            found.add(chosen)
        return [(value, self.written(value)) for value in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen ones."""
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset

    def written(self, value: str) -> str:
        """Return how a choice reads."""
        return value


class ActionFilter(LatestFilter):
    """By what was done."""

    title, parameter_name = gettext_lazy("action"), "action"


class KindFilter(LatestFilter):
    """By what it was done to."""

    title, parameter_name = gettext_lazy("type d'objet"), "target_kind"

    def written(self, value: str) -> str:
        """Return how a kind reads."""
        return str(KIND_NAMES.get(value, value))


class ActorFilter(LatestFilter):
    """By who did it."""

    title, parameter_name = gettext_lazy("par"), "actor"


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly, Tenancy, Page):
    """Written by the acts themselves; nobody adds, changes or deletes an entry."""

    list_display = ("at", "actor", "action", "show_target", "show_changes", "organization", "reason")
    list_display_links = ("at",)
    list_filter = (ActionFilter, KindFilter, ActorFilter)
    list_select_related = ("organization",)
    search_fields = ("actor",)
    search_help_text = gettext_lazy("Nom de la personne, début de la clé, ou numéro de l'objet")
    fields = ("at", "show_actor", "action", "show_target", "organization", "reason", "show_details")
    readonly_fields: ClassVar[Any] = fields
    change_form_outer_after_template = "admin/accounts/auditentry/changes.html"

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by who did it, or by the number of what it was done to."""
        found = queryset.filter(actor__icontains=term)
        return found | queryset.filter(target_id=int(term)) if term.isdecimal() and len(term) < 19 else found

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> Any:
        """Show what changed below."""
        entry = kwargs.get("obj")
        context["changes"] = changes_of(entry) if entry is not None else []
        return super().render_change_form(request, context, **kwargs)

    @display(description=gettext_lazy("objet"))
    def show_target(self, entry: AuditEntry) -> str | SafeString:
        """Name what it was done to, and lead there."""
        number_ = f" #{entry.target_id}" if entry.target_id is not None else ""
        name = f"{KIND_NAMES.get(entry.target_kind, entry.target_kind)}{number_} {entry.target}".strip()
        url = _url_of(entry)
        return link(url, name) if url else name

    @display(description=gettext_lazy("par"))
    def show_actor(self, entry: AuditEntry) -> str:
        """Name who did it: a person, how a key begins, or the system."""
        return entry.actor

    @display(description=gettext_lazy("champs"))
    def show_changes(self, entry: AuditEntry) -> str:
        """Name the fields that changed."""
        return ", ".join(line["name"] for line in changes_of(entry)[:4]) or "—"

    @display(description=gettext_lazy("détails"))
    def show_details(self, entry: AuditEntry) -> str:
        """Write the details."""
        return ", ".join(f"{name} : {value}" for name, value in entry.details.items()) or "—"


def changes_of(entry: AuditEntry) -> list[dict[str, str]]:
    """Return the fields that changed as they are read: name, before, after."""
    before, after = entry.before or {}, entry.after or {}
    names = _names_of(entry.target_kind)
    return [
        {"name": str(names.get(name, name)), "before": _written(before.get(name)), "after": _written(after.get(name))}
        for name in dict.fromkeys([*before, *after])
    ]


def _names_of(kind: str) -> Mapping[str, Any]:
    """Return what the fields of a kind are called."""
    try:
        model = apps.get_model(LABELS.get(kind, kind))
    except (LookupError, ValueError):
        return {}
    return {field.attname: field.verbose_name for field in model._meta.concrete_fields}


def _url_of(entry: AuditEntry) -> str | None:
    """Return where the object is shown; it may be gone."""
    label = LABELS.get(entry.target_kind, entry.target_kind)
    if entry.target_id is None or "." not in label:
        return None
    try:
        return reverse(f"admin:{label.replace('.', '_')}_change", args=[entry.target_id])
    except NoReverseMatch:
        return None


def _written(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return "—"
        case True:
            return _("oui")
        case False:
            return _("non")
        case int() | float():
            return number(value, 0 if isinstance(value, int) else 2)
        case str() if (moment := _moment(value)) is not None:
            return date_format(moment, "d/m/Y H:i")
    return str(value)


def _moment(text: str) -> Any:
    try:
        return parse_datetime(text) if len(text) > 15 and "T" in text else None
    except ValueError:
        return None
