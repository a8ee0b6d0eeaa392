"""Who we talk to, what happened, and the counters that both keep."""

from crm.models.contact import Contact
from crm.models.event import Event
from crm.models.metric import Metric

__all__ = ["Contact", "Event", "Metric"]
