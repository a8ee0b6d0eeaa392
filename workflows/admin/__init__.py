"""The operators' pages about workflows."""

from workflows.admin import execution, steering, workflow

__all__ = ["execution", "steering", "workflow"]
