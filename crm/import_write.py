"""Write what an import makes of contacts: all of them in a few statements, whatever their number.

Changed contacts come first, then new ones, each in one order, as crm/ingest.py does: the two never wait for each
other in a circle.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from berinia.rows import columns, copy_rows, fetch, run
from berinia.wake import wake
from crm.consent import Statement, record_consents, statements_of
from crm.duplicates import company_key
from crm.import_plan import CREATED, NEW_LEAD, UPDATED, Known, Outcome
from crm.models import Import

EVENT = "contact_importe"
NEW = """
INSERT INTO contacts (organization_id, site_id, name, email, phone, tags, fields, created_at, updated_at)
SELECT %s, %s, name, email, phone, ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)), fields::jsonb, %s, %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS new (name, email, phone, tags, fields)
ORDER BY coalesce(email, ''), phone
ON CONFLICT DO NOTHING
RETURNING id, email, phone
"""
CHANGED = """
UPDATE contacts AS c SET name = new.name, email = new.email, phone = new.phone, fields = new.fields::jsonb,
    tags = ARRAY(SELECT jsonb_array_elements_text(new.tags::jsonb)), updated_at = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS new (id, name, email, phone, tags, fields)
WHERE c.id = new.id
"""
TYPES = {
    "company": "text", "company_size": "text", "job_title": "text", "sector": "text", "region": "text",
    "quality": "text", "score": "smallint", "stage": "text", "amount_cents": "bigint", "status": "text",
    "decided_by": "text", "classified_at": "timestamptz", "stage_at": "timestamptz", "company_key": "text",
}  # fmt: skip
ARRAYS = ", ".join(f"%s::{kind}[]" for kind in TYPES.values())
NAMES = ", ".join(TYPES)
NEW_LEADS = f"""
INSERT INTO leads (organization_id, site_id, contact_id, source, created_at, updated_at, pain_points, interests,
    insights, reasoning, delay_reason, {NAMES})
SELECT %s, %s, contact_id, %s, %s, %s, '{{}}', '{{}}', '{{}}', '', '', {NAMES}
FROM unnest(%s::bigint[], {ARRAYS}) AS new (contact_id, {NAMES})
ORDER BY contact_id
ON CONFLICT (contact_id) DO NOTHING
"""  # noqa: S608 - names of columns only
CHANGED_LEADS = f"""
UPDATE leads AS l SET updated_at = %s, {", ".join(f"{name} = new.{name}" for name in TYPES)}
FROM unnest(%s::bigint[], {ARRAYS}) AS new (contact_id, {NAMES}) WHERE l.contact_id = new.contact_id
"""  # noqa: S608
NOTES = """
INSERT INTO notes (organization_id, site_id, contact_id, text, author, created_at)
SELECT %s, %s, contact_id, text, %s, %s FROM unnest(%s::bigint[], %s::text[]) AS new (contact_id, text)
ORDER BY contact_id RETURNING id, contact_id
"""
EVENTS = """
INSERT INTO evenements (organization_id, site_id, contact_id, name, data, idempotency_key, occurred_at, error)
SELECT %s, %s, contact_id, %s, %s::jsonb, %s || contact_id, %s, '' FROM unnest(%s::bigint[]) AS new (contact_id)
ORDER BY contact_id
"""
ROWS = ("imported_id", "line", "result", "contact_id", "before", "after", "errors", "given", "kept")


class OvertakenError(Exception):
    """Another request wrote what this one was about to write: look again."""


def mark(imported: Import) -> str:
    """Return how what an import made names it."""
    return f"import:{imported.pk}"


def event_key(imported: Import) -> str:
    """Return how the keys of an import's events begin."""
    return f"import/{imported.pk}/"


def write(
    imported: Import, outcomes: Sequence[Outcome], known: Mapping[int, Known], actor: str, now: datetime
) -> None:  # fmt: skip
    """Write contacts, leads, notes and consents. Raises OvertakenError when somebody else was faster."""
    updated = [o for o in outcomes if o.result == UPDATED]
    created = [o for o in outcomes if o.result == CREATED]
    write_contacts([(known[o.contact_id or 0], o.after) for o in updated], now)
    _make_contacts(imported, created, now)
    done = created + updated
    leads = {o.contact_id or 0: o.after for o in done if o.after.get("lead")}
    _make_leads(imported, leads, now)
    write_leads([(known[o.contact_id or 0], o.after) for o in updated if "lead" not in o.after], now)
    _make_notes(imported, done, actor, now)
    record_consents(list(_statements(imported, done, actor)), now)
    if imported.announces and created:
        _announce(imported, [o.contact_id for o in created], now)


