"""The operators' pages about workflows."""

from workflows.admin import (
    duplicate,
    enrolment,
    execution,
    journey,
    message,
    person,
    report,
    segment,
    steering,
    task,
    workflow,
)

__all__ = [
    "duplicate",
    "enrolment",
    "execution",
    "journey",
    "message",
    "person",
    "report",
    "segment",
    "steering",
    "task",
    "workflow",
]
