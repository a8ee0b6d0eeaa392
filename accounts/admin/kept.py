"""Kept: who has contacts is not deleted from a page.

What goes with it is millions of rows in one request: it would hold everybody up, and time out. Contacts go by retention
or erasure; what is to be still meanwhile is paused.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Site


class Kept:
    """Mixed in before Tenancy: the page that deletes says why it does not."""

    def sites_with_contacts(self, obj: Any) -> QuerySet[Site]:
        """Return the sites of a row that have contacts."""
        sites = Site.objects.filter(pk=obj.pk) if isinstance(obj, Site) else Site.objects.filter(organization=obj)
        return sites.filter(contacts__isnull=False)

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[str]]:
        """Return what would go; of a row that has contacts, only why it stays."""
        rows = list(objs)
        kept = [row for row in rows if self.sites_with_contacts(row).exists()]
        if not kept:
            return super().get_deleted_objects(rows, request)  # type: ignore[misc]
        text = _(
            "« %(row)s » a des contacts. Effacez-les d'abord (RGPD, durées de conservation), ou mettez-le en pause."
        )
        return [], {}, set(), [text % {"row": row} for row in kept]
