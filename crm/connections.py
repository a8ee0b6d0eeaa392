"""Connections: from the row of one to what talks with its CRM."""

from datetime import datetime

from crm.connectors import Access, Connector, Refused, Trouble, connectors
from crm.models.transfer import Connection
from crm.sealing import SealError, unseal


class NoConnectorError(Exception):
    """A connection cannot be used as it is; `refused` says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.refused = Refused(Trouble.ACCOUNT, code, text)


def connector_of(connection: Connection, now: datetime) -> Connector:
    """Return what talks with the CRM of a connection. Raises NoConnectorError."""
    kind = connectors().get(connection.connector)
    if kind is None:
        raise NoConnectorError("no_connector", f"Le connecteur « {connection.connector} » n'existe plus.")
    try:
        secret = unseal(connection.secret)
    except SealError as error:
        raise NoConnectorError("sealed", str(error)) from None
    if kind.needs_secret and not secret:
        raise NoConnectorError("no_key", "La clé d'accès manque.")
    return kind(
        Access(
            organization_id=connection.organization_id, connection_id=connection.pk, now=now, secret=secret,
            address=connection.address, options=connection.options,
        )
    )  # fmt: skip


def said(refused: Refused) -> str:
    """Return what a refusal is, for people: no personal data in it."""
    parts = [f"HTTP {refused.http_status}" if refused.http_status else "", refused.code, refused.detail]
    return " · ".join(dict.fromkeys(part for part in parts if part))[:300] or str(refused.trouble)
