"""What conditions know of a contact: its own columns, and those of its lead.

Whoever reads contacts for a condition selects LEAD_COLUMNS and joins LEAD (the contact is `c`).
"""

from typing import Any

from crm.models import Contact, Lead

LEAD_COLUMNS = "l.quality, l.score, l.stage, l.status"
LEAD = "LEFT JOIN leads l ON l.contact_id = c.id"
NO_SCORE = -1  # a condition compares numbers: nothing known is less than any score


def contact_facts(row: Any) -> dict[str, Any]:
    """Return what conditions know of a contact, from a row that LEAD was joined to."""
    return {**_own(row), "lead": _lead(row)}


def facts_of(contact: Contact) -> dict[str, Any]:
    """Return what conditions know of a contact that is here as a model."""
    lead = Lead.objects.filter(contact=contact).first()
    return {**_own(contact), "lead": dict(NO_LEAD) if lead is None else _lead(lead)}


def _own(row: Any) -> dict[str, Any]:
    return {
        "nom": row.name, "email": row.email or "", "telephone": row.phone or "", "etiquettes": list(row.tags),
        "champs": row.fields,
    }  # fmt: skip


def _lead(row: Any) -> dict[str, Any]:
    """Without a lead, all of its columns are None."""
    return {
        "qualite": row.quality or "", "score": NO_SCORE if row.score is None else row.score, "etape": row.stage or "",
        "statut": row.status or "",
    }  # fmt: skip


NO_LEAD = {"qualite": "", "score": NO_SCORE, "etape": "", "statut": ""}
