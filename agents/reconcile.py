"""Reconcile: ask the CRMs what became of the leads that they took, and say which they no longer have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.audit import record
from agents.cards import card_of, rows_of
from berinia.rows import run, update_rows
from communications.notify import Alert, notify
from crm.connections import NoConnectorError, connector_of, said
from crm.connectors import Connector, Found, Refused
from crm.models import Connection, Export
from crm.models.transfer import ExportStatus

ABSENT = "absent"
BATCH = 100
CHECKED = {"id": "bigint", "checked_at": "timestamptz", "found": "text", "external_id": "text"}
# What the CRM has lost may be exported anew: as one that is decided about, within the limits of its day.
RETURNED = """
UPDATE leads SET status = CASE WHEN score >= 50 THEN 'a_exporter' ELSE 'a_suivre' END, exported_at = NULL,
    export_after = NULL, updated_at = %s
WHERE id IN (SELECT id FROM leads WHERE id = ANY(%s) AND status = 'exporte' ORDER BY contact_id FOR NO KEY UPDATE)
"""


class ReconcileError(Exception):
    """The CRM of a connection cannot be asked; the text says why, in French."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many leads were asked about, how many the CRM does not have, and of how many it did not say."""

    checked: int = 0
    absent: int = 0
    unknown: int = 0

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(self.checked + other.checked, self.absent + other.absent, self.unknown + other.unknown)


def reconcile(connection_ids: Sequence[int], actor: str, now: datetime, *, most: int | None = None) -> Reconciled:
    """Look up the exported leads of connections, those first that were not looked up for longest.

    `most`: how many of each. Raises ReconcileError.
    """
    total = Reconciled()
    for connection in Connection.objects.filter(pk__in=connection_ids).order_by("pk"):
        total += _reconcile(connection, actor, now, most)
    return total


def _reconcile(connection: Connection, actor: str, now: datetime, most: int | None) -> Reconciled:
    try:
        connector = connector_of(connection, now)
    except NoConnectorError as error:
        raise ReconcileError(str(error)) from None
    if not connector.can_look_up:
        raise ReconcileError(_("« %s » ne dit pas ce que deviennent les leads.") % connector.label)
    done = Export.objects.filter(connection=connection, status=ExportStatus.DONE)
    ids = list(done.order_by(F("checked_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:most])
    total = Reconciled()
    for at in range(0, len(ids), BATCH):
        total += _look_up(connector, ids[at : at + BATCH], now)
    with transaction.atomic():
        _tell(connection, total, actor, now)
    return total


def _look_up(connector: Connector, ids: Sequence[int], now: datetime) -> Reconciled:
    results = connector.look_up([card_of(row) for row in rows_of(ids)])
    refused = [result for result in results.values() if isinstance(result, Refused)]
    if refused and len(refused) == len(results):
        raise ReconcileError(said(refused[0]))
    rows = [(id_, now, *_columns(result)) for id_, result in results.items() if not isinstance(result, Refused)]
    known = _external_ids(ids)
    update_rows("exports_leads", CHECKED, [(id_, at, found, new or known[id_]) for id_, at, found, new in rows])
    absent = sum(found == ABSENT for _id, _at, found, _new in rows)
    return Reconciled(len(rows), absent, len(ids) - len(rows))


def _columns(result: Found | Refused | None) -> tuple[str, str]:
    """Return what is noted of a lead: where it stands there, and its id there, which a merge may have changed."""
    return (result.stage[:40] or "présent", result.external_id[:100]) if isinstance(result, Found) else (ABSENT, "")


def _external_ids(ids: Sequence[int]) -> Mapping[int, str]:
    return dict(Export.objects.filter(pk__in=ids).values_list("pk", "external_id"))


def _tell(connection: Connection, total: Reconciled, actor: str, now: datetime) -> None:
    details = {"verifies": total.checked, "absents": total.absent, "inconnus": total.unknown}
    record(
        actor, "export.rapprocher", "connexion", connection.pk, now=now, details=details,
        organization_id=connection.organization_id,
    )  # fmt: skip
    if total.absent:
        title = _("%(count)d leads exportés ne sont plus dans %(crm)s") % {
            "count": total.absent, "crm": connection.get_connector_display(),
        }  # fmt: skip
        body = _("« Reprendre les absents », sur la page de la connexion, les remet parmi les leads à exporter.")
        link = reverse("admin:crm_connection_change", args=[connection.pk])
        notify([Alert(connection.organization_id, f"export/{connection.pk}/absent", "warning", title, body, link)], now)


@transaction.atomic
def take_back(connection_ids: Sequence[int], actor: str, now: datetime) -> int:
    """Put leads that the CRM no longer has back among those to be exported; return how many.

    The exporter decides about them again, with all its guardrails. Who was put aside meanwhile stays aside.
    """
    lost = Export.objects.select_for_update().filter(
        connection__in=connection_ids, status=ExportStatus.DONE, found=ABSENT
    )
    exports = list(lost.order_by("pk"))
    run(RETURNED, [now, [export.lead_id for export in exports]])
    reason = _("absent du CRM au rapprochement")
    Export.objects.filter(pk__in=[export.pk for export in exports]).update(
        status=ExportStatus.REVOKED, error=reason, external_id=""
    )
    for connection_id in sorted({export.connection_id for export in exports}):
        count = sum(export.connection_id == connection_id for export in exports)
        record(
            actor, "export.reprendre", "connexion", connection_id, now=now, details={"leads": count},
            organization_id=exports[0].organization_id,
        )  # fmt: skip
    return len(exports)
