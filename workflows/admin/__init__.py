"""The operators' pages about workflows."""

from workflows.admin import enrolment, execution, workflow

__all__ = ["enrolment", "execution", "workflow"]
