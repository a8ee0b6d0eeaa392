"""The operators' pages about contacts, what they agreed to, and what happened."""

from crm.admin.consent import ConsentAdmin
from crm.admin.contact import (
    EXECUTION_TAGS,
    MESSAGE_TAGS,
    SEARCH_HELP,
    ContactAdmin,
    EventAdmin,
    SiteFilter,
    own_sites,
)

__all__ = [
    "EXECUTION_TAGS", "MESSAGE_TAGS", "SEARCH_HELP", "ConsentAdmin", "ContactAdmin", "EventAdmin", "SiteFilter",
    "own_sites",
]  # fmt: skip
