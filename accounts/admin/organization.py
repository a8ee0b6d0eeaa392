"""The client companies."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.admin.kept import Kept
from accounts.models import Organization
from accounts.tenancy import NOBODY, OWNERS, Tenancy
from berinia.admin.base import Page


@admin.register(Organization)
class OrganizationAdmin(Kept, Tenancy, Page):
    """The client companies. A superuser makes them; an owner may pause theirs."""

    organization_path = "pk"
    changed_by = OWNERS
    list_display = ("name", "slug", "plan", "is_paused", "created_at")
    search_fields = ("name",)
    readonly_fields = ("is_paused", "created_at")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by name."""
        return queryset.filter(name__icontains=term)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a superuser takes a client in."""
        return self.may(request, NOBODY)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a superuser removes a client, with all that is theirs."""
        return self.may(request, NOBODY)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The plan and the slug are the house's to set."""
        return self.readonly_fields if self.may(request, NOBODY) else ("slug", "plan", *self.readonly_fields)
