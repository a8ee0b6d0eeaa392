"""Exports: each decision beside what came of it."""

from django.contrib import admin

from accounts.tenancy import Tenancy
from berinia.admin.base import Page, ReadOnly
from crm.models import Export


@admin.register(Export)
class ExportAdmin(ReadOnly, Tenancy, Page):
    """What was decided."""
