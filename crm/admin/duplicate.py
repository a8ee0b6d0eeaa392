"""Duplicates: contacts that may be the same person."""

from django.contrib import admin

from accounts.tenancy import WRITERS, Tenancy
from berinia.admin.base import Page, ReadOnly
from crm.models import Duplicate


@admin.register(Duplicate)
class DuplicateAdmin(ReadOnly, Tenancy, Page):
    """The suspicions."""

    site_path = "site_id"
    changed_by = WRITERS