def contact_of(contact: Known, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a contact's columns with some fields set to other values; a field without one goes."""
    others = dict(contact.fields)
    for name, value in values.items():
        if name.startswith("fields."):
            others[name.removeprefix("fields.")] = value
    others = {name: value for name, value in others.items() if value is not None}
    found = [values.get(name, getattr(contact, name)) for name in ("name", "email", "phone")]
    return (contact.id, *found, json.dumps(values.get("tags", list(contact.tags))), json.dumps(others))


def write_contacts(changed: Sequence[tuple[Known, Mapping[str, Any]]], now: datetime) -> None:
    """Set fields of locked contacts to other values."""
    rows = [contact_of(contact, values) for contact, values in changed if any("lead" not in name for name in values)]
    if rows:
        run(CHANGED, [now, *columns(rows)])


def write_leads(changed: Sequence[tuple[Known, Mapping[str, Any]]], now: datetime) -> None:
    """Set fields of locked contacts' leads to other values."""
    rows = [
        (contact.id, *_lead(contact.lead or NEW_LEAD, values))
        for contact, values in changed if any(name.startswith("lead.") for name in values)
    ]  # fmt: skip
    if rows:
        run(CHANGED_LEADS, [now, *columns(rows)])


def write_rows(imported: Import, outcomes: Iterable[Outcome], cells: Mapping[int, Sequence[str]]) -> None:
    """Write down what became of each line; `cells` are those of lines that are wrong, to be mended."""
    copy_rows("lignes_import", ROWS, (
        (
            imported.pk, o.line, o.result, o.contact_id, None if o.before is None else json.dumps(o.before),
            json.dumps(o.after) if o.after else None, json.dumps(o.said, ensure_ascii=False),
            json.dumps(cells[o.line], ensure_ascii=False) if o.line in cells else None, "",
        )
        for o in outcomes
    ))  # fmt: skip


def _lead(lead: Mapping[str, Any], values: Mapping[str, Any]) -> list[Any]:
    found = dict(lead) | {name.removeprefix("lead."): v for name, v in values.items() if name.startswith("lead.")}
    return [found[name] for name in TYPES if name != "company_key"] + [company_key(found["company"])]


def _make_contacts(imported: Import, created: Sequence[Outcome], now: datetime) -> None:
    """Insert contacts and give each line its contact's id."""
    if not created:
        return
    nobody = Known(0, "", None, None, (), {}, None)
    rows = [contact_of(nobody, o.after)[1:] for o in created]
    made = fetch(NEW, [imported.organization_id, imported.site_id, now, now, *columns(rows)])
    if len(made) != len(created):
        raise OvertakenError
    by_identity = {row.email or row.phone: row.id for row in made}
    for outcome in created:
        outcome.contact_id = by_identity[outcome.after["email"] or outcome.after["phone"]]


def _make_leads(imported: Import, leads: Mapping[int, Mapping[str, Any]], now: datetime) -> None:
    rows = [(contact_id, *_lead(NEW_LEAD, values)) for contact_id, values in leads.items()]
    if not rows:
        return
    given = [imported.organization_id, imported.site_id, mark(imported), now, now]
    if run(NEW_LEADS, [*given, *columns(rows)]) != len(rows):
        raise OvertakenError


def _make_notes(imported: Import, done: Sequence[Outcome], actor: str, now: datetime) -> None:
    by_contact = {o.contact_id: o for o in done if o.note}
    if not by_contact:
        return
    texts = [o.note for o in by_contact.values()]
    given = [imported.organization_id, imported.site_id, actor[:150], now, list(by_contact), texts]
    for row in fetch(NOTES, given):
        by_contact[row.contact_id].after["note"] = row.id


def _statements(imported: Import, done: Iterable[Outcome], actor: str) -> Iterable[Statement]:
    for outcome in done:
        for choice in outcome.choices:
            for statement in statements_of(choice, imported.organization_id, outcome.contact_id or 0):
                yield replace(statement, recorded_by=f"{mark(imported)} {actor}")


def _announce(imported: Import, contact_ids: Sequence[int | None], now: datetime) -> None:
    data = json.dumps({"import": imported.pk, "fichier": imported.file_name})
    given = [imported.organization_id, imported.site_id, EVENT, data, event_key(imported), now, list(contact_ids)]
    run(EVENTS, given)
    wake("engine")
