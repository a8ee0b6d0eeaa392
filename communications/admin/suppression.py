"""Addresses that nothing is sent to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page
from berinia.formats import phone
from communications.models import Suppression
from communications.models.suppression import SuppressionReason
from communications.suppress import digest
from crm.search import address_of

# An opt-out is the person's own word: only the person takes it back.
LIFTED = frozenset({SuppressionReason.UNREACHABLE.value, SuppressionReason.COMPLAINT.value})


def _lift(ids: Any, now: Any, person: Any) -> int:
    deleted, _rows = Suppression.objects.filter(pk__in=ids, reason__in=LIFTED).delete()
    return deleted


@admin.register(Suppression)
class SuppressionAdmin(Acts, Tenancy, Page):
    """Closed addresses: by the person, by the provider, or by an operator."""

    list_display = ("show_address", "channel", "reason", "organization", "created_at")
    list_filter = ("channel", "reason")
    list_select_related = ("organization",)
    search_fields = ("address",)
    search_help_text = _("L'adresse entière : email ou téléphone")
    autocomplete_fields = ("organization",)
    fields = ("organization", "channel", "address", "reason")
    acts = (
        Act(
            "lever", _("Lever le blocage"),
            _("des messages pourront de nouveau partir vers ces adresses. Une désinscription ne se lève pas ici."),
            _lift, icon="lock_open", is_dangerous=True, field="reason", values=LIFTED,
        ),
    )  # fmt: skip

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by the whole address; by its fingerprint, which is all that is left of who was erased."""
        return queryset.filter(digest=digest(address_of(term)))

    @display(description=_("adresse"))
    def show_address(self, closed: Suppression) -> str:
        """Show a number as people dial it; of who was erased nothing is left to show."""
        return closed.address if closed.channel == "email" else phone(closed.address)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A closed address is not edited: it is lifted, or stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """See the act."""
        return False

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        """Close an address, in the form in which it is compared."""
        obj.address, obj.created_at = address_of(obj.address), timezone.now()
        obj.digest = digest(obj.address)
        super().save_model(request, obj, form, change)
