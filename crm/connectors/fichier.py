"""A file: exported leads are collected here, and operators download them as CSV or XLSX (crm/sheet.py)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from crm.connectors.base import Card, Connector, Found, Refused, Sent


class Download(Connector):
    """Takes whatever it is given: the rows of exports are the file."""

    name: ClassVar[str] = "fichier"
    label: ClassVar[str] = "Fichier CSV ou Excel"
    hint: ClassVar[str] = "Les leads exportés se téléchargent sur cette page."
    can_look_up: ClassVar[bool] = False
    batch: ClassVar[int] = 500

    def push(self, cards: Sequence[Card]) -> Mapping[int, Sent | Refused]:
        return {card.export_id: Sent(f"lead-{card.lead_id}") for card in cards}

    def look_up(self, cards: Sequence[Card]) -> Mapping[int, Found | Refused | None]:
        return {}

    def check(self) -> Refused | None:
        return None
