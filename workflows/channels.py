"""The channels as workflows speak of them: what a message is called, where it goes, how fast. Pure.

A new channel is one line here and one value in `send` (workflows/steps/send.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one channel. `address`: where the contact's facts have the address.

    `per_second`: what a provider takes at the least: Resend's requests of an account (its pages say 2 or 5), Twilio's
    segments of one ordinary number, its messages of one WhatsApp sender. Names and short numbers go faster: ask Twilio.
    """

    name: str
    title: str
    message: str
    address: str
    per_second: float


CHANNELS: Mapping[str, Words] = {
    "email": Words("email", "Email", "un email", "email", 2.0),
    "sms": Words("SMS", "SMS", "un SMS", "telephone", 1.0),
    "whatsapp": Words("WhatsApp", "WhatsApp", "un message WhatsApp", "telephone", 80.0),
}
ADDRESSES: Mapping[str, str] = {name: channel.address for name, channel in CHANNELS.items()}


def addresses(contact: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each channel with the address that a contact's facts have for it; "" for none."""
    return [(channel, contact[name]) for channel, name in ADDRESSES.items()]
