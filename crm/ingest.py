"""Ingest: what sites report becomes Event rows, each once, and contacts kept up to date.

One event or five hundred go the same way: one transaction, at most five statements, and one more where contacts
say what they agree to (crm/consent.py). Where another
request was faster (it made the same contact, or stored the same idempotency key), the transaction is
rolled back and begun again: it then sees what the other one did.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors

from accounts.models import Site
from berinia import live
from berinia.rows import columns, fetch
from berinia.wake import wake
from crm.consent import record_consents, statements_of
from crm.matching import People, Person, Report

__all__ = ["BusyError", "Report", "ingest"]

logger = logging.getLogger(__name__)

TRIES = 6
MOST_TOLD = 20  # of one batch, one by one
# An email given to a contact while another request made one with it; a contact erased meanwhile; a circle of locks.
COLLISIONS = (errors.UniqueViolation, errors.ForeignKeyViolation, errors.DeadlockDetected)

KNOWN_KEYS = "SELECT idempotency_key, id FROM evenements WHERE site_id = %s AND idempotency_key = ANY(%s)"
# A number shared by thousands (a switchboard) brings only the latest ten, and the one without an email.
KNOWN_CONTACTS = """
SELECT id, name, email, phone, opted_out_at IS NOT NULL, timezone FROM contacts
WHERE site_id = %(site)s AND email = ANY(%(emails)s)
UNION
SELECT c.* FROM unnest(%(phones)s::text[]) AS p (phone) CROSS JOIN LATERAL (
    (SELECT id, name, email, phone, opted_out_at IS NOT NULL, timezone FROM contacts
     WHERE site_id = %(site)s AND phone = p.phone ORDER BY id DESC LIMIT 10)
    UNION ALL
    SELECT id, name, email, phone, opted_out_at IS NOT NULL, timezone FROM contacts
    WHERE site_id = %(site)s AND phone = p.phone AND email IS NULL
) AS c
ORDER BY 1
"""
# In one order everywhere, so that two batches never wait for each other in a circle.
NEW_CONTACTS = """
INSERT INTO contacts
    (organization_id, site_id, name, email, phone, opted_out_at, timezone, created_at, updated_at, tags, fields)
SELECT %s, %s, name, email, phone, opted_out_at, timezone, %s, %s, '{}', '{}'
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
    AS new (name, email, phone, opted_out_at, timezone)
