"""Where workflows answer."""

from django.urls import path

from workflows.api.analytics import AutomationView, ConversionsView
from workflows.api.enrolments import EnrolmentsView, EnrolmentView
from workflows.api.events import EventView
from workflows.api.executions import ExecutionsView, ExecutionView
from workflows.api.messages import MessagesView, MessageView
from workflows.api.reach import MessagesReachedView
from workflows.api.replay import ReplayView
from workflows.api.schema import WorkflowSchemaView
from workflows.api.segments import SegmentsView
from workflows.api.simulate import SimulateView
from workflows.api.splits import SplitsView
from workflows.api.tasks import TasksView, TaskView
from workflows.api.versions import (
    DefinitionView,
    DiffView,
    DraftView,
    ImportView,
    MigrateView,
    PublishView,
    ValidateView,
    VersionsView,
    VersionView,
)
from workflows.api.workflows import WorkflowsView

urlpatterns = [
    path("api/events/<int:event_id>", EventView.as_view(), name="event"),
    path("api/workflows", WorkflowsView.as_view(), name="workflows"),
    path("api/workflows/execute", ExecutionsView.as_view(), name="executions"),
    path("api/workflows/execute/<int:execution_id>", ExecutionView.as_view(), name="execution"),
    path("api/schema/workflow.json", WorkflowSchemaView.as_view(), name="workflow-schema"),
    path("api/workflows/<slug:name>/enrolments", EnrolmentsView.as_view(), name="enrolments"),
    path("api/workflows/<slug:name>/enrolments/<int:enrolment_id>", EnrolmentView.as_view(), name="enrolment"),
    path("api/workflows/<slug:name>/splits", SplitsView.as_view(), name="splits"),
    path("api/segments", SegmentsView.as_view(), name="segments"),
    path("api/tasks", TasksView.as_view(), name="tasks"),
    path("api/tasks/<int:task_id>", TaskView.as_view(), name="task"),
    path("api/workflows/import", ImportView.as_view(), name="import"),
    path("api/workflows/<slug:name>/definition", DefinitionView.as_view(), name="definition"),
    path("api/workflows/<slug:name>/draft", DraftView.as_view(), name="draft"),
    path("api/workflows/<slug:name>/draft/validate", ValidateView.as_view(), name="validate"),
    path("api/workflows/<slug:name>/publish", PublishView.as_view(), name="publish"),
    path("api/workflows/<slug:name>/versions", VersionsView.as_view(), name="versions"),
    path("api/workflows/<slug:name>/versions/<int:number>", VersionView.as_view(), name="version"),
    path("api/workflows/<slug:name>/diff", DiffView.as_view(), name="diff"),
    path("api/workflows/<slug:name>/migrate", MigrateView.as_view(), name="migrate"),
    path("api/workflows/<slug:name>/simulate", SimulateView.as_view(), name="simulate"),
    path("api/workflows/<slug:name>/replay", ReplayView.as_view(), name="replay"),
    path("api/analytics/conversions", ConversionsView.as_view(), name="conversions"),
    path("api/analytics/messages", MessagesReachedView.as_view(), name="messages-reached"),
    path("api/messages", MessagesView.as_view(), name="messages"),
    path("api/messages/<int:message_id>", MessageView.as_view(), name="message"),
    path("api/orchestrator/automation", AutomationView.as_view(), name="automation"),
]
