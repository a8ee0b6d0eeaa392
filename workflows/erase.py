"""Erase: nothing that is kept of a person stays, but the fingerprint that keeps them from being written to again.

First what runs for them is stopped and what is queued is taken back; then everything goes in one transaction. A message
in a provider's hands just now would come back to a row that is gone: then nothing is erased, and it is asked again.
GDPR art. 17; the tables are those of workflows/holdings.py.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg import errors

from accounts.audit import record
from berinia.rows import fetch, run
from communications import control as outbox
from communications.redact import SID, queue_redactions
from communications.suppress import Closing, suppress_all
from crm.aliases import addresses_of, names_of
from crm.models import Contact
from crm.serializers import OUR_KEYS
from workflows import control
from workflows.control import Order
from workflows.holdings import HOLDINGS, Holding, all_words_of, traces_of
from workflows.scope import Scope

ACTION = "rgpd.effacement"
GROUP = 50  # contacts in one transaction
TRIES = 4
LISTED = 100

RUNNING = """
SELECT id FROM executions_workflow
WHERE contact_id = ANY(%s) AND status IN ('en_attente', 'en_cours', 'en_pause') ORDER BY id
"""
# What the engine and delivery lock, they lock before the contact, and in this order.
LOCKS = (
    "SELECT id FROM evenements WHERE contact_id = ANY(%s) AND routed_at IS NULL ORDER BY id FOR UPDATE",
    "SELECT id FROM executions_workflow WHERE contact_id = ANY(%s) ORDER BY id FOR UPDATE",
    "SELECT id FROM messages WHERE contact_id = ANY(%s) ORDER BY id FOR UPDATE",
    "SELECT id FROM appels_http WHERE contact_id = ANY(%s) ORDER BY id FOR UPDATE",
    "SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
)
# In a provider's hands: being sent, part of a request that is repeated as a whole, or looked for at Twilio.
UNDER_WAY = """
SELECT 'message' AS what FROM messages m WHERE m.contact_id = ANY(%(contacts)s) AND (
    m.status = 'sending' OR m.status = 'unknown' AND m.due_at IS NOT NULL
    OR EXISTS (SELECT FROM lots_envoi b WHERE b.id = m.batch_id AND b.due_at IS NOT NULL))
UNION ALL
SELECT 'appel' FROM appels_http c WHERE c.contact_id = ANY(%(contacts)s) AND c.status = 'sending'
LIMIT 1
"""
# What came in a moment ago may be a STOP that nobody has heard yet.
UNHEARD = "SELECT t.id FROM webhooks_recus AS t WHERE {where} AND t.processed_at IS NULL AND t.received_at > {since}"
PROVIDER_IDS = """
SELECT provider_id AS id FROM messages WHERE contact_id = ANY(%(contacts)s) AND provider_id <> ''
UNION ALL
SELECT split_part(idempotency_key, '/', 2) FROM evenements
WHERE contact_id = ANY(%(contacts)s) AND split_part(idempotency_key, '/', 1) || '/' = ANY(%(ours)s)
"""
WEBHOOK_IDS = "SELECT t.external_id AS id FROM webhooks_recus AS t WHERE {where}"


class ErasureBusyError(Exception):
    """Something of this person is on its way just now; the text says what to do, in French."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many people, how many rows of each table (by its French title), and how many texts go at Twilio."""

    people: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    copies: int = 0

    def __add__(self, other: "Erased") -> "Erased":
        titles = [*self.rows, *(title for title in other.rows if title not in self.rows)]
        rows = {title: self.rows.get(title, 0) + other.rows.get(title, 0) for title in titles}
        return Erased(self.people + other.people, rows, self.copies + other.copies)


def erase(contact: Contact, by: str, reason: str, now: datetime) -> Erased:
    """Erase one person; a second call erases nobody. Raises ErasureBusyError, and then everything is still there."""
    return erase_all([contact.pk], by, reason, now)


def erase_all(
    contact_ids: Sequence[int], by: str, reason: str, now: datetime, still: Callable[[Sequence[int]], list[int]] = list
) -> Erased:
    """Erase people, some at a time; those of one organization at a time. Raises ErasureBusyError: the rest is there.

    `still` is asked once nothing more can come in: of these, who is still to go?
    """
    done = Erased()
    by_organization: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(pk__in=contact_ids).order_by("organization_id", "pk"):
        by_organization.setdefault(contact.organization_id, []).append(contact)
    for contacts in by_organization.values():
        for first in range(0, len(contacts), GROUP):
            done += _erase_group(contacts[first : first + GROUP], by, reason, now, still)
    return done


def counted(contacts: Sequence[Contact], now: datetime, *, is_quick: bool = False) -> dict[str, int]:
    """Return how many rows of each table an erasure of these contacts would end, by the table's French title.

    When quick, without those tables whose texts have to be read for names: that takes seconds for fifty people.
    """
    traces = traces_of(contacts) | {"now": now}
    query = "SELECT count(*) AS n FROM {table} AS t WHERE {where}"
    asked = [h for h in HOLDINGS if not (is_quick and h.is_searched)]
    found = {h.title: int(fetch(query.format(table=h.table, where=h.where), traces)[0].n) for h in asked}
    return {title: rows for title, rows in found.items() if rows}


