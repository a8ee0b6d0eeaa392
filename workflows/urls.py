"""Where workflows answer."""

from django.urls import path

from workflows.api.analytics import AutomationView, ConversionsView
from workflows.api.events import EventView
from workflows.api.executions import ExecutionsView, ExecutionView
from workflows.api.replay import ReplayView
from workflows.api.schema import WorkflowSchemaView
from workflows.api.simulate import SimulateView
from workflows.api.splits import SplitsView
from workflows.api.workflows import WorkflowsView

urlpatterns = [
    path("api/events/<int:event_id>", EventView.as_view(), name="event"),
    path("api/workflows", WorkflowsView.as_view(), name="workflows"),
    path("api/workflows/execute", ExecutionsView.as_view(), name="executions"),
    path("api/workflows/execute/<int:execution_id>", ExecutionView.as_view(), name="execution"),
    path("api/schema/workflow.json", WorkflowSchemaView.as_view(), name="workflow-schema"),
    path("api/workflows/<slug:name>/splits", SplitsView.as_view(), name="splits"),
    path("api/workflows/<slug:name>/simulate", SimulateView.as_view(), name="simulate"),
    path("api/workflows/<slug:name>/replay", ReplayView.as_view(), name="replay"),
    path("api/analytics/conversions", ConversionsView.as_view(), name="conversions"),
    path("api/orchestrator/automation", AutomationView.as_view(), name="automation"),
]
