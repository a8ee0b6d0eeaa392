"""Export: everything that is kept of a person, as one document (GDPR art. 15 and 20)."""

from datetime import UTC, date, datetime
from typing import Any

from accounts.audit import record
from berinia.rows import fetch
from crm.consent import instant
from crm.models import Contact
from workflows.holdings import HOLDINGS, Holding, traces_of

FIND = "SELECT {columns} FROM {table} AS t WHERE ({where}) AND {shown} ORDER BY t.id"


def export(contact: Contact, now: datetime) -> dict[str, Any]:
    """Return all that is kept of a contact as JSON values, table by table, the oldest first."""
    traces = traces_of([contact]) | {"now": now}
    rows = {holding.title: _rows(holding, traces) for holding in HOLDINGS}
    (person,) = rows.pop("contact")
    return {
        "export": {
            "etabli_le": instant(now), "responsable": contact.organization.name, "site": contact.site.slug,
            "lignes": {title: len(found) for title, found in rows.items()},
        },
        "contact": person,
        **rows,
    }  # fmt: skip


def export_recorded(contact: Contact, by: str, now: datetime) -> dict[str, Any]:
    """Export, and write down who did."""
    record(by, "rgpd.export", "contact", contact.pk, now=now, organization_id=contact.organization_id)
    return export(contact, now)


def _rows(holding: Holding, traces: dict[str, Any]) -> list[dict[str, Any]]:
    names = list(holding.columns)
    columns = ", ".join(f"{what} AS c{n}" for n, what in enumerate(holding.expressions()))
    query = FIND.format(columns=columns, table=holding.table, where=holding.where, shown=holding.shown)
    return [
        {name: _written(value) for name, value in zip(names, row, strict=True)} for row in fetch(query, traces)
    ]  # fmt: skip


def _written(value: Any) -> Any:
    """Write a value of the database as JSON."""
    if isinstance(value, datetime):
        return instant(value.astimezone(UTC))
    return value.isoformat() if isinstance(value, date) else value
