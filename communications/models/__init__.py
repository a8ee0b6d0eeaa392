"""What goes out: templates, the outbox, suppressed addresses, and alerts to operators."""

from communications.models.message import Message
from communications.models.notification import Notification
from communications.models.suppression import Suppression
from communications.models.template import Template

__all__ = ["Message", "Notification", "Suppression", "Template"]
