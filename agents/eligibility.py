"""Who may be exported? Leads as the exporter sees them, with what keeps one here for good, set-wise.

A lead that no channel reaches, whose contact has opted out, or that may be an older contact once more never leaves,
whatever an agent or a person says. It is looked at again when its time comes, so that what was mended counts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agents.export_plan import ClassifiedLead, objection
from agents.minimise import minimised
from berinia.rows import fetch
from communications.suppress import closed
from crm.models import Connection

MOST = 100
LONGEST = 200  # characters of one interest or need
# `first` of a duplicate is the older contact: it is the one that may go.
FACTS = """
SELECT l.id, l.status, l.quality, l.score, l.sector, l.region, l.company_size, l.interests, l.pain_points,
    l.decision_maker, l.contact_id, c.name, c.email, c.phone, c.opted_out_at,
    coalesce(e.occurred_at, l.created_at) AS last_at, d.reason AS duplicate
FROM leads l JOIN contacts c ON c.id = l.contact_id JOIN sites s ON s.id = l.site_id
LEFT JOIN LATERAL (
    SELECT e.occurred_at FROM evenements e WHERE e.contact_id = c.id ORDER BY e.id DESC LIMIT 1
) AS e ON true
LEFT JOIN LATERAL (
    SELECT d.reason FROM doublons d WHERE d.second_id = c.id AND d.state = 'ouvert'
    ORDER BY d.reason = 'company', d.id LIMIT 1
) AS d ON true
WHERE l.organization_id = %(organization)s
"""
BEST_FIRST = "ORDER BY array_position(ARRAY['CHAUD', 'TIÈDE', 'FROID'], l.quality::text), l.score DESC, l.id"
# An export that failed is a person's: the CRM will never take it as it is.
CANDIDATES = f"""
{FACTS} AND l.status IN ('a_exporter', 'a_suivre') AND l.quality <> '' AND l.score IS NOT NULL AND NOT s.is_paused
AND (l.export_after IS NULL OR l.export_after <= %(now)s)
AND NOT EXISTS (SELECT 1 FROM exports_leads x WHERE x.lead_id = l.id AND x.connection_id = %(connection)s
                AND x.status NOT IN ('refuse', 'retire'))
{BEST_FIRST} LIMIT %(limit)s
"""  # noqa: S608 - only the constants above are put in
NAMED = f"{FACTS} AND l.id = ANY(%(ids)s) ORDER BY l.id"

UNREACHABLE = "Aucune adresse joignable"
OPTED_OUT = "Contact désinscrit"
ASIDE = "Écarté par une personne"
NO_INTEREST = "Sans intérêt précis : à suivre plutôt qu'à exporter"
DUPLICATES = {
    "email": "Doublon d'un contact plus ancien (même email)",
    "phone": "Doublon d'un contact plus ancien (même téléphone)",
    "company": "Doublon possible d'un contact plus ancien (même entreprise), à vérifier",
}


def candidates(connection: Connection, now: datetime) -> list[Any]:
    """Return the rows of the leads that a connection's exporter decides about, the best first."""
    given = {"organization": connection.organization_id, "connection": connection.pk, "now": now, "limit": MOST}
    return fetch(CANDIDATES, given)


def named(connection: Connection, lead_ids: Sequence[int]) -> list[Any]:
    """Return the rows of leads of the connection's organization, wherever they stand."""
    return fetch(NAMED, {"organization": connection.organization_id, "ids": list(lead_ids)})


def classified(connection: Connection, rows: Sequence[Any], now: datetime) -> list[ClassifiedLead]:
    """Return leads as the exporter sees them: without name and address."""
    shut = closed(connection.organization_id, [pair for row in rows for pair in _addresses(row)])
    return [_lead(row, _unsuitable(row, shut), now) for row in rows]


def objections(connection: Connection, lead_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """Return why leads may not be exported, by id, in French; nothing of those that may."""
    leads = classified(connection, named(connection, lead_ids), now)
    return {int(lead.id): why for lead in leads if (why := objection(lead, connection.score_floor))}


def _addresses(row: Any) -> list[tuple[str, str]]:
    pairs = [("email", row.email), ("sms", row.phone), ("whatsapp", row.phone)]
    return [(channel, address) for channel, address in pairs if address]


def _unsuitable(row: Any, shut: set[tuple[str, str]]) -> str:
    if row.status == "ecarte":
        return ASIDE
    if row.opted_out_at is not None:
        return OPTED_OUT
    if all(pair in shut for pair in _addresses(row)):
        return UNREACHABLE
    if row.duplicate:
        return DUPLICATES[row.duplicate]
    needs_interest = row.quality == "FROID" or row.status == "a_suivre"
    return NO_INTEREST if needs_interest and not any(text.strip() for text in row.interests) else ""


def _lead(row: Any, unsuitable: str, now: datetime) -> ClassifiedLead:
    def told(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(minimised(text, row.name.split(), LONGEST) for text in texts)

    return ClassifiedLead(
        id=str(row.id), qualite=row.quality, score=row.score, secteur=row.sector, region=row.region,
        taille=row.company_size, interets=told(row.interests), besoins=told(row.pain_points),
        decideur=row.decision_maker, inadapte=unsuitable,
        heures_depuis=round(max(0.0, (now - row.last_at).total_seconds() / 3_600), 1),
    )  # fmt: skip
