"""Close an address for one organization and channel, and tell which are closed.

Addresses are compared by a keyed fingerprint, so that one can stay closed after its owner was erased.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from berinia.rows import fetch
from communications.models import Suppression
from communications.models.suppression import SuppressionReason

CLOSED = """
SELECT b.channel, b.digest FROM unnest(%s::text[], %s::text[]) AS a (channel, digest)
JOIN adresses_bloquees b ON b.organization_id = %s AND b.channel = a.channel AND b.digest = a.digest
"""


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


def closed(organization_id: int, addresses: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of these, each a channel and an address, are closed for an organization."""
    named = {(channel, digest(address)): (channel, address) for channel, address in addresses if address}
    channels, digests = [channel for channel, _digest in named], [found for _channel, found in named]
    return {named[row.channel, row.digest] for row in fetch(CLOSED, [channels, digests, organization_id])}
