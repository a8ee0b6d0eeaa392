"""What people have to do about contacts, because a workflow said so."""

from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel, Field
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import SiteView
from accounts.tenancy import WRITERS
from berinia.api import ApiError, choice, page, parse, read_body
from crm.api import PROBLEMS
from crm.models import Task
from crm.serializers import Document
from workflows import todo
from workflows.api.workflows import CURSOR, LIMIT, READ_PROBLEMS
from workflows.serializers import contact_json

TO_DO, DONE = "a_faire", "faite"


class TaskChange(Document):
    """Ce qu'une tâche devient : faite, pour de bon."""

    statut: Literal["faite"]


class TaskOut(BaseModel):
    """Une tâche."""

    id: str
    titre: str
    statut: str = Field(description="a_faire ou faite.")
    contact: dict[str, str | None]
    execution: str | None
    etape: str
    avant_le: datetime | None
    creee_le: datetime
    faite_le: datetime | None
    faite_par: str


class TaskPage(BaseModel):
    """Une page de tâches."""

    data: list[TaskOut]
    suivant: str | None


class TaskAnswer(BaseModel):
    """Une tâche."""

    data: TaskOut


class TasksView(SiteView):
    """`/api/tasks`"""

    @extend_schema(
        operation_id="lister_taches",
        summary="Les tâches du site",
        tags=["Contacts"],
        parameters=[
            OpenApiParameter("statut", str, enum=[TO_DO, DONE], description="Seulement celles-ci."), CURSOR, LIMIT,
        ],
        responses={200: TaskPage, **READ_PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Les plus récentes d'abord, par pages."""
        rows = Task.objects.filter(site=self.site).select_related("contact")
        if request.query_params.get("statut"):
            rows = rows.filter(done_at__isnull=choice(request, "statut", [TO_DO, DONE]) == TO_DO)
        return Response(page(request, rows, task_json))


class TaskView(SiteView):
    """`/api/tasks/<id>`"""

    changed_by = WRITERS

    @extend_schema(
        operation_id="terminer_tache",
        summary="Terminer une tâche",
        tags=["Contacts"],
        request=TaskChange,
        responses={200: TaskAnswer, **PROBLEMS},
    )
    def post(self, request: Request, task_id: int) -> Response:
        """L'exécution qui l'attend en est informée (« tache_terminee ») ; une répétition ne change rien."""
        parse(TaskChange, read_body(request))
        rows = Task.objects.filter(site=self.site, pk=min(task_id, 2**63 - 1)).select_related("contact")
        if not rows.exists():
            raise ApiError(404, "tache_inconnue", "Ce site n'a pas cette tâche.", field="id")
        key: Any = request.auth
        todo.complete([task_id], actor=key.prefix, now=timezone.now())
        return Response({"data": task_json(rows.get())})


def task_json(task: Task) -> dict[str, Any]:
    """Write a task (its contact loaded)."""
    return {
        "id": str(task.pk),
        "titre": task.title,
        "statut": DONE if task.done_at else TO_DO,
        "contact": contact_json(task.contact),
        "execution": str(task.execution_id) if task.execution_id else None,
        "etape": task.step,
        "avant_le": task.due_at,
        "creee_le": task.created_at,
        "faite_le": task.done_at,
        "faite_par": task.done_by,
    }
