"""What a lead wrote, in messages and in forms, the newest first. Pure."""

from typing import TYPE_CHECKING

from agents.lead_acts import told
from communications.quoted import written

if TYPE_CHECKING:
    from agents.library.lead_classifier import LeadFacts


def texts(facts: "LeadFacts") -> list[tuple[float, str]]:
    """Return (hours ago, text), without the threads quoted below; what one form holds is one text."""
    found = [(m.hours_ago, written(m.text)) for m in facts.messages if m.by == "contact"]
    found += [(event.hours_ago, ". ".join(told(event.data))) for event in facts.events]
    return sorted(((hours, text) for hours, text in found if text.strip()), key=lambda each: each[0])
