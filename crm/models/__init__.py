"""Who we talk to, what happened, what is to be done, and the counters that are kept of it."""

from crm.models.consent import Consent
from crm.models.contact import Contact
from crm.models.event import Event
from crm.models.metric import Metric
from crm.models.segment import Segment, SegmentMember
from crm.models.task import Task

__all__ = ["Consent", "Contact", "Event", "Metric", "Segment", "SegmentMember", "Task"]
