"""Consent: record what a contact agreed to or refused, say what holds now, and show the proof (GDPR art. 7.1).

Nothing is ever changed: of a purpose and a channel, the statement made last holds. By when it was made, not by when
it came in: a form of last year that is imported today does not undo a refusal of yesterday. No statement is a no.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from berinia.rows import fetch, run
from crm.matching import Choice
from crm.models import Consent, Contact
from crm.models.consent import ConsentState
from crm.serializers import BASES, PURPOSES

LONGEST_URL, LONGEST_AGENT, LONGEST_NAME = 500, 300, 150
# The words of the API, which people read in proofs, too.
FINALITES = {purpose: word for word, purpose in PURPOSES.items()}
FONDEMENTS = {basis: word for word, basis in BASES.items()}

RECORD = """
INSERT INTO consentements (organization_id, contact_id, purpose, channel, state, basis, at, text, text_version, source,
    url, ip, user_agent, recorded_by)
SELECT o, c, p, ch, st, b, a, t, tv, so, u, i::inet, ua, r FROM unnest(%s::bigint[], %s::bigint[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[]) AS s (o, c, p, ch, st, b, a, t, tv, so, u, i, ua, r)
"""
# `consent_latest` finds the few statements of each contact.
GRANTED = """
SELECT contact_id, channel FROM (
    SELECT DISTINCT ON (contact_id, channel) contact_id, channel, state FROM consentements
    WHERE contact_id = ANY(%s) AND purpose = %s ORDER BY contact_id, channel, at DESC, id DESC) AS latest
WHERE state = 'granted'
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a contact said, in the form of crm.models.Consent. `at` None: just now."""

    organization_id: int
    contact_id: int
    purpose: str
    channel: str
    state: str
    basis: str = "consent"
    text: str = ""
    text_version: str = ""
    source: str = ""
    url: str = ""
    ip: str | None = None
    user_agent: str = ""
    recorded_by: str = ""
    at: datetime | None = None


def record_consents(statements: Sequence[Statement], now: datetime) -> None:
    """Add statements to the record, all in one statement of SQL. None was made later than now."""
    if not statements:
        return
    rows = [
        (
            s.organization_id, s.contact_id, s.purpose, s.channel, s.state, s.basis, min(s.at or now, now), s.text,
            s.text_version[:60], s.source[:40], s.url[:LONGEST_URL], s.ip, s.user_agent[:LONGEST_AGENT],
            s.recorded_by[:LONGEST_NAME],
        )
        for s in statements
    ]  # fmt: skip
    run(RECORD, [list(column) for column in zip(*rows, strict=True)])


def statements_of(choice: Choice, organization_id: int, contact_id: int) -> list[Statement]:
    """Return the statements that a reported choice of a contact makes: one of each purpose and channel."""
    return [
        Statement(
            organization_id, contact_id, purpose, channel, "granted" if choice.is_granted else "refused", choice.basis,
            choice.text, choice.text_version, choice.source, choice.url, choice.ip, choice.user_agent,
            choice.recorded_by, choice.at,
        )
        for purpose, channel in choice.pairs()
    ]  # fmt: skip


def granted(contact_ids: Iterable[int], purpose: str) -> dict[int, frozenset[str]]:
    """Return, for each of these contacts, the channels on which the purpose is granted now."""
    channels: dict[int, set[str]] = {contact_id: set() for contact_id in contact_ids}
    for row in fetch(GRANTED, [list(channels), purpose]) if channels else ():
        channels[row.contact_id].add(row.channel)
    return {contact_id: frozenset(found) for contact_id, found in channels.items()}


def history(contact: Contact) -> list[Consent]:
    """Return everything that a contact said, the latest first."""
    return list(Consent.objects.filter(contact=contact).order_by("-at", "-pk"))


def in_force(statements: Iterable[Consent]) -> list[Consent]:
    """Return what holds of a contact's statements, which come the latest first: one of each purpose and channel."""
    latest: dict[tuple[str, str], Consent] = {}
    for statement in statements:
        latest.setdefault((statement.purpose, statement.channel), statement)
    return sorted(latest.values(), key=lambda s: (s.purpose, s.channel))


def proof(contact: Contact) -> dict[str, Any]:
    """Return the proof of a contact's consents as JSON values: who, what holds, and each statement whole."""
    statements = history(contact)
    return {
        "contact": {
            "id": str(contact.pk), "nom": contact.name, "email": contact.email, "telephone": contact.phone,
            "site": contact.site.slug, "responsable": contact.organization.name,
            "desinscrit_le": instant(contact.opted_out_at),
        },
        "en_vigueur": [
            {"finalite": FINALITES[s.purpose], "canal": s.channel, "accorde": _is_granted(s), "depuis": instant(s.at)}
            for s in in_force(statements)
        ],
        "declarations": [declaration(s) for s in statements],
    }  # fmt: skip


def declaration(statement: Consent) -> dict[str, Any]:
    """Return one statement, with all that is known of it."""
    return {
        "id": str(statement.pk), "finalite": FINALITES[statement.purpose], "canal": statement.channel,
        "accorde": _is_granted(statement), "fondement": FONDEMENTS[statement.basis],
        "date": instant(statement.at), "texte": statement.text,
        "version": statement.text_version, "origine": statement.source, "page": statement.url, "ip": statement.ip,
        "navigateur": statement.user_agent, "enregistre_par": statement.recorded_by,
    }  # fmt: skip


def _is_granted(statement: Consent) -> bool:
    return statement.state == ConsentState.GRANTED


def instant(at: datetime | None) -> str | None:
    """Return an instant in ISO 8601, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
