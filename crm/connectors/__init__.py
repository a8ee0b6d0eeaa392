"""Where leads are exported to: one file each, found by name, all with the small interface of base.py."""

from collections.abc import Mapping
from functools import cache

from berinia.plugins import discover
from crm.connectors.base import Access, Card, Connector, Found, Refused, Sent, Trouble

__all__ = ["Access", "Card", "Connector", "Found", "Refused", "Sent", "Trouble", "connector_choices", "connectors"]


@cache
def connectors() -> Mapping[str, type[Connector]]:
    """Return the classes of all connectors by name."""
    return discover("crm.connectors", Connector)


def connector_choices() -> list[tuple[str, str]]:
    """Return the connectors for a form."""
    return [(name, kind.label) for name, kind in sorted(connectors().items())]
