"""The operators' pages about workflows."""

from workflows.admin import enrolment, execution, segment, steering, task, workflow

__all__ = [
    "enrolment",
    "execution",
    "segment",
    "steering",
    "task",
    "workflow",
]
