"""The list of messages by workflow: messages know a workflow by its number, its name is known here."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from berinia.admin.base import ScopedFilter
from communications.admin.message import MessageAdmin
from communications.admin.outbox_filters import among_latest
from workflows.admin.execution import own_workflows


class MessagesOfWorkflow(ScopedFilter):
    """Messages of one workflow, among the latest."""

    title, parameter_name = _("workflow (des 5 000 derniers messages)"), "workflow"
    field, choices_of = "workflow_id", own_workflows

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what it sent."""
        return super().queryset(request, among_latest(queryset)) if self.value() else queryset


MessageAdmin.list_filter = (*MessageAdmin.list_filter, MessagesOfWorkflow)
