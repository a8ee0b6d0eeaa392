"""The sandbox: without keys, messages are kept to be read in the admin, and go nowhere."""

from dataclasses import asdict
from typing import Any, ClassVar

from communications.providers.base import Draft, Outgoing, Provider, Receipt


class Sandbox(Provider):
    """Takes everything, calls nobody."""

    name: ClassVar[str] = "sandbox"
    channels: ClassVar[tuple[str, ...]] = ("email", "sms", "slack")
    repeat_safe: ClassVar[bool] = True

    @classmethod
    def is_configured(cls) -> bool:
        return True

    @classmethod
    def from_settings(cls) -> "Sandbox":
        return cls()

    def payload(self, draft: Draft) -> dict[str, Any]:
        return {name: dict(value) if name == "headers" else value for name, value in asdict(draft).items() if value}

    def send(self, outgoing: Outgoing) -> Receipt:
        return Receipt(f"sandbox-{outgoing.message_id}")
