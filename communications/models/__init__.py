"""What goes out and what comes back: templates, outboxes, rules, suppressed addresses, brakes, alerts, counters."""

from communications.models.batch import SendBatch
from communications.models.brake import Brake
from communications.models.call import OutgoingCall
from communications.models.days import CountedDay, MessageMetricDay, MetricDay
from communications.models.draft import AgentDraft
from communications.models.message import Message
from communications.models.notification import AlertDelivery, Notification, NotificationPreference
from communications.models.reach import MessageMetric
from communications.models.redaction import Redaction
from communications.models.report import ReportDelivery, WeeklyReport
from communications.models.rules import SendingRules, SentInMonth
from communications.models.suppression import Suppression
from communications.models.template import Template, TemplateVersion
from communications.models.webhook import ReceivedWebhook

__all__ = [
    "AgentDraft", "AlertDelivery", "Brake", "CountedDay", "Message", "MessageMetric", "MessageMetricDay", "MetricDay",
    "Notification", "NotificationPreference", "OutgoingCall", "ReceivedWebhook", "Redaction", "ReportDelivery",
    "SendBatch", "SendingRules", "SentInMonth", "Suppression", "Template", "TemplateVersion", "WeeklyReport",
]  # fmt: skip
