"""The contacts of a site that lines are about, as they are kept; and locked, in the order of their ids."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from berinia.rows import fetch
from crm.import_plan import Known, Matched
from crm.import_resource import Cleaned
from crm.ingest import KNOWN_CONTACTS
from crm.matching import Person
from crm.models import Contact, Lead

LOCK = "SELECT id FROM contacts WHERE id = ANY(%s) AND site_id = %s ORDER BY id FOR NO KEY UPDATE"
LOCK_LEADS = "SELECT id FROM leads WHERE contact_id = ANY(%s) ORDER BY contact_id FOR NO KEY UPDATE"
OF_LEAD = (
    "company", "company_size", "job_title", "sector", "region", "quality", "score", "stage", "amount_cents", "status",
    "decided_by", "classified_at", "stage_at",
)  # fmt: skip
KEPT = f"""
SELECT c.id, c.name, c.email, c.phone, to_jsonb(c.tags) AS tags, c.fields, c.opted_out_at,
       l.id AS lead_id, {", ".join(f"l.{name}" for name in OF_LEAD)}
FROM contacts c LEFT JOIN leads l ON l.contact_id = c.id
WHERE c.id = ANY(%s) AND c.site_id = %s
"""  # noqa: S608 - names of columns only


def persons_of(site_id: int, lines: Iterable[Cleaned]) -> list[Person]:
    """Return the site's contacts with an address of these lines, in the order of their ids."""
    given = [line.given for line in lines if line.given is not None]
    query: dict[str, Any] = {
        "site": site_id,
        "emails": sorted({g.email for g in given if g.email}),
        "phones": sorted({g.phone for g in given if g.phone}),
    }
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_CONTACTS, query)
        return [Person(*row) for row in cursor.fetchall()]


def ids_of(matched: Iterable[Matched]) -> list[int]:
    """Return which known contacts lines are about."""
    return sorted({m.person.id for m in matched if m.person is not None and m.person.id is not None})


def lock(site_id: int, ids: Sequence[int]) -> None:
    """Keep others from changing contacts and their leads, until the transaction ends."""
    fetch(LOCK, [list(ids), site_id])
    fetch(LOCK_LEADS, [list(ids)])


def kept(site_id: int, ids: Sequence[int]) -> dict[int, Known]:
    """Return contacts of a site as they are kept, by id."""
    found = {}
    for row in fetch(KEPT, [list(ids), site_id]) if ids else ():
        lead = {name: _json(getattr(row, name)) for name in OF_LEAD} if row.lead_id else None
        found[row.id] = Known(
            row.id, row.name, row.email, row.phone, tuple(row.tags), row.fields, lead, row.opted_out_at is not None
        )
    return found


def column_label(name: str) -> str:
    """Return how people read what changes of a contact: a column, a `fields.<name>`, a `lead.<column>`."""
    column = name.rpartition(".")[2]
    if name.startswith("fields.") or name == "lead":
        return column
    model: Any = Lead if name.startswith("lead.") else Contact
    return str(model._meta.get_field(column).verbose_name)


def _json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
