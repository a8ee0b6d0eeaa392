"""Connections, once more: asking a CRM what became of the leads that it took."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import WORKERS
from agents.reconcile import ABSENT, ReconcileError, reconcile, take_back
from berinia.admin.acts import Act, ActError
from crm.admin import ConnectionAdmin
from crm.models import Connection, Export
from crm.models.transfer import ExportStatus

MOST = 200  # leads of one request; `manage.py exports reconcile` takes all


def _reconcile(ids: Sequence[int], now: datetime, person: Any) -> int:
    try:
        return reconcile(ids, str(person), now, most=MOST).checked
    except ReconcileError as error:
        raise ActError(str(error)) from None


def _take_back(ids: Sequence[int], now: datetime, person: Any) -> int:
    return take_back(ids, str(person), now)


def _notes(rows: QuerySet[Connection], _ids: Sequence[int]) -> list[str]:
    """Say how many leads a connection has exported, and how many its CRM has lost."""
    done = Export.objects.filter(connection__in=rows.values("pk"), status=ExportStatus.DONE)
    counts = {"exported": done.count(), "absent": done.filter(found=ABSENT).count()}
    return [str(_("%(exported)d leads exportés, dont %(absent)d absents du CRM au dernier rapprochement.")) % counts]


RECONCILE = Act(
    "rapprocher", _("Rapprocher"),
    _("le CRM est interrogé sur les leads exportés (200 au plus, les moins récemment vérifiés) ; rien n'y change."),
    _reconcile, icon="sync", is_atomic=False, is_for_many=False, by=WORKERS, notes=_notes,
)  # fmt: skip
TAKE_BACK = Act(
    "reprendre", _("Reprendre les absents"),
    _("les leads que le CRM n'a plus redeviennent exportables ; l'exporteur en décide à nouveau."),
    _take_back, icon="undo", is_for_many=False, by=WORKERS, notes=_notes,
)  # fmt: skip

admin.site.unregister(Connection)


@admin.register(Connection)
class ReconciledConnectionAdmin(ConnectionAdmin):
    """Connections whose CRM can be asked."""

    acts = (*ConnectionAdmin.acts, RECONCILE, TAKE_BACK)
