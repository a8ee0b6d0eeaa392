"""The operators' pages about agents."""

from agents.admin import connection, export, lead, person, run, settings

__all__ = ["connection", "export", "lead", "person", "run", "settings"]
