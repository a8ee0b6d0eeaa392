"""Close an address for one organization and channel."""

from datetime import datetime

from communications.models import Suppression
from communications.models.suppression import SuppressionReason


def suppress(organization_id: int, channel: str, address: str, reason: str, now: datetime) -> None:
    """Let nothing more go to an address. A second call changes nothing."""
    Suppression.objects.get_or_create(
        organization_id=organization_id,
        channel=channel,
        address=address,
        defaults={"reason": SuppressionReason(reason), "created_at": now},
    )
