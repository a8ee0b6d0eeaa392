"""Mark alerts as read: they leave what needs a person, and the bell of whoever looks."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts import audit
from berinia import live
from berinia.rows import fetch

READ = """
UPDATE notifications_systeme SET read_at = %s WHERE id = ANY(%s) AND read_at IS NULL RETURNING id, organization_id
"""


@transaction.atomic
def mark_read(ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Mark alerts as read, with one entry in the audit log for each organization; return how many were not."""
    rows = fetch(READ, [now, list(ids)])
    read: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        read[row.organization_id].append(row.id)
    for organization_id, found in read.items():
        audit.record(
            actor, "notification.lire", "notification", found[0] if len(found) == 1 else None, now=now,
            organization_id=organization_id, details={"nombre": len(found), "notifications": sorted(found)},
        )  # fmt: skip
    live.publish_many([
        live.Told(row.organization_id, live.Kind.NOTIFICATION, {"notificationId": str(row.id), "lue": True})
        for row in rows
    ])  # fmt: skip
    return len(rows)