def _erase_group(
    contacts: Sequence[Contact], by: str, reason: str, now: datetime, still: Callable[[Sequence[int]], list[int]]
) -> Erased:
    ids = [contact.pk for contact in contacts]
    _refuse_if_under_way(ids)
    for attempt in range(TRIES):
        _stop(ids, by, now)
        try:
            with transaction.atomic():
                _lock(ids)
                if not fetch(RUNNING, [list(ids)]):
                    return _end(still(ids), by, reason, now)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.DeadlockDetected) or attempt == TRIES - 1:
                raise
    raise ErasureBusyError(_("Un workflow vient de démarrer pour cette personne : réessayez dans une minute."))


def _refuse_if_under_way(ids: Sequence[int]) -> None:
    for row in fetch(UNDER_WAY, {"contacts": list(ids)}):
        if row.what == "message":
            raise ErasureBusyError(_("Un message est en cours d'envoi : réessayez dans une minute."))
        raise ErasureBusyError(_("Un appel HTTP est en cours : réessayez dans une minute."))


def _stop(ids: Sequence[int], by: str, now: datetime) -> None:
    """End what runs for them, and take back what is not yet handed over."""
    running = [row.id for row in fetch(RUNNING, [list(ids)])]
    if running:
        control.stop(Scope.executions(running), Order(by, now, _("effacement")))
    with transaction.atomic():
        where = "m.contact_id = ANY(%(contacts)s)"
        outbox.revoke_queued(where, {"contacts": list(ids)}, now)


def _lock(ids: Sequence[int]) -> None:
    """Let nothing more come in, and nothing be sent."""
    for lock in LOCKS:
        fetch(lock, [list(ids)])


def _end(ids: Sequence[int], by: str, reason: str, now: datetime) -> Erased:
    """Erase them, all or none."""
    _refuse_if_under_way(ids)
    contacts = list(Contact.objects.filter(pk__in=ids).order_by("pk"))
    if not contacts:
        return Erased()
    traces = traces_of(contacts) | {"now": now, "ours": list(OUR_KEYS)}
    _refuse_if_unheard(traces)
    copies = _queue_redactions(traces, now)
    _keep_closed(contacts, now)
    # Alerts and the log are found by what they say of the rest, deliveries by their alert: those that others hang on
    # come later, the contact last.
    rows = {holding.title: _clear(holding, traces) for holding in (*HOLDINGS[1:], HOLDINGS[0])}
    done = Erased(len(contacts), {title: n for title, n in rows.items() if n}, copies)
    _write_down(contacts, done, by, reason, now)
    return done


def _refuse_if_unheard(traces: Mapping[str, Any]) -> None:
    query = UNHEARD.format(where=_holding("webhooks").where, since="%(now)s::timestamptz - interval '10 minutes'")
    if fetch(query, traces):
        raise ErasureBusyError(
            _("Ce que cette personne vient d'envoyer n'est pas encore lu : réessayez dans une minute.")
        )


def _queue_redactions(traces: Mapping[str, Any], now: datetime) -> int:
    """Have the texts at Twilio emptied: those that went out, and those that came in."""
    found = fetch(PROVIDER_IDS, traces) + fetch(WEBHOOK_IDS.format(where=_holding("webhooks").where), traces)
    return queue_redactions({match[0] for row in found if (match := SID.search(row.id or ""))}, now)


def _keep_closed(contacts: Sequence[Contact], now: datetime) -> None:
    """Close each address of those who asked for it; like all closed ones, it then becomes a fingerprint."""
    suppress_all([
        Closing(c.organization_id, channel, address, "opt_out")
        for c in contacts if c.opted_out_at
        for email, phone in addresses_of(c)
        for channel, address in (("email", email), ("sms", phone), ("whatsapp", phone)) if address
    ], now)  # fmt: skip


def _clear(holding: Holding, traces: Mapping[str, Any]) -> int:
    if holding.clear:
        return run(f"UPDATE {holding.table} AS t SET {holding.clear} WHERE {holding.where}", traces)  # noqa: S608
    return run(f"DELETE FROM {holding.table} AS t WHERE {holding.where}", traces)  # noqa: S608


def _write_down(contacts: Sequence[Contact], done: Erased, by: str, reason: str, now: datetime) -> None:
    """One entry: who, when, why, how much; nobody's name, not in the reason either."""
    ids = [contact.pk for contact in contacts]
    details = {"personnes": done.people, "numeros": ids[:LISTED], "lignes": dict(done.rows), "copies": done.copies}
    record(
        by, ACTION, "contact", ids[0] if len(ids) == 1 else None, now=now,
        organization_id=contacts[0].organization_id, reason=without(reason, contacts), details=details,
    )  # fmt: skip


def without(text: str, contacts: Sequence[Contact]) -> str:
    """Return a text in which nothing says who these people are."""
    for contact in contacts:
        words = all_words_of(contact) | {w.lower() for name in names_of(contact) for w in name.split()}
        for word in sorted((word for word in words if len(word) > 2), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text


def _holding(title: str) -> Holding:
    return next(holding for holding in HOLDINGS if holding.title == title)
