"""Waiting: why a message that is due has not gone out yet, where its own row says nothing.

What is paused, and a provider that takes nothing just now, leave messages untouched: nothing is written beside each
of perhaps a hundred thousand. So it is looked up when somebody asks about one.
"""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Platform
from communications import gate
from communications.explanations import explanation
from communications.models import Brake
from communications.pauses import paused
from communications.policy import EXPLANATIONS, Explanation, Refusal
from communications.providers import Provider, provider_for

IN_LINE = Explanation("Il est prêt à partir et attend son tour.", "Aucun : il part dès qu'un envoi se libère.")


def reason_of(message: Any, now: datetime) -> Explanation:
    """Say why a message stands where it stands, and what can be done; a message that is due may wait for others."""
    is_due = message.status == "queued" and (message.due_at is None or message.due_at <= now)
    return waits_for(message) if is_due else explanation(message.reason)


def waits_for(message: Any) -> Explanation:
    """Say what keeps a message that is due from going out."""
    if Platform.is_stopped():
        return EXPLANATIONS[Refusal.STOPPED]
    if _is_paused(message):
        return EXPLANATIONS[Refusal.PAUSED]
    provider = provider_for(message.channel)
    if closed := gate.closed_for(provider):
        return _closed(provider, closed)
    return IN_LINE


def _is_paused(message: Any) -> bool:
    held = paused()
    return (
        message.site_id in held.sites
        or message.organization_id in held.organizations
        or message.workflow_id in held.workflows
        or Brake.objects.filter(workflow_id=message.workflow_id, channel=message.channel).exists()
    )


def _closed(provider: Provider, span: timedelta) -> Explanation:
    minutes, seconds = divmod(max(1, round(span.total_seconds())), 60)
    said = f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
    return Explanation(
        f"Le fournisseur ({provider.name}) ne répond pas ou a demandé d'attendre : nouvel essai dans {said}.",
        "Aucun : les messages attendent et partent ensuite seuls.",
    )
