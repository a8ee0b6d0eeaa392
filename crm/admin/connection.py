"""Connections: where leads go. Keys go in, and are never seen again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.audit import record
from accounts.tenancy import OWNERS, WORKERS, Tenancy
from berinia.admin.acts import Act, ActError, Acts
from berinia.admin.base import Page, badge
from berinia.clock import local
from crm.admin.connection_form import ConnectionForm
from crm.admin.contact import file_button
from crm.connections import NoConnectorError, connector_of, said
from crm.connectors import Connector, connectors
from crm.models import Connection, Export
from crm.models.transfer import ExportDay
from crm.sheet import FORMATS, sheet_of


def _needs(kind: type[Connector]) -> list[str]:
    return [kind.secret_label] * kind.needs_secret + [str(_("une adresse"))] * kind.needs_address


def _check(ids: Sequence[int], now: datetime, person: Any) -> int:
    """Make a harmless call to each; the first that fails says why."""
    for connection in Connection.objects.filter(pk__in=ids):
        try:
            refused = connector_of(connection, now).check()
        except NoConnectorError as error:
            raise ActError(str(error)) from None
        if refused is not None:
            raise ActError(str(_("%(crm)s ne répond pas comme il faut : %(why)s")) % {
                "crm": connection, "why": said(refused)})  # fmt: skip
        Connection.objects.filter(pk=connection.pk).update(error="", blocked_until=None)
    return len(ids)


CHECK = Act(
    "tester", _("Tester la connexion"),
    _("un appel qui ne change rien dans le CRM dit si la clé et l'adresse sont bonnes."), _check,
    icon="network_check", is_atomic=False, is_for_many=False, by=OWNERS,
)  # fmt: skip


WHERE = ("organization", ("connector", "is_active"), "show_crms", "address", "key", "show_key", "options")
HOW_MANY = ("daily_limit", "capacity", "score_floor", "needs_approval", ("opens_at", "closes_at"), "timezone", "days")
STATE = (("show_state", "show_today"), "error", ("blocked_until", "decided_at", "created_at"))


@admin.register(Connection)
class ConnectionAdmin(Acts, Tenancy, Page):
    """The CRMs of organizations, beside how they do."""

    form = ConnectionForm
    changed_by = OWNERS
    acts: ClassVar[Sequence[Act]] = (CHECK,)
    list_display = ("organization", "show_crm", "show_state", "show_today", "decided_at")
    list_display_links = ("organization", "show_crm")
    list_select_related = ("organization",)
    readonly_fields = ("show_crms", "show_key", "show_state", "show_today", "error", "blocked_until", "decided_at",
                       "created_at")  # fmt: skip
    fieldsets: ClassVar[Any] = (
        (None, {"fields": WHERE}), (_("Combien, et quand"), {"fields": HOW_MANY}), (_("État"), {"fields": STATE}),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A connection stays with its organization: its exports would not follow."""
        return self.readonly_fields if obj is None else ("organization", *self.readonly_fields)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look at it is not asked for a key; who adds one is told what each CRM needs."""
        if obj is None:
            return [(None, {"fields": [name for name in WHERE if name != "show_key"]}), self.fieldsets[1]]
        if self.has_change_permission(request, obj):
            return self.fieldsets
        shown = [name for name in WHERE if name not in ("key", "show_crms")]
        return [(None, {"fields": shown}), *self.fieldsets[1:]]

    @display(description=_("CRM"))
    def show_crm(self, connection: Connection) -> str:
        """Name the CRM."""
        return str(connection.get_connector_display())

    @display(description=_("ce que chaque CRM demande"))
    def show_crms(self, connection: Connection) -> SafeString:
        """Say of each CRM which fields it needs."""
        needs = [
            (kind.label, " ; ".join(_needs(kind)) or _("rien"), kind.hint)
            for _name, kind in sorted(connectors().items())
        ]
        return format_html_join("", "<p><b>{}</b> : {}. {}</p>", needs)

    @display(description=_("clé"))
    def show_key(self, connection: Connection) -> str:
        """Say whether there is a key, and nothing of it."""
        return str(_("enregistrée (••••••••)") if connection.secret else _("aucune"))

    @display(description=_("état"))
    def show_state(self, connection: Connection) -> SafeString:
        """Show whether leads go there now."""
        if not connection.is_active:
            return badge("", _("inactif"))
        if connection.error:
            return badge("danger", _("en erreur"))
        is_blocked = connection.blocked_until is not None and connection.blocked_until > timezone.now()
        return badge("warning", _("en attente")) if is_blocked else badge("success", _("actif"))

    @display(description=_("aujourd'hui"))
    def show_today(self, connection: Connection) -> str:
        """Show how many leads took their place today, and how many may."""
        day = local(timezone.now(), connection.timezone).date()
        found = ExportDay.objects.filter(connection=connection, day=day).values_list("count", flat=True).first()
        return f"{found or 0} / {connection.daily_limit}"

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Save, and write down who changed which fields: not to what, for one of them is a key.

        Other hours or limits may mean that it is time to decide.
        """
        obj.decide_at = None
        super().save_model(request, obj, form, change)
        record(
            str(request.user), "connexion.modifier" if change else "connexion.creer", "connexion", obj.pk,
            now=timezone.now(), organization_id=obj.organization_id, target=obj.get_connector_display(),
            details={"champs": sorted(form.changed_data)},
        )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was exported is kept: a connection with exports is switched off, not deleted."""
        is_used = obj is not None and Export.objects.filter(connection_id=obj.pk).exists()
        return not is_used and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """Add the download of the exported leads."""
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/leads.<slug:kind>", view, name="crm_connection_download"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """Return the exported leads as a file; who took it is written down."""
        if kind not in FORMATS:
            raise Http404
        if not self.may(request, WORKERS):
            raise PermissionDenied
        connection = get_object_or_404(self.within(request, Connection.objects.all(), WORKERS), pk=pk)
        content = sheet_of([connection], kind, str(request.user), timezone.now())
        headers = {"Content-Disposition": f'attachment; filename="leads-{pk}.{kind}"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=FORMATS[kind], headers=headers)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Offer the files."""
        connection = kwargs.get("obj")
        if connection is not None and self.may(request, WORKERS, connection):
            buttons: list[Mapping[str, Any]] = [
                file_button(title, reverse("admin:crm_connection_download", args=[connection.pk, kind]))
                for kind, title in (("csv", _("Télécharger en CSV")), ("xlsx", _("Télécharger pour Excel")))
            ]
            context["actions_detail"] = [*context.get("actions_detail", []), *buttons]
        return super().render_change_form(request, context, **kwargs)
