"""The bell: what the operators are told."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.tenancy import EVERYBODY, Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, link
from berinia.admin.tables import LATEST, Cell, Table
from communications.admin.preference import preferences_page
from communications.models import AlertDelivery, Notification
from communications.providers.choice import SANDBOX

TAGS = {"info": "info", "warning": "warning", "error": "danger"}


class UnreadFilter(admin.SimpleListFilter):
    """Unread or read."""

    title, parameter_name = _("lecture"), "lecture"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return both."""
        return [("non_lues", _("non lues")), ("lues", _("lues"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one of them."""
        return queryset if not self.value() else queryset.filter(read_at__isnull=self.value() == "non_lues")


def _read(ids: Any, now: Any, person: Any) -> int:
    return Notification.objects.filter(pk__in=ids, read_at=None).update(read_at=now)


@admin.register(Notification)
class NotificationAdmin(Acts, ReadOnly, Tenancy, Page):
    """Unread ones first, the latest on top."""

    changed_by = EVERYBODY  # whoever sees it may have read it
    list_display = ("show_title", "show_severity", "count", "show_link", "last_at", "show_read", "organization")
    list_display_links = ("show_title",)
    list_filter = (UnreadFilter, "severity")
    list_select_related = ("organization",)
    search_fields = ("id",)
    ordering = (F("read_at").desc(nulls_first=True), "-last_at")
    fields = (
        "title", "show_severity", "body", "show_link", "count", "created_at", "last_at", "read_at", "organization",
    )  # fmt: skip
    readonly_fields = fields
    acts = (
        Act(
            "lire", _("Marquer comme lues"), _("cela quitte la liste de ce qui demande quelqu'un."), _read,
            icon="done_all", field="read_at", values=frozenset({None}),
        ),
    )  # fmt: skip
    change_list_template = "admin/communications/notification/change_list.html"
    change_form_outer_after_template = "admin/parts/tables.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page of one's own preferences."""
        view = self.admin_site.admin_view(self.preferences)
        return [path("preferences/", view, name="communications_notification_preferences"), *super().get_urls()]

    def preferences(self, request: HttpRequest) -> HttpResponse:
        """Choose what one is told by email."""
        return preferences_page(self, request)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Show who was told, and how."""
        if alert := kwargs.get("obj"):
            context["tables"] = [deliveries(alert)]
        return super().render_change_form(request, context, **kwargs)

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search in the titles: alerts are few, the same one is counted and not repeated."""
        return queryset.filter(title__icontains=term)

    @display(description=_("titre"))
    def show_title(self, alert: Notification) -> str | SafeString:
        """Show what is unread in bold."""
        return alert.title if alert.read_at else format_html("<strong>{}</strong>", alert.title)

    @display(description=_("gravité"))
    def show_severity(self, alert: Notification) -> SafeString:
        """Show how soon somebody should look."""
        return badge(TAGS.get(alert.severity, ""), alert.get_severity_display())

    @display(description=_("lue"), boolean=True)
    def show_read(self, alert: Notification) -> bool:
        """Show whether somebody has seen it."""
        return alert.read_at is not None

    @display(description=_("voir"))
    def show_link(self, alert: Notification) -> str | SafeString:
        """Lead to what it is about; only within this site."""
        if not alert.link.startswith("/") or alert.link.startswith("//"):
            return alert.link or "—"
        return link(alert.link, _("Ouvrir"))


def deliveries(alert: Notification) -> Table:
    """Return who was told of an alert by which means, and what became of it."""
    rows = AlertDelivery.objects.filter(notification=alert).select_related("user").order_by("-pk")[:LATEST]
    cells = [
        (
            Cell(d.get_medium_display()), Cell(d.user or "—"), Cell(d.get_severity_display(), tag=TAGS[d.severity]),
            _state(d), Cell(d.sent_at or d.due_at), Cell(d.error or "—"),
        )
        for d in rows
    ]  # fmt: skip
    columns = (_("moyen"), _("destinataire"), _("gravité"), _("état"), _("le"), _("explication"))
    return Table(_("Envois"), columns, cells, _("Personne n'a demandé à l'apprendre par email, ni dans Slack."))


def _state(delivery: AlertDelivery) -> Cell:
    if delivery.sent_at and delivery.provider == SANDBOX:
        return Cell(_("bac à sable : rien n'est parti"), tag="warning")
    if delivery.sent_at:
        return Cell(_("envoyée"), tag="success")
    return Cell(_("en attente"), tag="info") if delivery.due_at else Cell(_("non envoyée"), tag="danger")
