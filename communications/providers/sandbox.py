"""The sandbox: without keys, messages are kept to be read in the admin, and go nowhere."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from communications.providers.base import Draft, Outgoing, Provider, Receipt


class Sandbox(Provider):
    """Takes everything, calls nobody."""

    name: ClassVar[str] = "sandbox"
    channels: ClassVar[tuple[str, ...]] = ("email", "sms", "whatsapp", "slack")
    repeat_safe: ClassVar[bool] = True

    @classmethod
    def is_configured(cls) -> bool:
        return True

    @classmethod
    def from_settings(cls) -> "Sandbox":
        return cls()

    def payload(self, draft: Draft) -> dict[str, Any]:
        values = asdict(draft).items()
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values if value}

    def send(self, outgoing: Outgoing) -> Receipt:
        return Receipt(f"sandbox-{outgoing.message_id}")
