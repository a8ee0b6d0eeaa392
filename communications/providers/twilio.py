"""SMS through Twilio: https://www.twilio.com/docs/messaging"""

from collections.abc import Mapping
from typing import Any, ClassVar

from communications.faults import Fault
from communications.providers.base import Draft
from communications.providers.twilio_account import TwilioProvider


class Twilio(TwilioProvider):
    """SMS of one account. What was taken and then failed is never sent again by itself: that is a new message."""

    name: ClassVar[str] = "twilio"
    channels: ClassVar[tuple[str, ...]] = ("sms",)

    # https://www.twilio.com/docs/messaging/guides/debugging-common-issues
    reported: ClassVar[Mapping[str, Fault]] = {
        "21211": Fault.ADDRESS,
        "21610": Fault.OPT_OUT,
        "21614": Fault.ADDRESS,
        "21635": Fault.ADDRESS,
        "30001": Fault.MESSAGE,  # queued for too long
        "30002": Fault.ACCOUNT,  # the account is suspended
        "30003": Fault.MESSAGE,  # the phone is off or out of reach
        "30004": Fault.MESSAGE,  # blocked
        "30005": Fault.ADDRESS,  # no such subscriber
        "30006": Fault.ADDRESS,  # a landline, or a carrier that cannot be reached
        "30007": Fault.MESSAGE,  # filtered by the carrier
        "30008": Fault.MESSAGE,  # nobody knows
        "30036": Fault.MESSAGE,  # expired
        "30042": Fault.MESSAGE,  # the sender's name is blocked
        "30410": Fault.MESSAGE,  # the carrier did not answer
        "30450": Fault.MESSAGE,  # taken for pumping
        "30500": Fault.MESSAGE,  # Twilio failed
    }
    alarming: ClassVar[frozenset[str]] = frozenset({"30001", "30002", "30007", "30042", "30450"})

    def payload(self, draft: Draft) -> dict[str, Any]:
        body = {"to": draft.to, "from_": draft.sender, "body": draft.text}
        if draft.callback_url:
            body["status_callback"] = draft.callback_url
        return body
