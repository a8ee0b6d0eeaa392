"""Which status may follow which, in whatever order the reports arrive. Pure.

Reports come at least once and in any order, so a status only ever moves up in rank: a late `sent` never
overwrites `delivered`, and the same report twice changes nothing.
"""

from collections.abc import Mapping

# What ends badly outranks what was only on the way. A mailbox may take an email and send it back later, so
# `bounced` outranks `delivered`; being read outranks both: it did arrive.
RANK = {
    name: rank
    for rank, name in enumerate(
        (
            "queued",
            "held",
            "suppressed",
            "sending",
            "unknown",
            "sent",
            "failed",
            "delivered",
            "bounced",
            "opened",
            "clicked",
            "complained",
        )
    )
}

# https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
FROM_TWILIO: Mapping[str, str] = {
    "accepted": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "failed",
    "failed": "failed",
}

# https://resend.com/docs/dashboard/webhooks/event-types
FROM_RESEND: Mapping[str, str] = {
    "email.sent": "sent",
    "email.delivery_delayed": "sent",
    "email.delivered": "delivered",
    "email.opened": "opened",
    "email.clicked": "clicked",
    "email.bounced": "bounced",
    "email.complained": "complained",
    "email.failed": "failed",
    "email.suppressed": "failed",
}


def later(current: str, incoming: str) -> str:
    """Return the status that holds after a report; what is not known here changes nothing."""
    if RANK.get(incoming, -1) > RANK.get(current, len(RANK)):
        return incoming
    return current
