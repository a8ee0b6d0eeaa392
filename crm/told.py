"""Tell whoever looks what became of a lead."""

from collections.abc import Mapping
from typing import Any

from berinia import live


def tell_lead(lead: Any, changed: Mapping[str, Any]) -> None:
    """Tell what is new about a lead (its row): its stage, quality, score, status; never who it is."""
    said = {"leadId": str(lead.id), "contactId": str(lead.contact_id), **changed}
    live.publish(lead.organization_id, live.Kind.LEAD_UPDATE, said)
