"""The operators' pages about workflows."""

from workflows.admin import enrolment, execution, segment, workflow

__all__ = ["enrolment", "execution", "segment", "workflow"]
