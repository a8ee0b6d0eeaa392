"""Leads: the opportunities, their pipeline and what is known of them."""

from django.contrib import admin

from accounts.tenancy import WRITERS, Tenancy
from berinia.admin.base import Page
from crm.models import Lead


@admin.register(Lead)
class LeadAdmin(Tenancy, Page):
    """The opportunities."""

    site_path = "site_id"
    changed_by = WRITERS
