"""Reviews: what a customer says of the work, from 1 to 5, in the event that a site reports. Pure."""

from collections.abc import Mapping
from typing import Any

EVENT = "avis_client"
GOOD = 4.0  # of 5: what the library's goals ask for, and what satisfaction counts
LEAST, MOST = 1.0, 5.0


def review_of(event: str, data: Mapping[str, Any]) -> float | None:
    """Return the grade that an event gives; None when it is no review, or one without a grade that can be read."""
    if event != EVENT:
        return None
    try:
        grade = float(str(data.get("note")).replace(",", "."))
    except (AttributeError, ValueError):
        return None
    return grade if LEAST <= grade <= MOST else None
