"""Brakes: what was stopped by itself, why, and letting it go again."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts.tenancy import Tenancy
from berinia.admin.acts import Act, Acts
from berinia.admin.base import Page, ReadOnly, link
from communications.admin.restart import ResumeForm
from communications.brakes import lift
from communications.control import Restart
from communications.models import Brake, Message


def _lift(ids: Sequence[int], now: Any, person: Any, raison: str, reprise: str, duree: Any) -> int:
    return lift(ids, str(person), now, reason=raison, restart=Restart(reprise), over=duree)


def _notes(brakes: QuerySet[Brake], _ids: Sequence[int]) -> list[str]:
    """Say how many messages wait behind them."""
    n = sum(
        Message.objects.filter(status="queued", workflow_id=brake.workflow_id, channel=brake.channel).count()
        for brake in brakes
    )
    return [ngettext("%(n)d message attend.", "%(n)d messages attendent.", n) % {"n": n}]


@admin.register(Brake)
class BrakeAdmin(Acts, ReadOnly, Tenancy, Page):
    """Channels of workflows that are stopped."""

    list_display = ("since", "channel", "show_workflow", "reason", "organization")
    list_display_links = ("since",)
    list_select_related = ("organization",)
    fields = ("since", "channel", "show_workflow", "reason", "organization")
    readonly_fields = fields
    acts = (
        Act(
            "lever", _("Lever le frein"), _("les messages retenus peuvent de nouveau partir."),
            _lift, icon="play_arrow", form=ResumeForm, notes=_notes,
        ),
    )  # fmt: skip

    def find(self, request: HttpRequest, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Search by the workflow's number."""
        return queryset.filter(workflow_id=int(term)) if term.isdecimal() and len(term) < 19 else queryset.none()

    @display(description=_("workflow"))
    def show_workflow(self, brake: Brake) -> SafeString:
        """Lead to the workflow."""
        return link(f"/admin/workflows/workflow/{brake.workflow_id}/change/", f"#{brake.workflow_id}")
