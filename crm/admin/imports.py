"""Imports: contacts from a file, in three pages that can be gone back on."""

from django.contrib import admin

from accounts.tenancy import WRITERS, Tenancy
from berinia.admin.base import Page, ReadOnly
from crm.models import Import


@admin.register(Import)
class ImportAdmin(ReadOnly, Tenancy, Page):
    """The files."""

    changed_by = WRITERS
