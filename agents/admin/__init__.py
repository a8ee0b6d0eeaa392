"""The operators' pages about agents."""

from agents.admin import export, run, settings

__all__ = ["export", "run", "settings"]
