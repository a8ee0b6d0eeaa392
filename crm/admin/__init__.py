"""The operators' pages about contacts, what they agreed to, and what happened."""

from crm.admin.connection import ConnectionAdmin
from crm.admin.consent import ConsentAdmin
from crm.admin.contact import (
    SEARCH_HELP,
    ContactAdmin,
    EventAdmin,
    SiteFilter,
    own_sites,
)
from crm.admin.duplicate import DuplicateAdmin
from crm.admin.histories import EXECUTION_TAGS, MESSAGE_TAGS
from crm.admin.imports import ImportAdmin
from crm.admin.lead import LeadAdmin

__all__ = [
    "EXECUTION_TAGS", "MESSAGE_TAGS", "SEARCH_HELP", "ConnectionAdmin", "ConsentAdmin", "ContactAdmin",
    "DuplicateAdmin", "EventAdmin", "ImportAdmin", "LeadAdmin", "SiteFilter", "own_sites",
]  # fmt: skip
