"""The operators' pages about workflows."""

from workflows.admin import enrolment, execution, message, person, segment, steering, task, workflow

__all__ = [
    "enrolment",
    "execution",
    "message",
    "person",
    "segment",
    "steering",
    "task",
    "workflow",
]