ORDER BY coalesce(email, ''), phone
ON CONFLICT DO NOTHING
RETURNING id, email, phone
"""
# Locks in the order of ids; an email is only ever given to a contact that has none.
CHANGED_CONTACTS = """
WITH locked AS (SELECT id FROM contacts WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
UPDATE contacts AS c
SET name = coalesce(new.name, c.name), email = coalesce(c.email, new.email), phone = coalesce(new.phone, c.phone),
    opted_out_at = coalesce(c.opted_out_at, new.opted_out_at), timezone = coalesce(new.timezone, c.timezone),
    updated_at = %s
FROM locked JOIN unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
    AS new (id, name, email, phone, opted_out_at, timezone) USING (id)
WHERE c.id = locked.id AND (new.email IS NULL OR c.email IS NULL OR c.email = new.email)
"""
NEW_EVENTS = """
INSERT INTO evenements
    (organization_id, site_id, contact_id, name, data, idempotency_key, workflow_id, occurred_at, error)
SELECT %s, %s, contact_id, name, data::jsonb, idempotency_key, workflow_id, %s, ''
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    AS new (contact_id, name, data, idempotency_key, workflow_id)
ON CONFLICT (site_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id
"""


class BusyError(Exception):
    """Other requests about the same contacts were faster, again and again: try again later."""


class _OvertakenError(Exception):
    """Another request wrote what this one was about to write: look again."""


def ingest(site: Site, reports: Sequence[Report], *, now: datetime) -> list[int]:
    """Store reports as events and return their ids, in the order of the reports.

    A report whose idempotency key the site used before changes nothing and gets the first event's id.
    Raises BusyError when other requests keep getting in the way.
    """
    if not reports:
        return []
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _store(site, reports, now)
        except _OvertakenError:
            logger.info("ingest for site %s was overtaken: once more", site.pk)
        except (IntegrityError, OperationalError) as error:
            if not isinstance(error.__cause__, COLLISIONS):
                raise
            logger.info("ingest for site %s met another (%s): once more", site.pk, type(error.__cause__).__name__)
    raise BusyError


def _store(site: Site, reports: Sequence[Report], now: datetime) -> list[int]:
    ids = _known_keys(site, reports)
    fresh: list[Report] = []
    repeats_in_batch: set[str] = set()
    for report in reports:
        key = report.idempotency_key
        if key is None or (key not in ids and key not in repeats_in_batch):
            fresh.append(report)
        if key is not None:
            repeats_in_batch.add(key)
    if not fresh:
        return [ids[report.idempotency_key or ""] for report in reports]
    people = People(_known_contacts(site, fresh))
    persons = [people.match(report) for report in fresh]
    _write_changed([p for p in people.all if p.id is not None and p.changes], now)
    _write_new(site, [p for p in people.all if p.id is None], now)
    made = _write_events(site, fresh, persons, now)
    _write_consents(site, fresh, persons, now)
    _publish(site, fresh, made)
    wake("engine")
    ids |= {r.idempotency_key: made_id for r, made_id in zip(fresh, made, strict=True) if r.idempotency_key}
    unkeyed = (made_id for r, made_id in zip(fresh, made, strict=True) if r.idempotency_key is None)
    return [next(unkeyed) if r.idempotency_key is None else ids[r.idempotency_key] for r in reports]


def _publish(site: Site, reports: Sequence[Report], made: Sequence[int]) -> None:
    """Tell those who look what came in; of a large batch the first, and how many there were."""
    live.publish_many([
        live.Told(site.organization_id, live.Kind.EVENT_RECEIVED, {
            "eventId": str(event_id), "nom": report.name, "siteId": site.slug, "nombre": len(made),
        })
        for event_id, report in list(zip(made, reports, strict=True))[:MOST_TOLD]
    ])  # fmt: skip


def _known_keys(site: Site, reports: Iterable[Report]) -> dict[str, int]:
    keys = [report.idempotency_key for report in reports if report.idempotency_key is not None]
    return {row.idempotency_key: row.id for row in fetch(KNOWN_KEYS, [site.pk, keys])} if keys else {}


def _known_contacts(site: Site, reports: Iterable[Report]) -> list[Person]:
    query: dict[str, Any] = {
        "site": site.pk,
        "emails": list({r.email for r in reports if r.email}),
        "phones": list({r.phone for r in reports if r.phone}),
    }
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_CONTACTS, query)
        return [Person(*row) for row in cursor.fetchall()]


def _write_changed(persons: Sequence[Person], now: datetime) -> None:
    if not persons:
        return
    rows = [
        (
            p.id,
            p.changes.get("name"),
            p.changes.get("email"),
            p.changes.get("phone"),
            now if "is_opted_out" in p.changes else None,
            p.changes.get("timezone"),
        )
        for p in persons
    ]
    with connection.cursor() as cursor:
        cursor.execute(CHANGED_CONTACTS, [[p.id for p in persons], now, *columns(rows)])
        if cursor.rowcount != len(persons):
            raise _OvertakenError


def _write_new(site: Site, persons: Sequence[Person], now: datetime) -> None:
    """Insert contacts and give each its id."""
    if not persons:
        return
    rows = [(p.name, p.email, p.phone, now if p.is_opted_out else None, p.timezone) for p in persons]
    made = fetch(NEW_CONTACTS, [site.organization_id, site.pk, now, now, *columns(rows)])
    if len(made) != len(persons):
        raise _OvertakenError
    by_identity = {row.email or row.phone: row.id for row in made}
    for person in persons:
        person.id = by_identity[person.email or person.phone]


def _write_events(site: Site, reports: Sequence[Report], persons: Sequence[Person], now: datetime) -> list[int]:
    rows = [
        (person.id, r.name, json.dumps(r.data, ensure_ascii=False), r.idempotency_key, r.workflow_id)
        for r, person in zip(reports, persons, strict=True)
    ]
    made = fetch(NEW_EVENTS, [site.organization_id, site.pk, now, *columns(rows)])
    if len(made) != len(reports):
        raise _OvertakenError
    return [row.id for row in made]


def _write_consents(site: Site, reports: Sequence[Report], persons: Sequence[Person], now: datetime) -> None:
    """Record what contacts said; costs nothing where none said anything."""
    said = [(report.consent, person) for report, person in zip(reports, persons, strict=True) if report.consent]
    if said:
        found = [statements_of(choice, site.organization_id, person.id or 0) for choice, person in said]
        record_consents([statement for statements in found for statement in statements], now)
