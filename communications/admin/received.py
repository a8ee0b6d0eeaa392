"""What providers reported, as it came: for whoever runs the house, and to have applied again what could not be."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import EVERYBODY, NOBODY, Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number, link
from communications.models import ReceivedWebhook
from communications.receive import reapply


class Reapply(Act):
    """Only what could not be applied is applied again."""

    def concerned(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the requests with an error."""
        return queryset.exclude(error="")

    def suits(self, row: Model) -> bool:
        """Tell whether a request has an error."""
        return bool(getattr(row, "error", ""))


class StateFilter(admin.SimpleListFilter):
    """Those that wait, and those that could not be applied."""

    title, parameter_name = _("état"), "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return both."""
        return [("en_attente", _("en attente")), ("en_erreur", _("en erreur"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one of them."""
        if self.value() == "en_attente":
            return queryset.filter(processed_at__isnull=True)
        return queryset.exclude(error="") if self.value() == "en_erreur" else queryset


@admin.register(ReceivedWebhook)
class ReceivedWebhookAdmin(Acts, ReadOnly, Tenancy, Page):
    """They hold what people wrote, of all organizations: superusers only."""

    changed_by = NOBODY  # but superusers
    list_display = ("id", "provider", "kind", "show_message", "received_at", "show_state", "attempts")
    list_filter = (StateFilter, "provider")
    search_fields = ("id",)
    search_help_text = _("Numéro de la requête")
    fields = (
        "provider", "kind", "external_id", "show_message", "received_at", "processed_at", "attempts", "error",
        "show_body",
    )  # fmt: skip
    readonly_fields = fields
    acts = (
        Reapply(
            "reappliquer", _("Réappliquer"), _("ce qui n'a pas pu être appliqué l'est de nouveau dans la seconde."),
            lambda ids, now, person: reapply(ids), icon="replay",
        ),
    )  # fmt: skip

    def within(self, request: HttpRequest, queryset: QuerySet[Any], roles: frozenset[Any] = EVERYBODY) -> QuerySet[Any]:
        """Show nothing to anybody else."""
        return queryset if self.may(request, NOBODY) else queryset.none()

    def may(self, request: HttpRequest, roles: frozenset[Any], obj: Model | None = None) -> bool:
        """Tell whether the person runs the house."""
        return bool(request.user.is_active and request.user.is_superuser)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by number."""
        return by_number(queryset, term)

    @display(description=_("message"))
    def show_message(self, row: ReceivedWebhook) -> str | SafeString:
        """Show which message it is about."""
        if row.message_id is None:
            return "—"
        return link(reverse("admin:communications_message_change", args=[row.message_id]), f"#{row.message_id}")

    @display(description=_("état"))
    def show_state(self, row: ReceivedWebhook) -> SafeString:
        """Show whether it was applied."""
        if row.error:
            return badge("danger", _("en erreur"))
        return badge("success", _("appliqué")) if row.processed_at else badge("info", _("en attente"))

    @display(description=_("contenu"))
    def show_body(self, row: ReceivedWebhook) -> SafeString:
        """Show what came in."""
        return format_html("<pre>{}</pre>", json.dumps(row.body, ensure_ascii=False, indent=2))
