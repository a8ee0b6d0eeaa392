"""The operators' pages about agents."""

from agents.admin import connection, export, run, settings

__all__ = ["connection", "export", "run", "settings"]
