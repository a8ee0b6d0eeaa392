"""People who sign in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import Membership, User
from accounts.second_factor import turn_off
from accounts.tenancy import NOBODY
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page
from berinia.admin.why import WhyForm

admin.site.unregister(Group)


class MembershipInline(TabularInline):
    """The organizations of a person."""

    model = Membership
    extra = 0
    autocomplete_fields = ("organization",)


def _remove_second_factor(ids: Any, now: Any, person: Any, raison: str) -> int:
    return sum(turn_off(user, by=person, now=now, reason=raison) for user in User.objects.filter(pk__in=ids))


@admin.register(User)
class UserAdmin(Acts, DjangoUserAdmin, Page):  # type: ignore[misc]
    """People who sign in. Superusers only: whoever edits people could make himself one."""

    changed_by = NOBODY
    acts = (
        Act(
            "second_facteur", gettext_lazy("Retirer le second facteur"),
            gettext_lazy("le mot de passe suffit de nouveau, jusqu'à ce que la personne en configure un autre."),
            _remove_second_factor, icon="phonelink_erase", is_dangerous=True, is_logged=False, form=WhyForm,
        ),
    )  # fmt: skip

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("username",)
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "is_superuser", "is_active")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("username", "email")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Identité"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Droits"), {"fields": ("is_active", "is_staff", "is_superuser", "password_is_temporary")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by user name or email."""
        return queryset.filter(username__icontains=term) | queryset.filter(email__icontains=term)

    def may(self, request: HttpRequest, roles: Any, obj: Any = None) -> bool:
        """Superusers only."""
        return self.has_module_permission(request)

    def within(self, request: HttpRequest, queryset: QuerySet[Any], roles: Any = None) -> QuerySet[Any]:
        """Everybody, for superusers."""
        return queryset if self.has_module_permission(request) else queryset.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return self.has_module_permission(request)
