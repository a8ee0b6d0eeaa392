"""Mark alerts as read: they leave what needs a person, and the bell of whoever looks."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from berinia import live
from berinia.rows import fetch

READ = """
UPDATE notifications_systeme SET read_at = %s WHERE id = ANY(%s) AND read_at IS NULL RETURNING id, organization_id
"""


@transaction.atomic
def mark_read(ids: Collection[int], now: datetime) -> int:
    """Mark alerts as read; return how many were not."""
    rows = fetch(READ, [now, list(ids)])
    live.publish_many([
        live.Told(row.organization_id, live.Kind.NOTIFICATION, {"notificationId": str(row.id), "lue": True})
        for row in rows
    ])  # fmt: skip
    return len(rows)
