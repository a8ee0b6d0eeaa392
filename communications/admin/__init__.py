"""The operators' pages about messages."""

from communications.admin import brake, message, notification, person, received, rules, suppression, template

__all__ = ["brake", "message", "notification", "person", "received", "rules", "suppression", "template"]
