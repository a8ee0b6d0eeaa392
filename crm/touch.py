"""Touch: segments look again at contacts that have changed, also when it is only their lead that did."""

from collections.abc import Iterable
from datetime import datetime

from berinia.rows import run

# Locked in the order in which routing locks them.
TOUCH = """
UPDATE contacts SET updated_at = %s WHERE id IN (
    SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
"""


def touched(contact_ids: Iterable[int], now: datetime) -> None:
    """Mark contacts as changed, and lock them. Leads are locked after their contacts, in the order of contacts."""
    ids = sorted(set(contact_ids))
    if ids:
        run(TOUCH, [now, ids])
