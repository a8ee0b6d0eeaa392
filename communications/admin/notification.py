"""The bell: what the operators are told."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.tenancy import EVERYBODY, Tenancy
from berinia.admin.acts import MOST, Act, Acts
from berinia.admin.base import Page, ReadOnly, badge, link
from berinia.admin.tables import LATEST, Cell, Table
from berinia.formats import number
from communications.admin.preference import preferences_page
from communications.alert_kinds import KINDS, OTHERS, PREFIXES, kind_of
from communications.mark_read import mark_read
from communications.models import AlertDelivery, Notification
from communications.providers.choice import SANDBOX
from communications.templatetags.bell import rung

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


class KindFilter(admin.SimpleListFilter):
    """What alerts are about."""

    title, parameter_name = _("type"), "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the kinds."""
        return [*((name, label) for name, (label, _prefixes) in KINDS.items()), (OTHERS, _("autres"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the kind."""
        value = self.value()
        if value == OTHERS:
            return queryset.exclude(_begins(PREFIXES))
        return queryset.filter(_begins(KINDS[value][1])) if value and value in KINDS else queryset


def _begins(prefixes: Sequence[str]) -> Q:
    return reduce(or_, (Q(key__startswith=f"{prefix}/") | Q(key=prefix) for prefix in prefixes))


def _read(ids: Any, now: Any, person: Any) -> int:
    return mark_read(ids, actor=str(person), now=now)


@admin.register(Notification)
class NotificationAdmin(Acts, ReadOnly, Tenancy, Page):
    """Unread ones first, the latest on top."""

    changed_by = EVERYBODY  # whoever sees it may have read it
    list_display = (
        "show_title", "show_severity", "show_kind", "show_count", "show_link", "last_at", "show_read", "organization",
    )  # fmt: skip
    list_display_links = ("show_title",)
    list_filter = (UnreadFilter, "severity", KindFilter)
    list_filter_sheet = True
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
        wrap = self.admin_site.admin_view
        return [
            path("preferences/", wrap(self.preferences), name="communications_notification_preferences"),
            path("cloche/", wrap(self.bell), name="communications_notification_bell"),
            path("lire/<int:pk>/", wrap(self.read_one), name="communications_notification_read"),
            path("tout-lire/", wrap(self.read_all), name="communications_notification_read_all"),
            *super().get_urls(),
        ]

    def bell(self, request: HttpRequest) -> HttpResponse:
        """Return the bell alone, as it is now."""
        response = TemplateResponse(request, "admin/parts/bell.html", rung(request))
        add_never_cache_headers(response)
        return response

    @method_decorator(require_POST)
    def read_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark one alert as read, from its line in the list."""
        alert = get_object_or_404(self.get_queryset(request), pk=pk)
        mark_read([alert.pk], actor=str(request.user), now=timezone.now())
        return HttpResponseRedirect(_back(request))

    @method_decorator(require_POST)
    def read_all(self, request: HttpRequest) -> HttpResponse:
        """Mark as read all that was unread when the page was shown: what came since was not seen."""
        until = request.POST.get("jusque", "")
        seen = int(until) if until.isdecimal() and len(until) < 19 else 0
        unread = self.get_queryset(request).filter(read_at=None, pk__lte=seen)
        ids = list(unread.values_list("pk", flat=True)[:MOST])
        done = mark_read(ids, actor=str(request.user), now=timezone.now())
        text = ngettext("%(n)s notification marquée comme lue.", "%(n)s notifications marquées comme lues.", done)
        messages.success(request, text % {"n": number(done)})
        return HttpResponseRedirect(_back(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say how many are unread, and offer to mark them all as read."""
        unread = self.get_queryset(request).filter(read_at=None).order_by().values_list("pk", flat=True)
        found = list(unread[:MOST])
        more = {"unread": len(found), "until": max(found, default=0)}
        return super().changelist_view(request, {**(extra_context or {}), **more})

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

    @display(description=_("type"))
    def show_kind(self, alert: Notification) -> str:
        """Show what it is about."""
        kind = kind_of(alert.key)
        return str(KINDS[kind][0] if kind in KINDS else _("autres"))

    @display(description=_("fois"))
    def show_count(self, alert: Notification) -> str:
        """Show how often it happened."""
        return number(alert.count)

    @display(description=_("lue"))
    def show_read(self, alert: Notification) -> str | SafeString:
        """Show when somebody has seen it, or the button that says so."""
        if alert.read_at:
            return date_format(localtime(alert.read_at), "d/m/Y H:i")
        return format_html(
            '<button type="submit" class="b-button b-quiet b-small" formmethod="post" formaction="{}" '
            'aria-label="{}">{}</button>',
            reverse("admin:communications_notification_read", args=[alert.pk]),
            _("Marquer comme lue : %(title)s") % {"title": alert.title}, _("Marquer comme lue"),
        )  # fmt: skip

    @display(description=_("voir"))
    def show_link(self, alert: Notification) -> str | SafeString:
        """Lead to what it is about; only within this site."""
        if not alert.link.startswith("/") or alert.link.startswith("//"):
            return alert.link or "—"
        return link(alert.link, _("Ouvrir"))


def _back(request: HttpRequest) -> str:
    """Return the list as it was filtered."""
    here = reverse("admin:communications_notification_changelist")
    query = urlsplit(request.headers.get("Referer", ""))
    return f"{here}?{query.query}" if query.path == here and query.query else here


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
