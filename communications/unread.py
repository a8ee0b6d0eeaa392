"""Unread: how many alerts wait for whoever looks, as far as a bell shows the number."""

from collections.abc import Sequence

from communications.models import Notification

MOST = 100


def unread_of(organizations: Sequence[int] | None) -> int:
    """Return how many alerts of some organizations nobody has read, up to MOST; None: of all."""
    alerts = Notification.objects.filter(read_at=None)
    if organizations is not None:
        alerts = alerts.filter(organization_id__in=organizations)
    return len(alerts.order_by().values_list("pk", flat=True)[:MOST])
