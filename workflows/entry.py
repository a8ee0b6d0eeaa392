"""Entry rules: may this contact start this workflow now? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

KEY_LENGTH = 200


class Refused(StrEnum):
    """Why an event did not start a workflow: its entry rules, or what comes before they are asked."""

    RUNNING = "deja_en_cours"
    ONCE_ONLY = "une_seule_fois"
    TOO_SOON = "trop_tot"
    DAILY_CAP = "plafond_du_jour"
    CONDITION = "condition"  # that of its trigger does not hold on the event's data
    STOPPED = "workflow_arrete"  # the workflow that was asked for by name
    OPTED_OUT = "desinscription"  # the event by which a contact asks for an end begins nothing


# What people read.
REFUSALS: Mapping[str, str] = {
    Refused.RUNNING: "déjà en cours pour ce contact",
    Refused.ONCE_ONLY: "une seule fois par contact",
    Refused.TOO_SOON: "trop tôt après la fois précédente",
    Refused.DAILY_CAP: "plafond du jour atteint",
}


@dataclass(frozen=True, slots=True)
class EntryRules:
    """`key`: the event's field that tells two runs apart. `again_after`: None means never."""

    key: str | None = None
    again_after: timedelta | None = timedelta(0)
    per_day: int | None = None

    def key_of(self, data: Mapping[str, Any]) -> str:
        """Return the entry key of an event: "" when the rules or the event have none."""
        value = data.get(self.key) if self.key else None
        return "" if value is None else str(value)[:KEY_LENGTH]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier runs of this contact, workflow and entry key."""

    is_running: bool = False
    last_started_at: datetime | None = None
    started_today: int = 0  # of the whole workflow, in the site's day


def refuse(rules: EntryRules, history: History, now: datetime) -> Refused | None:
    """Say why a run may not begin, or None when it may."""
    if history.is_running:
        return Refused.RUNNING
    if history.last_started_at is not None:
        if rules.again_after is None:
            return Refused.ONCE_ONLY
        if now < history.last_started_at + rules.again_after:
            return Refused.TOO_SOON
    if rules.per_day is not None and history.started_today >= rules.per_day:
        return Refused.DAILY_CAP
    return None
