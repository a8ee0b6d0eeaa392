"""The sites' keys."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.key_form import ApiKeyForm
from accounts.keys import KeyKind, new_key
from accounts.models import ApiKey
from accounts.tenancy import OWNERS, Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, badge


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
