"""Runs: what agents were told, answered and cost."""

from django.contrib import admin

from accounts.tenancy import Tenancy
from agents.models import AgentRun
from berinia.admin.base import Page, ReadOnly


@admin.register(AgentRun)
class AgentRunAdmin(ReadOnly, Tenancy, Page):
    """What agents did."""
