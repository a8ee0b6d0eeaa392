"""What goes out: templates, the outboxes, suppressed addresses, brakes, and alerts to operators."""

from communications.models.brake import Brake
from communications.models.call import OutgoingCall
from communications.models.message import Message
from communications.models.notification import Notification
from communications.models.suppression import Suppression
from communications.models.template import Template

__all__ = ["Brake", "Message", "Notification", "OutgoingCall", "Suppression", "Template"]
