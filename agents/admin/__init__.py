"""The operators' pages about agents."""

from agents.admin import connection, export, lead, run, settings

__all__ = ["connection", "export", "lead", "run", "settings"]
