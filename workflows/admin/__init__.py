"""The operators' pages about workflows."""

from workflows.admin import enrolment, execution, person, segment, steering, task, workflow

__all__ = [
    "enrolment",
    "execution",
    "person",
    "segment",
    "steering",
    "task",
    "workflow",
]
