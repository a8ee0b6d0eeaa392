"""Close an address for one organization and channel, and tell which are closed.

Addresses are compared by a keyed fingerprint, so that one can stay closed after its owner was erased.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from berinia.rows import fetch, run
from communications.models import Suppression
from communications.models.suppression import SuppressionReason

CLOSED = """
SELECT b.channel, b.digest FROM unnest(%s::text[], %s::text[]) AS a (channel, digest)
JOIN adresses_bloquees b ON b.organization_id = %s AND b.channel = a.channel AND b.digest = a.digest
"""
# A person's own word outlasts what providers say: operators may lift the others.
LIGHTEST_FIRST = [
    SuppressionReason.UNREACHABLE.value, SuppressionReason.COMPLAINT.value, SuppressionReason.OPT_OUT.value,
]  # fmt: skip
CLOSE = """
INSERT INTO adresses_bloquees AS a (organization_id, channel, digest, address, reason, created_at)
SELECT o, c, d, x, r, %s FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS v (o, c, d, x, r)
ON CONFLICT (organization_id, channel, digest) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at
WHERE array_position(%s::text[], a.reason::text) < array_position(%s::text[], excluded.reason::text)
"""


@dataclass(frozen=True, slots=True)
class Closing:
    """An address to be closed for one channel and organization, and why."""

    organization_id: int
    channel: str
    address: str
    reason: str


def digest(address: str) -> str:
    """Return the fingerprint of an address as it is stored (E.164, lower-case email).

    Keyed, because phone numbers can all be tried out: HMAC-SHA256 under ADDRESS_HASH_KEY.
    """
    return hmac.new(settings.ADDRESS_HASH_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


def suppress(organization_id: int, channel: str, address: str, reason: str, now: datetime) -> None:
    """Let nothing more go to an address. A second call changes nothing."""
    suppress_all([Closing(organization_id, channel, address, reason)], now)


def suppress_all(closings: Iterable[Closing], now: datetime) -> None:
    """Let nothing more go to addresses, in one statement and one order. Of two reasons, the weightier one stays."""
    by_weight = sorted(closings, key=lambda closing: LIGHTEST_FIRST.index(closing.reason))
    found = {(c.organization_id, c.channel, digest(c.address)): c for c in by_weight}
    if not found:
        return
    rows = [(*key, closing.address, closing.reason) for key, closing in sorted(found.items(), key=lambda item: item[0])]
    run(CLOSE, [now, *(list(column) for column in zip(*rows, strict=True)), LIGHTEST_FIRST, LIGHTEST_FIRST])


def reopen(organization_ids: Collection[int], channel: str, address: str) -> int:
    """Let messages go again to whoever had opted out and takes it back; return in how many organizations."""
    closed = Suppression.objects.filter(
        organization_id__in=organization_ids, channel=channel, digest=digest(address), reason=SuppressionReason.OPT_OUT
    )  # fmt: skip
    return closed.delete()[0]


def closed(organization_id: int, addresses: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of these, each a channel and an address, are closed for an organization."""
    named = {(channel, digest(address)): (channel, address) for channel, address in addresses if address}
    channels, digests = [channel for channel, _digest in named], [found for _channel, found in named]
    return {named[row.channel, row.digest] for row in fetch(CLOSED, [channels, digests, organization_id])}
