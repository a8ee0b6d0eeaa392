"""Cards: exports with their leads, read as connectors take them."""

from collections.abc import Sequence
from typing import Any

from berinia.rows import fetch
from communications.variables import first_name, is_title
from crm.connectors import Card

# The reason and the qualification are those of the decision; the rest is as it is now.
# What the CRM called the lead at an earlier export, it calls it still.
CARDS = """
SELECT e.id, e.lead_id, e.contact_id, e.quality, e.score, e.reason, e.created_at, coalesce(
        (SELECT x.external_id FROM exports_leads x WHERE x.lead_id = e.lead_id AND x.connection_id = e.connection_id
         AND x.external_id <> '' ORDER BY x.id = e.id DESC, x.id DESC LIMIT 1), '') AS external_id,
    l.status AS lead_status, l.company, l.company_size, l.job_title, l.sector, l.region, l.stage, l.pain_points,
    l.interests, l.insights, l.decision_maker, c.name, coalesce(c.email, '') AS email, coalesce(c.phone, '') AS phone,
    c.opted_out_at, s.slug AS site
FROM exports_leads e JOIN leads l ON l.id = e.lead_id JOIN contacts c ON c.id = e.contact_id
    JOIN sites s ON s.id = l.site_id
WHERE e.id = ANY(%s) ORDER BY e.due_at, e.id
"""


def rows_of(export_ids: Sequence[int]) -> list[Any]:
    """Return exports with all that is known of their leads, in the order in which they are due."""
    return fetch(CARDS, [list(export_ids)])


def card_of(row: Any) -> Card:
    """Return the card of an export. Its key is the lead's: another export of it is the same record in the CRM."""
    first, last = names_of(row.name)
    return Card(
        key=f"lead/{row.lead_id}", export_id=row.id, lead_id=row.lead_id, contact_id=row.contact_id, name=row.name,
        first_name=first, last_name=last, email=row.email.lower(), phone=row.phone, company=row.company,
        company_size=row.company_size, job_title=row.job_title, sector=row.sector, region=row.region,
        quality=row.quality, score=row.score, stage=row.stage, pain_points=row.pain_points, interests=row.interests,
        insights=row.insights, decision_maker=row.decision_maker, reason=row.reason, site=row.site,
        decided_at=row.created_at, external_id=row.external_id,
    )  # fmt: skip


def names_of(name: str) -> tuple[str, str]:
    """Return the first name and the surname; what does not look like a person's name is a surname."""
    first = first_name(name)
    words = [word for word in name.split() if not is_title(word)]
    at = next((n for n, word in enumerate(words) if first and word.lower() == first.lower()), None)
    return (first if at is not None else ""), " ".join(word for n, word in enumerate(words) if n != at)
