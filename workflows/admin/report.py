"""« Rapports »: each organization's weeks, to read, print and have sent; and the pages of analytics beside them."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from accounts.tenancy import Tenancy
from berinia.admin.base import Page, ReadOnly, ScopedFilter
from berinia.admin.tables import Cell, Table
from communications.models import ReportDelivery, WeeklyReport
from communications.providers.choice import SANDBOX
from communications.report_mail import ask_for, deliveries_of
from communications.report_texts import shown
from workflows.admin import analytics
from workflows.admin.choice import own_organizations


class OrganizationFilter(ScopedFilter):
    """Reports of one organization."""

    title, parameter_name, field, choices_of = (
        gettext_lazy("organisation"), "organisation", "organization_id", own_organizations,
    )  # fmt: skip


@admin.register(WeeklyReport)
class ReportAdmin(ReadOnly, Tenancy, Page):
    """The latest week first."""

    list_display = ("show_week", "organization", "created_at")
    list_filter = (OrganizationFilter,)
    list_select_related = ("organization",)
    ordering: ClassVar[Any] = ("-week", "-id")
    list_before_template = "admin/workflows/analytics/reports_note.html"

    @display(description=gettext_lazy("semaine"))
    def show_week(self, report: WeeklyReport) -> str:
        """Show which week it is."""
        return _("semaine %(n)d, du %(first)s") % {
            "n": report.week.isocalendar().week, "first": f"{report.week:%d/%m/%Y}",
        }  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of analytics."""
        wrap = self.admin_site.admin_view
        own = [
            path("analyses/", wrap(self.analytics), name="workflows_analytics"),
            path("analyses/<slug:table>.csv", wrap(self.export), name="workflows_analytics_csv"),
        ]
        return [*own, *super().get_urls()]

    def analytics(self, request: HttpRequest) -> HttpResponse:
        """Show the figures."""
        return analytics.analytics_page(self, request)

    def export(self, request: HttpRequest, table: str) -> Any:
        """Return one of their tables as CSV."""
        return analytics.export_page(self, request, table)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET shows a report as it is printed, POST sends a copy to whoever asks."""
        number = int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0
        report = self.get_queryset(request).select_related("organization").filter(pk=number).first()
        if report is None:
            raise Http404
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        if request.method == "POST":
            self._send(request, report)
            return HttpResponseRedirect(reverse("admin:communications_weeklyreport_change", args=[report.pk]))
        context = {
            **self.admin_site.each_context(request), **shown(report.content), "opts": self.opts, "report": report,
            "title": _("Rapport hebdomadaire"), "tables": [_table(deliveries_of(report))],
            "address": getattr(request.user, "email", ""),
        }  # fmt: skip
        return TemplateResponse(request, "admin/workflows/analytics/report.html", context)

    def _send(self, request: HttpRequest, report: WeeklyReport) -> None:
        address = getattr(request.user, "email", "")
        if not address:
            messages.error(request, _("Votre compte n'a pas d'adresse email : le rapport n'a où aller."))
            return
        ask_for(report, int(request.user.pk or 0), timezone.now())
        messages.success(request, _("Le rapport part vers %s dans la minute.") % address)


def _table(found: Any) -> Table:
    cells = [[Cell(str(d.user)), _state(d), Cell(d.sent_at or d.due_at), Cell(d.error or "—")] for d in found]
    columns = (_("destinataire"), _("état"), _("le"), _("explication"))
    return Table(_("Envois"), columns, cells, _("Personne n'a demandé ce rapport par email."))


def _state(delivery: ReportDelivery) -> Cell:
    if delivery.sent_at and delivery.provider == SANDBOX:
        return Cell(_("bac à sable : rien n'est parti"), tag="warning")
    if delivery.sent_at:
        return Cell(_("envoyé"), tag="success")
    return Cell(_("en attente"), tag="info") if delivery.due_at else Cell(_("non envoyé"), tag="danger")
