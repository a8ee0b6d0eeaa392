"""Organizations, people, sites, their keys, and the audit log."""

from accounts.admin import audit, key, member, user
from accounts.admin.organization import OrganizationAdmin
from accounts.admin.site import SiteAdmin

__all__ = ["OrganizationAdmin", "SiteAdmin", "audit", "key", "member", "user"]
