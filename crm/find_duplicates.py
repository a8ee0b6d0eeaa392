"""Find duplicates: pairs of contacts of a site that may be one person, each stored once.

Whoever is looked at is compared with those that an index finds: of the same phone or mailbox, and with a company whose
name begins alike. A pair that a person settled is never opened again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from berinia.rows import fetch, update_rows
from crm.duplicates import BLOCK, Card, Likeness, company_key, compare, email_key
from crm.models import Contact

CHUNK = 500
MOST_ALIKE = 10  # a number shared by thousands (a switchboard) brings only the latest
BESIDE = 100  # names that begin alike, on either side in the order of the alphabet

LEADS = """
SELECT l.id, l.company, l.company_key, l.email_key, coalesce(c.email, '') AS email
FROM leads l JOIN contacts c ON c.id = l.contact_id WHERE l.contact_id = ANY(%s)
"""
CARDS = """
SELECT c.id, c.site_id, c.organization_id, coalesce(c.email, '') AS email, coalesce(c.phone, '') AS phone, c.name,
    coalesce(l.company, '') AS company, coalesce(l.company_key, '') AS company_key
FROM contacts c LEFT JOIN leads l ON l.contact_id = c.id
WHERE c.id = ANY(%s)
"""
# Each part is found by an index of its own: contact_email, lead_of_email, contact_by_phone, lead_of_company. With
# `+ 0` the newest of a site are not gone through one by one.
ALIKE = """
SELECT a.id AS one, b.id AS other
FROM unnest(%(ids)s::bigint[], %(sites)s::bigint[], %(emails)s::text[], %(phones)s::text[], %(companies)s::text[],
            %(blocks)s::text[]) AS a (id, site, email, phone, company, block)
CROSS JOIN LATERAL (
    (SELECT c.id FROM contacts c WHERE c.site_id = a.site AND c.email = nullif(a.email, '') AND c.id <> a.id)
    UNION
    (SELECT l.contact_id FROM leads l WHERE l.site_id = a.site AND l.email_key = nullif(a.email, '')
        AND l.email_key <> '' AND l.contact_id <> a.id ORDER BY l.id + 0 DESC LIMIT %(most)s)
    UNION
    (SELECT c.id FROM contacts c WHERE c.site_id = a.site AND c.phone = nullif(a.phone, '') AND c.id <> a.id
     ORDER BY c.id DESC LIMIT %(most)s)
    UNION
    (SELECT l.contact_id FROM leads l WHERE l.site_id = a.site AND l.company_key = nullif(a.company, '')
        AND l.company_key <> '' AND l.contact_id <> a.id ORDER BY l.id + 0 DESC LIMIT %(most)s)
    UNION
    (SELECT l.contact_id FROM leads l WHERE a.block <> '' AND l.site_id = a.site AND l.company_key <> ''
        AND l.company_key ~>~ a.company AND l.company_key ~<~ (a.block || chr(1114111)) AND l.contact_id <> a.id
     ORDER BY l.company_key USING ~<~ LIMIT %(beside)s)
    UNION
    (SELECT l.contact_id FROM leads l WHERE a.block <> '' AND l.site_id = a.site AND l.company_key <> ''
        AND l.company_key ~<~ a.company AND l.company_key ~>=~ a.block AND l.contact_id <> a.id
     ORDER BY l.company_key USING ~>~ LIMIT %(beside)s)
) AS b
"""
# Whoever was merged or erased meanwhile is left out; who is there stays until this is committed.
STORE = """
INSERT INTO doublons (organization_id, site_id, first_id, second_id, reason, similarity, state, created_at, settled_by)
SELECT f.organization_id, f.site_id, f.id, s.id, p.reason, p.similarity, 'ouvert', %s, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[]) AS p (first, second, reason, similarity)
JOIN contacts f ON f.id = p.first JOIN contacts s ON s.id = p.second AND s.site_id = f.site_id
ORDER BY f.id, s.id FOR KEY SHARE OF f, s
ON CONFLICT (first_id, second_id) DO NOTHING RETURNING id
"""
KEYS = {"id": "bigint", "company_key": "text", "email_key": "text"}


@transaction.atomic
def find_for(contact_ids: Sequence[int], now: datetime) -> int:
    """Look for duplicates of contacts; return how many new pairs were found.

    What leads are looked for by is brought up to date first.
    """
    ids = sorted(set(contact_ids))
    if not ids:
        return 0
    _set_keys(ids)
    cards = {row.id: row for row in fetch(CARDS, [ids])}
    found = _alike(list(cards.values()))
    others = {other for _one, other in found} - cards.keys()
    cards |= {row.id: row for row in fetch(CARDS, [sorted(others)])} if others else {}
    return _store(_pairs(found, cards), now)


def find_in_site(site_id: int, now: datetime, chunk: int = CHUNK) -> int:
    """Look for duplicates among all contacts of a site, a part in each transaction; return how many new pairs."""
    found, after = 0, 0
    while ids := _next(site_id, after, chunk):
        _keep_keys(ids)
        after = ids[-1]
    after = 0
    while ids := _next(site_id, after, chunk):
        found += find_for(ids, now)
        after = ids[-1]
    return found


def _next(site_id: int, after: int, chunk: int) -> list[int]:
    rows = Contact.objects.filter(site_id=site_id, pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:chunk])


@transaction.atomic
def _keep_keys(ids: Sequence[int]) -> None:
    _set_keys(ids)


def _set_keys(ids: Sequence[int]) -> None:
    """Bring up to date what leads are looked for by."""
    changed = []
    for row in fetch(LEADS, [list(ids)]):
        company, email = company_key(row.company), email_key(row.email)
        email = "" if email == row.email else email
        if (company, email) != (row.company_key, row.email_key):
            changed.append((row.id, company, email))
    update_rows("leads", KEYS, changed)


def _alike(rows: Sequence[Any]) -> set[tuple[int, int]]:
    """Return those whom an index finds for each contact."""
    given = {
        "ids": [row.id for row in rows], "sites": [row.site_id for row in rows],
        "emails": [email_key(row.email) for row in rows], "phones": [row.phone for row in rows],
        "companies": [row.company_key for row in rows], "blocks": [row.company_key[:BLOCK] for row in rows],
        "most": MOST_ALIKE, "beside": BESIDE,
    }  # fmt: skip
    return {(row.one, row.other) for row in fetch(ALIKE, given)} if rows else set()


def _pairs(found: Iterable[tuple[int, int]], cards: dict[int, Any]) -> dict[tuple[int, int], Likeness]:
    pairs: dict[tuple[int, int], Likeness] = {}
    for one, other in found:
        pair = (min(one, other), max(one, other))
        if pair not in pairs and other in cards and (likeness := compare(_card(cards[one]), _card(cards[other]))):
            pairs[pair] = likeness
    return pairs


def _card(row: Any) -> Card:
    return Card(row.email, row.phone, row.name, row.company, row.company_key)


def _store(pairs: dict[tuple[int, int], Likeness], now: datetime) -> int:
    if not pairs:
        return 0
    rows = [(first, second, *likeness) for (first, second), likeness in sorted(pairs.items())]
    return len(fetch(STORE, [now, *(list(column) for column in zip(*rows, strict=True))]))
