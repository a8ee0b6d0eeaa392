"""Close an address for one organization and channel, and tell which are closed.

Addresses are compared by a keyed fingerprint, so that one can stay closed after its owner was erased.
"""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from communications.models import Suppression
from communications.models.suppression import SuppressionReason


def digest(address: str) -> str:
    """Return the fingerprint of an address as it is stored (E.164, lower-case email).

    Keyed, because phone numbers can all be tried out: HMAC-SHA256 under ADDRESS_HASH_KEY.
    """
    return hmac.new(settings.ADDRESS_HASH_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


def suppress(organization_id: int, channel: str, address: str, reason: str, now: datetime) -> None:
    """Let nothing more go to an address. A second call changes nothing."""
    Suppression.objects.get_or_create(
        organization_id=organization_id,
        channel=channel,
        digest=digest(address),
        defaults={"address": address, "reason": SuppressionReason(reason), "created_at": now},
    )
