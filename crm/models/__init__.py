"""Who we talk to, what happened, what is to be done, and the counters that are kept of it."""

from crm.models.consent import Consent
from crm.models.contact import Contact
from crm.models.event import Event
from crm.models.lead import Duplicate, Lead
from crm.models.metric import Metric
from crm.models.note import Note
from crm.models.segment import Segment, SegmentMember
from crm.models.task import Task
from crm.models.transfer import Connection, Export, ExportDay, Import, ImportRow

__all__ = [
    "Connection", "Consent", "Contact", "Duplicate", "Event", "Export", "ExportDay", "Import", "ImportRow", "Lead",
    "Metric", "Note", "Segment", "SegmentMember", "Task",
]  # fmt: skip
