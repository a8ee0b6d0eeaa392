"""Connections: where leads go."""

from django.contrib import admin

from accounts.tenancy import OWNERS, Tenancy
from berinia.admin.base import Page
from crm.models import Connection


@admin.register(Connection)
class ConnectionAdmin(Tenancy, Page):
    """The CRMs of organizations."""

    changed_by = OWNERS
