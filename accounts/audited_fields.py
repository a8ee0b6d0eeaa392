"""What the audit log may say of a field's values: those of the house's own settings, never people's, never secrets.

Pure. A model that is not named here is about people until somebody says otherwise: of its fields only numbers, dates,
yes or no and choices are written down, and of the others that they changed.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

MASK = "•••"
LONGEST = 300
# Whose texts are the business's own settings.
SHOWN = frozenset({
    "accounts.organization", "accounts.site", "accounts.apikey", "accounts.membership", "accounts.platform",
    "agents.agentsettings", "communications.brake", "communications.notificationpreference",
    "communications.sendingrules", "communications.template", "workflows.workflow", "crm.segment",
})  # fmt: skip
# Never, of whatever model.
SECRET = re.compile(r"password|secret|token|digest|credential|api_key|cle|key$|hash")
# Written by the system at each change: they say nothing.
NOISE = frozenset({"id", "updated_at", "created_at", "last_login", "version_id", "decide_at"})


def said(label: str, name: str, value: Any, *, is_choice: bool = False) -> Any:
    """Return a field's value as the log holds it: JSON, short, or masked. None stays None."""
    if value is None or value == "":
        return None
    if SECRET.search(name) and not isinstance(value, bool):
        return MASK
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value)
    if not (is_choice or label in SHOWN):
        return MASK
    if isinstance(value, list | dict) and len(str(value)) <= LONGEST:
        return value
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def differences(
    before: Mapping[str, tuple[Any, Any]], after: Mapping[str, tuple[Any, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what two pictures of a row say where they differ: (before, after).

    A picture holds, by field, what to compare (a fingerprint of the value) and what may be said of it.
    """
    names = [
        name for name in dict.fromkeys([*before, *after])
        if name not in NOISE and before.get(name, (None, None))[0] != after.get(name, (None, None))[0]
    ]  # fmt: skip
    empty = (None, None)
    return {n: before.get(n, empty)[1] for n in names}, {n: after.get(n, empty)[1] for n in names}
