"""What an organization's agents may do and spend."""

from django.contrib import admin

from accounts.tenancy import OWNERS, Tenancy
from agents.models import AgentSettings
from berinia.admin.base import Page


@admin.register(AgentSettings)
class AgentSettingsAdmin(Tenancy, Page):
    """One row an organization."""

    changed_by = OWNERS
