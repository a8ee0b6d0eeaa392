"""The operators' pages about messages."""

from communications.admin import message, notification, suppression, template

__all__ = ["message", "notification", "suppression", "template"]
