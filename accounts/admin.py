"""Organizations, people, sites and their keys."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.key_form import ApiKeyForm
from accounts.keys import KeyKind, new_key
from accounts.models import ApiKey, AuditEntry, Membership, Organization, Site, User
from accounts.second_factor import turn_off
from accounts.tenancy import NOBODY, OWNERS, Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, by_number
from berinia.admin.why import WhyForm

admin.site.unregister(Group)


@admin.register(Organization)
class OrganizationAdmin(Tenancy, Page):
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


class MembershipInline(TabularInline):
    """The organizations of a person."""

    model = Membership
    extra = 0
    autocomplete_fields = ("organization",)


def _remove_second_factor(ids: Any, now: Any, person: Any, raison: str) -> int:
    return sum(turn_off(user, by=person, now=now, reason=raison) for user in User.objects.filter(pk__in=ids))


@admin.register(User)
class UserAdmin(Acts, DjangoUserAdmin, Page):
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
        (gettext_lazy("Droits"), {"fields": ("is_active", "is_staff", "is_superuser")}),
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


@admin.register(Membership)
class MembershipAdmin(Tenancy, Page):
    """Who belongs to which organization, in which role. Members look, superusers change."""

    changed_by = NOBODY
    list_display = ("user", "organization", "role")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    autocomplete_fields = ("user", "organization")


@admin.register(Site)
class SiteAdmin(Tenancy, Page):
    """The web sites, with what their messages are written from."""

    changed_by = OWNERS
    list_display = ("business_name", "slug", "sector", "phone", "organization", "is_paused")
    list_filter = ("sector", "is_paused")
    list_select_related = ("organization",)
    search_fields = ("slug",)
    search_help_text = gettext_lazy("Identifiant, nom de l'entreprise ou numéro")
    autocomplete_fields = ("organization",)
    readonly_fields = ("is_paused", "created_at")
    actions = ("deploy_sector",)
    fieldsets = (
        (None, {"fields": ("organization", "slug", "business_name", "sector", "is_paused")}),
        (
            gettext_lazy("Coordonnées écrites dans les messages"),
            {"fields": ("phone", "address", "url", "email", "details", "timezone")},
        ),
        (gettext_lazy("Expéditeurs"), {"fields": ("email_from", "sms_sender", "created_at")}),
    )

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by slug or name, or by number."""
        named = queryset.filter(slug__icontains=term) | queryset.filter(business_name__icontains=term)
        return named | by_number(queryset, term)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Read an address without a scheme as https."""
        if db_field.name == "url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.action(description=gettext_lazy("Déployer un secteur"))
    def deploy_sector(self, request: HttpRequest, queryset: QuerySet[Site]) -> HttpResponse:
        """Lead to the page on which a sector is chosen for these sites."""
        return HttpResponseRedirect(_deploy_url(queryset.values_list("pk", flat=True)[:100]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show the way to the sectors on the site's page."""
        if site := kwargs.get("obj"):
            title, url = _("Déployer un secteur"), _deploy_url([site.pk])
            button = {"title": title, "icon": "rocket_launch", "path": url, "attrs": {}}
            context["actions_detail"] = [*context.get("actions_detail", []), button]
        return super().render_change_form(request, context, **kwargs)


def _deploy_url(site_ids: Any) -> str:
    return reverse("admin:workflows_workflow_deploy") + "?site=" + ",".join(str(pk) for pk in site_ids)


def _revoke(ids: Any, now: Any, person: Any) -> int:
    return ApiKey.objects.filter(pk__in=ids, revoked_at=None).update(revoked_at=now)


@admin.register(ApiKey)
class ApiKeyAdmin(Acts, Tenancy, Page):
    """The sites' keys: shown once when they are made, closed when they are lost."""

    form = ApiKeyForm
    organization_path = "site__organization_id"
    changed_by = OWNERS
    list_display = ("show_prefix", "name", "kind", "site", "show_state", "created_at", "revoked_at")
    list_display_links = ("show_prefix",)
    list_filter = ("kind",)
    list_select_related = ("site",)
    search_fields = ("prefix",)
    search_help_text = gettext_lazy("Début de la clé")
    autocomplete_fields = ("site",)
    fields = ("site", "name", "kind", "origins")
    acts = (
        Act(
            "revoquer", gettext_lazy("Révoquer"),
            gettext_lazy("les appels faits avec cette clé sont refusés dès maintenant, sans retour possible."),
            _revoke, icon="key_off", is_dangerous=True, field="revoked_at", values=frozenset({None}),
        ),
    )  # fmt: skip

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by the beginning of the key."""
        return queryset.filter(prefix__startswith=term[:12])

    @display(description=gettext_lazy("clé"))
    def show_prefix(self, key: ApiKey) -> str:
        """Show how a key begins, never more."""
        return f"{key.prefix}…"

    @display(description=gettext_lazy("état"))
    def show_state(self, key: ApiKey) -> SafeString:
        """Show whether a key still opens."""
        return badge("danger", _("révoquée")) if key.revoked_at else badge("success", _("active"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key that exists shows how it begins and when it was made; a secret one has no origins."""
        if obj is None:
            return self.fields
        shown = self.fields if obj.kind == KeyKind.PUBLISHABLE else self.fields[:-1]
        return (*shown, "show_prefix", "created_at", "revoked_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only the name of a key changes, and where it may be used."""
        return () if obj is None else ("site", "kind", "show_prefix", "created_at", "revoked_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key is revoked, not deleted: its traces stay."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: "ModelForm[Any]", change: bool) -> None:
        """Make the key; its plain text lives in this request alone."""
        if not change:
            made = new_key(KeyKind(obj.kind))
            obj.prefix, obj.digest = made.prefix, made.digest
            request._plain_key = made.plain  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, in the answer to the form and nowhere else."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Clé créée"), "opts": self.opts, "key": obj, "plain": request._plain_key,  # type: ignore[attr-defined]
            "back": reverse("admin:accounts_apikey_changelist"),
        }  # fmt: skip
        response = TemplateResponse(request, "admin/accounts/apikey/created.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly, Tenancy, Page):
    """Who did what, to what, when and why."""

    list_display = ("at", "actor", "action", "show_target", "organization", "reason")
    list_display_links = ("at",)
    list_filter = ("action", "target_kind")
    list_select_related = ("organization",)
    search_fields = ("actor",)
    search_help_text = gettext_lazy("Nom de la personne, début de la clé, ou numéro de l'objet")
    fields = ("at", "actor", "action", "show_target", "organization", "reason", "show_details")
    readonly_fields = fields

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by who did it, or by the number of what it was done to."""
        found = queryset.filter(actor__icontains=term)
        return found | queryset.filter(target_id=int(term)) if term.isdecimal() and len(term) < 19 else found

    @display(description=gettext_lazy("objet"))
    def show_target(self, entry: AuditEntry) -> str:
        """Name what it was done to."""
        number = f" #{entry.target_id}" if entry.target_id is not None else ""
        return f"{entry.target_kind}{number} {entry.target}".strip()

    @display(description=gettext_lazy("détails"))
    def show_details(self, entry: AuditEntry) -> str:
        """Write the details."""
        return ", ".join(f"{name} : {value}" for name, value in entry.details.items())
