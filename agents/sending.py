"""Sending: hand decided leads over to their CRMs, a connection at a time.

The claim commits before the call and what came of it after: a worker that dies in between leaves a lease that ends,
and the same leads are pushed again, which makes no second record (crm/connectors/base.py). Whoever wrote "STOP" in the
meantime is not handed over: the lead is free again, and so is its place of the day.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from agents.cards import card_of, rows_of
from agents.sent import settle
from berinia.rows import fetch, update_rows
from communications.suppress import closed
from crm.connections import NoConnectorError, connector_of
from crm.connectors import Card, Connector, Refused, Sent, Trouble, connectors
from crm.export import free
from crm.models import Connection, Export
from crm.models.transfer import ExportStatus
from crm.move_stage import locked
from crm.places import withdraw

logger = logging.getLogger(__name__)

# What is paused is not called: the platform, the organization, the site; nor what is blocked or switched off.
IS_DUE = """
FROM exports_leads e JOIN connexions_crm n ON n.id = e.connection_id JOIN organisations o ON o.id = e.organization_id
    JOIN leads l ON l.id = e.lead_id JOIN sites s ON s.id = l.site_id
WHERE e.status IN ('en_file', 'en_cours') AND e.due_at <= %(now)s AND n.is_active
  AND (n.blocked_until IS NULL OR n.blocked_until <= %(now)s) AND NOT o.is_paused AND NOT s.is_paused
  AND NOT EXISTS (SELECT 1 FROM plateforme WHERE is_paused)
"""
FIRST = f"SELECT e.connection_id {IS_DUE} ORDER BY e.due_at, e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED"
CLAIM = f"""
SELECT e.id, e.attempts {IS_DUE} AND e.connection_id = %(connection)s
ORDER BY e.due_at, e.id LIMIT %(limit)s FOR UPDATE OF e SKIP LOCKED
"""
CLAIMED = {"id": "bigint", "status": "text", "due_at": "timestamptz", "attempts": "int2"}
SENDING = [ExportStatus.SENDING.value]
SILENCE = Refused(Trouble.AGAIN, "unanswered", "pas de résultat pour ce lead")


@dataclass(frozen=True, slots=True)
class Claim:
    """Exports of one connection that are ours for a while; `attempts` by export id, this one among them."""

    connection: Connection
    cards: Sequence[Card]
    attempts: Mapping[int, int]
    staying: Mapping[int, str]  # by lead id, why those are not handed over after all


def send_batch(*, now: datetime) -> int:
    """Hand over the exports of one connection that are due; return how many were claimed."""
    with transaction.atomic():
        claim = _claim(now)
    if claim is None:
        return 0
    if claim.staying:
        _take_back(claim, now)
    results = _push(claim, now) if claim.cards else {}
    with transaction.atomic():
        settle(claim.connection, claim.attempts, results, now)
    return len(claim.attempts) + len(claim.staying)


def _claim(now: datetime) -> Claim | None:
    """Take the exports of the connection whose turn it is, and tell apart who is not to be handed over any more."""
    first = fetch(FIRST, {"now": now})
    if not first:
        return None
    connection = Connection.objects.get(pk=first[0].connection_id)
    kind = connectors().get(connection.connector, Connector)
    given = {"now": now, "connection": connection.pk, "limit": kind.batch}
    attempts = {row.id: row.attempts + 1 for row in fetch(CLAIM, given)}
    rows = rows_of(list(attempts))
    why = _withdrawn(connection.organization_id, rows)
    lease = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    update_rows("exports_leads", CLAIMED, [(row.id, "en_cours", lease, attempts[row.id]) for row in rows])
    ours = [row for row in rows if row.id not in why]
    staying = {row.lead_id: why[row.id] for row in rows if row.id in why}
    return Claim(connection, [card_of(row) for row in ours], {row.id: attempts[row.id] for row in ours}, staying)


@transaction.atomic
def _take_back(claim: Claim, now: datetime) -> None:
    """Let leads stay after all. Apart from the claim: leads are locked before their exports."""
    leads = {lead.pk: lead for lead in locked(list(claim.staying), now)}
    for reason in sorted(set(claim.staying.values())):
        theirs = [pk for pk, why in claim.staying.items() if why == reason]
        rows = Export.objects.filter(connection=claim.connection, lead_id__in=theirs, status=ExportStatus.SENDING)
        gone = withdraw(list(rows.values_list("pk", flat=True)), ExportStatus.REVOKED, error=reason, waiting=SENDING)
        free([leads[pk] for pk in gone if pk in leads], None, "", now)


def _withdrawn(organization_id: int, rows: Sequence[Any]) -> dict[int, str]:
    """Return why exports must not go out after all, by id: what has changed since they were decided."""
    addresses = [(channel, address) for row in rows for channel, address in _addresses(row)]
    shut = closed(organization_id, addresses)
    why = {}
    for row in rows:
        if row.opted_out_at is not None:
            why[row.id] = "désinscrit depuis la décision"
        elif row.lead_status == "ecarte":
            why[row.id] = "écarté depuis la décision"
        elif all(address in shut for address in _addresses(row)):
            why[row.id] = "plus aucune adresse joignable"
    return why


def _addresses(row: Any) -> list[tuple[str, str]]:
    return [pair for pair in (("email", row.email), ("sms", row.phone)) if pair[1]]


def _push(claim: Claim, now: datetime) -> Mapping[int, Sent | Refused]:
    """Make the calls. No transaction of ours is open in here."""
    try:
        results = connector_of(claim.connection, now).push(claim.cards)
    except NoConnectorError as error:
        return dict.fromkeys(claim.attempts, error.refused)
    except Exception as error:
        logger.exception(
            "connection %s: the push failed", claim.connection.pk,
            extra={"organization": claim.connection.organization_id, "export": min(claim.attempts)},
        )  # fmt: skip
        return dict.fromkeys(claim.attempts, Refused(Trouble.AGAIN, type(error).__name__))
    return {id_: results.get(id_, SILENCE) for id_ in claim.attempts}
