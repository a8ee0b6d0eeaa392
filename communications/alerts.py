"""Alerts about messages."""

from typing import Any

from communications.notify import Alert


def message_alert(row: Any, key: str, title: str, body: str = "", severity: str = "error") -> Alert:
    """Return an alert that leads to a message."""
    return Alert(row.organization_id, key, severity, title, body, f"/admin/communications/message/{row.id}/change/")
