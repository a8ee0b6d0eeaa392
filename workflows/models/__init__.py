"""Workflows, their versions and triggers, and what runs."""

from workflows.models.enrolment import Enrolment, EnrolmentStatus
from workflows.models.execution import ACTIVE, Execution, ExecutionStatus, StepRun
from workflows.models.standing import Standing
from workflows.models.step_metric import StepMetric
from workflows.models.workflow import DefinitionVersion, Trigger, Workflow, WorkflowStatus

__all__ = [
    "ACTIVE",
    "DefinitionVersion",
    "Enrolment",
    "EnrolmentStatus",
    "Execution",
    "ExecutionStatus",
    "Standing",
    "StepMetric",
    "StepRun",
    "Trigger",
    "Workflow",
    "WorkflowStatus",
]
