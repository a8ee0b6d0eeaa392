"""Executions at one step of a workflow: those that stand there now, or, with a status, those that ended there."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import sites_of
from workflows.labels import step_name
from workflows.models import ACTIVE, Workflow
from workflows.program import OUTCOME
from workflows.standing import people_at, standing_of


class StepFilter(SimpleListFilter):
    """Offered once a workflow is chosen: a step of another one means another thing."""

    title, parameter_name = _("étape"), "etape"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the steps at which people stand; the one that is chosen, too."""
        given = request.GET.get("workflow", "")
        if not given.isdecimal() or len(given) > 18:
            return [(step, step) for step in [request.GET.get(self.parameter_name, "")] if step]
        workflow = Workflow.objects.filter(pk=int(given), site_id__in=sites_of(request.user)).first()
        steps = people_at(standing_of(workflow)) if workflow else {}
        chosen = [step for step in [request.GET.get(self.parameter_name, "")] if step and step not in steps]
        return [(step, step_name(step)) for step in [*sorted(steps), *chosen]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what stands at the step. A place (`devis.issue`) belongs to its step."""
        step = (self.value() or "")[:60]
        if not step or "\x00" in step:
            return queryset
        found = queryset.filter(at__in=[step, step + OUTCOME])
        is_told = any(name.startswith("status") for name in request.GET)
        return found if is_told else found.filter(status__in=ACTIVE)
