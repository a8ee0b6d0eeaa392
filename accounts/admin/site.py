"""The web sites."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.kept import Kept
from accounts.models import Site
from accounts.tenancy import OWNERS, Tenancy
from berinia.admin.base import Page, by_number


@admin.register(Site)
class SiteAdmin(Kept, Tenancy, Page):
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
        (
            gettext_lazy("Expéditeurs"),
            {"fields": ("email_from", "sms_sender", "sms_stop_number", "whatsapp_sender", "created_at")},
        ),
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
