"""The operators' pages about messages."""

from communications.admin import brake, message, notification, rules, suppression, template

__all__ = ["brake", "message", "notification", "rules", "suppression", "template"]
