"""The built-in CRM: an exported lead becomes qualified in our own pipeline, with a task for the sales team."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from crm.connectors.base import Card, Connector, Found, Refused, Sent


class BuiltIn(Connector):
    """Writes our own rows."""

    name: ClassVar[str] = "integre"
    label: ClassVar[str] = "CRM intégré"
    batch: ClassVar[int] = 500

    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        return {card.export_id: Sent(str(card.lead_id)) for card in cards}

    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        return {card.export_id: Found(str(card.lead_id), card.stage) for card in cards}
