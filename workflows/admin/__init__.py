"""The operators' pages about workflows."""

from workflows.admin import execution, workflow

__all__ = ["execution", "workflow"]
